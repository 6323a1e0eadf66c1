/**
 * A history as one self-contained page: what changed and since which run, each metric as a chart of its runs and levels, and
 * the runs themselves. A series of like runs is a section.
 */
import { groupThousands } from "../../../core/units.ts";
import type { HistoryResult, HistorySeries } from "../../../engine/stats/history.ts";
import { shortened } from "../../compare/reading.ts";
import { METRIC_LABELS, signed } from "../../compare/text.ts";
import { type Chart, chartAssets, chartData, chartFigure } from "../../html/chart.ts";
import { renderPage } from "../../html/frame.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { plural } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { changesOf, figureOf, leftOutWords, outcomeOf } from "../reading.ts";
import { dayOf, planLabel } from "../text.ts";
import { historyChart } from "./charts.ts";

const HISTORY_STYLE = `
section { margin: 1.75rem 0; break-inside: avoid; } h2 { margin-bottom: .4rem; }
@media print { section { break-inside: auto; } .scroll { overflow: visible; } .scroll table { font-size: .8rem; } }
`;

/** More are no reading; the document and the CSV have all. */
const MOST_RUNS = 100;
const MOST_SERIES = 8;
const MOST_CHANGES = 50;
const MOST_NOTES = 50;

export function renderHistoryHtml(result: HistoryResult): string {
  const shown = result.series.slice(0, MOST_SERIES);
  const charts = shown.map((series, nth) =>
    series.metrics.flatMap((metric) => historyChart(series, metric, nth) ?? []),
  );
  const all = charts.flat();
  const assets = all.length === 0 ? { style: "", scripts: [] } : chartAssets();
  const isWorse = changesOf(result).some(({ change }) => change.verdict === "worse");
  const outcome = outcomeOf(result);
  const hidden = result.series.length - shown.length;
  const notes = leftOutWords(result);
  return renderPage({
    title: `netkit stats history: ${outcome}`,
    style: assets.style + HISTORY_STYLE,
    body: `<header>
<h1>netkit stats history</h1>
<p><strong class="${isWorse ? "bad" : "good"}">${escapeHtml(outcome.charAt(0).toUpperCase() + outcome.slice(1))}</strong></p>
${notes
  .slice(0, MOST_NOTES)
  .map((text) => `<p class="warn">${escapeHtml(shortened(text))}</p>`)
  .join("\n")}
${notes.length > MOST_NOTES ? `<p class="warn">and ${plural(notes.length - MOST_NOTES, "more file")}</p>` : ""}
</header>
<main>
${shown.map((series, nth) => seriesSection(series, charts[nth]!)).join("\n")}
${hidden > 0 ? `<p class="soft">and ${groupThousands(hidden)} more series in the document</p>` : ""}
</main>
<footer>Levels and changes by PELT on the logarithm of each metric; one odd run is no change. netkit ${escapeHtml(result.version)}.</footer>
${all.length === 0 ? "" : chartData(all)}`,
    scripts: assets.scripts,
  });
}

function seriesSection(series: HistorySeries, charts: readonly Chart[]): string {
  const { runs } = series;
  const when = `${plural(runs.length, "run")}, ${dayOf(runs[0]!.startedAt)} to ${dayOf(runs.at(-1)!.startedAt)} UTC`;
  return `<section><h2>${escapeHtml(shortened(planLabel(series)))}</h2>
<p class="soft">${escapeHtml(when)}</p>
${changesTable(series)}
<noscript><p class="soft">The charts need a script; the tables have the figures.</p></noscript>
<div class="charts">
${charts.map(chartFigure).join("\n")}
</div>
${runsTable(series)}
</section>`;
}

function changesTable({ metrics, runs }: HistorySeries): string {
  const all = metrics.flatMap((metric) =>
    metric.changes.map((change): (Cell | string)[] => [
      METRIC_LABELS[metric.metric],
      figureOf(metric, change.before),
      figureOf(metric, change.after),
      signed(change.change),
      { text: change.verdict, ink: change.verdict === "worse" ? "bad" : "good" },
      `${shortened(change.run)} (run ${change.at + 1})`,
      dayOf(change.startedAt),
      runs[change.at]!.netkit,
    ]),
  );
  if (all.length === 0) {
    const few =
      runs.length < 4 ? `${plural(runs.length, "run")} are too few for a change` : "No change of level.";
    return `<p>${escapeHtml(few)}</p>`;
  }
  const head = ["metric", "before", "after", "change", "verdict", "since", "started (UTC)", "netkit"];
  const rows = all.slice(-MOST_CHANGES);
  const hidden = all.length - rows.length;
  const more = hidden > 0 ? `<p class="soft">and ${plural(hidden, "more change")} in the document</p>` : "";
  return tableHtml({ label: "Changes of level", head, rows, figures: [1, 4] }) + more;
}

function runsTable({ runs, metrics }: HistorySeries): string {
  const columns = metrics.filter(({ levels }) => levels.length > 0);
  const from = Math.max(0, runs.length - MOST_RUNS);
  const rows = runs.slice(from).map(({ name, startedAt, netkit, quality }, place): (Cell | string)[] => {
    const at = from + place;
    const ink = ({ valid: "good", suspect: "warn", invalid: "bad" } as const)[quality];
    return [
      String(at + 1),
      ...columns.map((metric) => {
        const value = metric.values[at];
        const text = value === null || value === undefined ? "-" : figureOf(metric, value);
        const change = metric.changes.find((one) => one.at === at);
        return change === undefined
          ? { text }
          : { text, ink: change.verdict === "worse" ? ("bad" as const) : ("good" as const) };
      }),
      { text: quality, ink },
      shortened(name),
      { text: dayOf(startedAt), ink: "soft" },
      netkit,
    ];
  });
  const head = [
    "run",
    ...columns.map(({ metric }) => METRIC_LABELS[metric]),
    "quality",
    "file",
    "started (UTC)",
    "netkit",
  ];
  const more =
    from > 0
      ? `<p class="soft">The newest of ${groupThousands(runs.length)} runs; the document has all.</p>`
      : "";
  return `<h3>Runs</h3>${tableHtml({ label: "Runs", head, rows, figures: [1, 1 + columns.length] })}${more}`;
}
