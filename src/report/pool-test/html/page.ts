/**
 * A pool test as one self-contained page: the size to take and why, each size as figures and as a picture, what the fault and the
 * probes did, and what was asked.
 */
import { formatMicros, groupThousands } from "../../../core/units.ts";
import type { Finding, PoolTestResult } from "../../../engine/pool-test/result.ts";
import { shortened } from "../../compare/reading.ts";
import { type Chart, chartAssets, chartData, chartFigure } from "../../html/chart.ts";
import { renderPage } from "../../html/frame.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { plural } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { casesOf } from "../cases.ts";
import { planWords } from "../text/page.ts";
import { perSecond } from "../text/rate.ts";
import { faultChart, sizeCharts } from "./charts.ts";

const POOL_STYLE = `
section { margin: 1.75rem 0; break-inside: avoid; } h2 { margin-bottom: .4rem; } section ul { margin: .25rem 0; padding-left: 1.2rem; }
@media print { section.graphs { break-inside: auto; } .scroll { overflow: visible; } .scroll table { font-size: .8rem; } }
`;

/** More are no reading; the document has all. */
const MOST_ROWS = 100;

export function renderPoolTestHtml(result: PoolTestResult): string {
  const { plan, sweep, version, startedAt, serverVersion } = result;
  const fault = faultChart(result);
  const charts = [...sizeCharts(result), ...(fault === undefined ? [] : [fault])];
  const assets = charts.length === 0 ? { style: "", scripts: [] } : chartAssets();
  const recommendation = sweep?.recommendation ?? null;
  const failed = casesOf(result).filter(({ verdict }) => verdict.kind === "failure").length;
  const outcome =
    failed > 0
      ? { ink: "bad", text: `${plural(failed, "check")} failed` }
      : recommendation === null
        ? { ink: "good", text: "Nothing failed" }
        : { ink: "good", text: `Take ${recommendation.size}` };
  const words = [...planWords(result), ...(serverVersion === null ? [] : [serverVersion])];
  const sections = [
    takeSection(result),
    findingsSection(result),
    sizesSection(result),
    chartsSection(charts),
    checksSection(result),
  ];
  return renderPage({
    title: `netkit pool-test: ${outcome.text}`,
    style: assets.style + POOL_STYLE,
    body: `<header>
<h1>netkit pool-test</h1>
<p>${escapeHtml(shortened(plan.url))}</p>
<p><strong class="${outcome.ink}">${escapeHtml(outcome.text)}</strong></p>
<p class="soft">${escapeHtml(words.map(shortened).join(" · "))}</p>
${result.interrupted ? '<p class="warn">Interrupted: these are the figures until then.</p>' : ""}
</header>
<main>
${sections.filter((html) => html !== "").join("\n")}
</main>
<footer>Started ${escapeHtml(startedAt.slice(0, 19).replace("T", " "))} UTC. netkit ${escapeHtml(version)}.</footer>
${charts.length === 0 ? "" : chartData(charts)}`,
    scripts: assets.scripts,
  });
}

function takeSection({ sweep }: PoolTestResult): string {
  const recommendation = sweep?.recommendation ?? null;
  if (recommendation === null) return "";
  const { size, reason, config } = recommendation;
  const lines = config.map(({ library, line }) => `${shortened(library)}: ${shortened(line)}`);
  const usl = sweep?.usl ?? null;
  const law =
    usl === null
      ? ""
      : `<p class="soft">Universal Scalability Law: sigma ${figure(usl.sigma)} (waiting for each other), kappa ${figure(usl.kappa)} (agreeing with each other), R² ${usl.r2.toFixed(3)}.</p>`;
  return `<section><h2>Take ${size}</h2><p>${escapeHtml(shortened(reason))}</p>${law}<pre>${escapeHtml(lines.join("\n"))}</pre></section>`;
}

function figure(value: number): string {
  return value === 0 ? "0" : value.toPrecision(2);
}

const FINDING_INKS = { error: "bad", warning: "warn", info: "soft" } as const satisfies Record<
  Finding["severity"],
  string
>;

function findingsSection({ findings }: PoolTestResult): string {
  if (findings.length === 0) return "";
  const order: readonly Finding["severity"][] = ["error", "warning", "info"];
  const sorted = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const items = sorted.slice(0, MOST_ROWS).map(({ severity, text, next, size }) => {
    const where = size === null ? "" : `size ${size}: `;
    const then = next === null ? "" : ` → ${shortened(next)}`;
    return `<li><span class="${FINDING_INKS[severity]}">${escapeHtml(where + shortened(text))}</span>${escapeHtml(then)}</li>`;
  });
  const hidden = sorted.length - items.length;
  const more = hidden > 0 ? `<p class="soft">and ${plural(hidden, "more finding")} in the document</p>` : "";
  return `<section><h2>Findings</h2><ul>${items.join("\n")}</ul>${more}</section>`;
}

function sizesSection({ rows, sweep }: PoolTestResult): string {
  if (rows.length === 0) return "";
  const micros = (us: number | null): string => (us === null ? "-" : formatMicros(us));
  const chosen = sweep?.recommendation?.size;
  const lines = rows.slice(0, MOST_ROWS).map((row): (Cell | string)[] => {
    const { size, throughput, latency, counts, suspect } = row;
    const lost = counts.failed + counts.censored + counts.overflowed;
    return [
      size === chosen ? { text: `${size} ←`, ink: "good" } : String(size),
      perSecond(throughput.mean),
      throughput.low === null || throughput.high === null
        ? "-"
        : `${perSecond(throughput.low)} … ${perSecond(throughput.high)}`,
      ...[latency.wait.p50, latency.wait.p99, latency.wait.max, latency.query.p50, latency.hold.p50].map(
        micros,
      ),
      lost === 0 ? "0" : { text: groupThousands(lost), ink: "bad" },
      suspect ? { text: "suspect", ink: "warn" } : { text: "valid", ink: "good" },
    ];
  });
  const head = [
    ...["size", "throughput", "95 % interval", "wait p50", "wait p99", "wait max", "query p50", "hold p50"],
    ...["failed", "quality"],
  ];
  const hidden = rows.length - lines.length;
  const more = hidden > 0 ? `<p class="soft">and ${plural(hidden, "more size")} in the document</p>` : "";
  return `<section><h2>Sizes</h2>${tableHtml({ label: "Sizes", head, rows: lines, figures: [1, 9] })}${more}</section>`;
}

function chartsSection(charts: readonly Chart[]): string {
  if (charts.length === 0) return "";
  return `<section class="graphs"><noscript><p class="soft">The charts need a script; the tables have the figures.</p></noscript>
<div class="charts">
${charts.map(chartFigure).join("\n")}
</div></section>`;
}

/** All but the sizes, which have a table of their own. */
function checksSection(result: PoolTestResult): string {
  const checks = casesOf(result).slice(result.rows.length);
  if (checks.length === 0) return "";
  const rows = checks.slice(0, MOST_ROWS).map(({ name, verdict }): (Cell | string)[] => {
    if (verdict.kind === "passed")
      return [shortened(name), { text: "✓ passed", ink: "good" }, shortened(verdict.output ?? "")];
    if (verdict.kind === "skipped")
      return [shortened(name), { text: "– skipped", ink: "soft" }, shortened(verdict.message)];
    return [shortened(name), { text: "✗ failed", ink: "bad" }, shortened(verdict.message)];
  });
  const head = ["check", "outcome", "what was seen"];
  return `<section><h2>Checks</h2>${tableHtml({ label: "Checks", head, rows })}</section>`;
}
