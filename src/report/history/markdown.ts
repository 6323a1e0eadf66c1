/** A history for a pull request or a wiki page: a table of levels a series, the changes above it. */
import { groupThousands } from "../../core/units.ts";
import type { HistoryResult, HistorySeries } from "../../engine/stats/history.ts";
import { shortened } from "../compare/reading.ts";
import { METRIC_LABELS, signed } from "../compare/text.ts";
import { plural } from "../run-reading.ts";
import { escapeMarkdown } from "../syntax/escape.ts";
import { figureOf, leftOutWords } from "./reading.ts";
import { dayOf, planLabel } from "./text.ts";

/** GitHub takes 65,536 characters in a comment; the page and the document have all. */
const MOST_SERIES = 10;
const MOST_CHANGES = 8;
const MOST_NOTES = 20;

export function renderHistoryMarkdown(result: HistoryResult): string {
  const notes = leftOutWords(result);
  const hiddenSeries = result.series.length - MOST_SERIES;
  const hiddenNotes = notes.length - MOST_NOTES;
  return [
    "### netkit stats history",
    "",
    ...result.series.slice(0, MOST_SERIES).flatMap(seriesLines),
    ...(hiddenSeries > 0 ? [`and ${groupThousands(hiddenSeries)} more series`, ""] : []),
    ...notes.slice(0, MOST_NOTES).map((text) => `- ${escapeMarkdown(text)}`),
    ...(hiddenNotes > 0 ? [`- and ${plural(hiddenNotes, "more file")}`] : []),
    "",
  ].join("\n");
}

function seriesLines(series: HistorySeries): string[] {
  const { metrics, runs } = series;
  const all = metrics.flatMap((metric) =>
    metric.changes.map(
      ({ verdict, change, run, startedAt }) =>
        `- **${METRIC_LABELS[metric.metric]} ${verdict}** by ${signed(change)} since ${escapeMarkdown(shortened(run))} (${escapeMarkdown(dayOf(startedAt))})`,
    ),
  );
  const hidden = all.length - MOST_CHANGES;
  const changes = [
    ...all.slice(-MOST_CHANGES),
    ...(hidden > 0 ? [`- and ${plural(hidden, "earlier change")}`] : []),
  ];
  const rows = metrics
    .filter(({ levels }) => levels.length > 0)
    .map((metric) => {
      const first = figureOf(metric, metric.levels[0]!.value);
      const last = figureOf(metric, metric.levels.at(-1)!.value);
      return `| ${METRIC_LABELS[metric.metric]} | ${first} | ${last} | ${metric.changes.length} |`;
    });
  return [
    `${escapeMarkdown(planLabel(series))}, ${runs.length} runs`,
    "",
    ...(changes.length === 0 ? ["No change of level."] : changes),
    "",
    "| | first level | last level | changes |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
  ];
}
