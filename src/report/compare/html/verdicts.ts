/** The table of a comparison's page: every metric with its verdict, its interval drawn, and its figures. */
import type { CompareResult, MetricComparison, MetricVerdict } from "../../../engine/stats/compare/result.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { plural } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { changeWords, intervalWords, metricName, reasonWords, valueWords, worstFirst } from "../reading.ts";
import { SIGNS, signed } from "../text.ts";
import { intervalDrawing, reachOf } from "./interval.ts";

export const VERDICT_INKS = {
  better: "good",
  same: "soft",
  worse: "bad",
  undecided: "warn",
} as const satisfies Record<MetricVerdict, string>;

/** A table beyond this is no reading; the document has all. */
const MOST_ROWS = 350;
const MOST_REASONS = 50;

export function verdictSection(result: CompareResult): string {
  const { metrics, settings } = result;
  const shown = metrics.length > MOST_ROWS ? worstFirst(metrics).slice(0, MOST_ROWS) : metrics;
  const reach = reachOf(shown, settings);
  const rows = shown.map((metric): (Cell | string)[] => {
    const ink = VERDICT_INKS[metric.verdict];
    return [
      metricName(metric),
      { text: `${SIGNS[metric.verdict]} ${metric.verdict}`, ink },
      drawingOf(metric, result, reach),
      { text: changeWords(metric), ink },
      { text: intervalWords(metric) },
      { text: valueWords(metric, "base") },
      { text: valueWords(metric, "candidate") },
    ];
  });
  const head = ["metric", "verdict", "interval", "change", "95 % interval", "base", "candidate"];
  const hidden = metrics.length - shown.length;
  const more =
    hidden > 0
      ? `<p class="soft">and ${escapeHtml(plural(hidden, "more metric"))} in the document, none of them worse off</p>`
      : "";
  const effect = signed(settings.minEffect).replace("+", "");
  const errors = signed(settings.minErrorEffect).replace("+", "");
  const legend = `Each drawing has no change in the middle and, in grey, what does not matter: up to ${effect}, of the error rate ${errors} of all requests. All are drawn in multiples of that; an arrow leads beyond the axis.`;
  const table = tableHtml({ label: "Verdicts", head, rows, figures: [3, 7] });
  return `<section class="verdicts"><h2>Verdicts</h2>${table}${more}<p class="soft">${escapeHtml(legend)}</p>${undecidedList(metrics)}</section>`;
}

function undecidedList(metrics: readonly MetricComparison[]): string {
  const open = metrics.filter(({ reason }) => reason !== null);
  if (open.length === 0) return "";
  const items = open.slice(0, MOST_REASONS).map((metric) => {
    return `<li>${escapeHtml(`${metricName(metric)}: ${reasonWords(metric)}`)}</li>`;
  });
  const hidden = open.length - items.length;
  const rest = hidden > 0 ? `<li>and ${hidden} more</li>` : "";
  return `<h3>What cannot be told, and why</h3><ul>${items.join("")}${rest}</ul>`;
}

function drawingOf(metric: MetricComparison, { settings }: CompareResult, reach: number): Cell | string {
  const { change } = metric;
  if (change === null) return { text: "–", ink: "soft" };
  const text = intervalWords(metric);
  return { text, drawing: intervalDrawing({ ...metric, change }, settings, reach) };
}
