/**
 * A metrics snapshot as OpenMetrics 1.0 text. Against Prometheus' own format: the family of a counter is named without
 * `_total`, numbers in `le` are floats in canonical form, a unit is told, and `# EOF` says that nothing was cut off.
 */
import { assertNever } from "../exhaustive.ts";
import { cumulativeCounts } from "./prometheus.ts";
import type { FamilySnapshot, MetricsSnapshot } from "./snapshot.ts";

export const OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const UNITS = ["seconds", "bytes", "ratio"] as const;
const US_PER_SECOND = 1e6;

export function formatOpenMetrics(snapshot: MetricsSnapshot): string {
  return `${snapshot.families.map(formatFamily).join("")}# EOF\n`;
}

function formatFamily(family: FamilySnapshot): string {
  const name = family.kind === "counter" ? family.name.replace(/_total$/, "") : family.name;
  const unit = UNITS.find((candidate) => name.endsWith(`_${candidate}`));
  const lines = [
    `# TYPE ${name} ${family.kind}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escapeText(family.help)}`,
    ...samples(family),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function samples(family: FamilySnapshot): string[] {
  const { name, labelNames } = family;
  switch (family.kind) {
    case "counter":
    case "gauge":
      return family.series.map(
        ({ labels, value }) => `${name}${formatLabels(labelNames, labels)} ${formatNumber(value)}`,
      );
    case "histogram":
      return family.series.flatMap(({ labels, data }) => {
        const counts = cumulativeCounts(data, family.boundsSeconds);
        const bucket = (bound: string, count: number) =>
          `${name}_bucket${formatLabels([...labelNames, "le"], [...labels, bound])} ${formatNumber(count)}`;
        const own = formatLabels(labelNames, labels);
        return [
          ...family.boundsSeconds.map((bound, at) => bucket(formatFloat(bound), counts[at]!)),
          bucket("+Inf", data.count),
          `${name}_sum${own} ${formatNumber(data.sum / US_PER_SECOND)}`,
          `${name}_count${own} ${formatNumber(data.count)}`,
        ];
      });
    default:
      return assertNever(family);
  }
}

function formatLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  return `{${names.map((name, at) => `${name}="${escapeText(values[at] ?? "")}"`).join(",")}}`;
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

/** `1.0`, `0.005`. */
function formatFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : formatNumber(value);
}
