/**
 * A metrics snapshot in the Prometheus text exposition format 0.0.4.
 *
 * Base units throughout: histograms are recorded in microseconds and leave in seconds. The cumulative buckets
 * are counted from the fine ones at the moment of writing; a bound counts with the whole fine bucket it falls
 * into, so `le` is off by less than 0.1 % of its value and the buckets never contradict `_count`.
 */
import { assertNever } from "../exhaustive.ts";
import { bucketIndex, type HistogramData, MAX_LATENCY_US } from "./histogram.ts";
import type { FamilySnapshot, HistogramFamilySnapshot, MetricsSnapshot } from "./snapshot.ts";

export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const US_PER_SECOND = 1e6;

export function formatPrometheus(snapshot: MetricsSnapshot): string {
  let text = "";
  for (const family of snapshot.families) text += formatFamily(family);
  return text;
}

function formatFamily(family: FamilySnapshot): string {
  const { name, help, kind, labelNames } = family;
  let text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n`;
  switch (family.kind) {
    case "counter":
    case "gauge":
      for (const { labels, value } of family.series) {
        text += `${name}${formatLabels(labelNames, labels)} ${formatNumber(value)}\n`;
      }
      return text;
    case "histogram":
      return text + formatHistograms(family);
    default:
      return assertNever(family);
  }
}

function formatHistograms(family: HistogramFamilySnapshot): string {
  const { name, boundsSeconds } = family;
  const bucketLabels = [...family.labelNames, "le"];
  let text = "";
  for (const { labels, data } of family.series) {
    const counts = cumulativeCounts(data, boundsSeconds);
    for (let at = 0; at < boundsSeconds.length; at++) {
      const pairs = formatLabels(bucketLabels, [...labels, formatNumber(boundsSeconds[at]!)]);
      text += `${name}_bucket${pairs} ${formatNumber(counts[at]!)}\n`;
    }
    const own = formatLabels(family.labelNames, labels);
    text += `${name}_bucket${formatLabels(bucketLabels, [...labels, "+Inf"])} ${formatNumber(data.count)}\n`;
    text += `${name}_sum${own} ${formatNumber(data.sum / US_PER_SECOND)}\n`;
    text += `${name}_count${own} ${formatNumber(data.count)}\n`;
  }
  return text;
}

/** Values at or below each bound; bounds in seconds, ascending. */
export function cumulativeCounts(data: HistogramData, boundsSeconds: readonly number[]): number[] {
  let at = 0;
  let seen = 0;
  return boundsSeconds.map((bound) => {
    const last = bucketIndex(Math.min(Math.round(bound * US_PER_SECOND), MAX_LATENCY_US));
    while (at < data.indices.length && data.indices[at]! <= last) seen += data.counts[at++]!;
    return seen;
  });
}

function formatLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  return `{${names.map((name, at) => `${name}="${escapeLabel(values[at] ?? "")}"`).join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** As Go's ParseFloat reads it. */
function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
