/** A history for people: what was run, a chart of each metric that changed, the levels, and every change by its run. */
import { groupThousands } from "../../core/units.ts";
import type { HistoryMetric, HistoryResult, HistorySeries } from "../../engine/stats/history.ts";
import { shortened } from "../compare/reading.ts";
import { METRIC_LABELS, signed } from "../compare/text.ts";
import { sparkline } from "../text/charts.ts";
import { hanging, type Palette, paletteOf, printable, type TextOptions } from "../text/style.ts";
import { figureTable } from "../text/table.ts";
import { historyChart } from "./chart.ts";
import { figureOf, leftOutWords } from "./reading.ts";

const MOST_URLS = 3;
/** Columns of the course in the table. */
const COURSE = 16;

export function renderHistory(result: HistoryResult, options: TextOptions): string {
  const palette = paletteOf(options);
  const { width } = options;
  const notes = leftOutWords(result).map(printable);
  const blocks = [
    [` ${palette.title("netkit stats history")}`],
    ...result.series.flatMap((series) => seriesBlocks(series, palette, width)),
    notes.flatMap((note) => hanging(" ! ", note, width).map((line) => palette.warn(line))),
  ].filter((lines) => lines.length > 0);
  return `\n${blocks.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n")}\n`;
}

export function dayOf(startedAt: string): string {
  return startedAt.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, "$1 $2");
}

/** Of many URLs the first; of a long one its beginning. */
export function planLabel({ plan }: HistorySeries): string {
  const load = plan.rate === null ? "as fast as answered" : `${groupThousands(plan.rate)} req/s`;
  const urls = plan.urls.slice(0, MOST_URLS).map((url) => shortened(printable(url)));
  const more = plan.urls.length > MOST_URLS ? ` and ${plan.urls.length - MOST_URLS} more` : "";
  return `${shortened(printable(plan.method))} ${urls.join(", ")}${more} · ${plan.connections} connections · ${load}`;
}

function seriesBlocks(series: HistorySeries, palette: Palette, width: number): string[][] {
  const { runs, metrics } = series;
  const changed = metrics.filter(({ changes }) => changes.length > 0);
  // Few metrics were chosen to be seen; of many, those that changed, or else the first.
  const charted = metrics.length <= 2 ? metrics : changed.length > 0 ? changed : metrics.slice(0, 1);
  const versions = [...new Set(runs.map(({ netkit }) => netkit))].map(printable).join(", ");
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return [
    [
      ...hanging(" ", planLabel(series), width),
      ...hanging(
        " ",
        `${count}, ${dayOf(runs[0]!.startedAt)} to ${dayOf(runs.at(-1)!.startedAt)} UTC, netkit ${versions}`,
        width,
      ).map((line) => palette.dim(line)),
    ],
    ...charted.map((metric) => [
      ` ${palette.label(METRIC_LABELS[metric.metric])}`,
      ...historyChart(metric, width, palette),
    ]),
    figureTable(
      ["", "first level", "last level", "changes", "course"],
      metrics.filter(({ levels }) => levels.length > 0).map((metric) => levelRow(metric, palette)),
      palette,
    ),
    changeLines(series, palette, width),
  ];
}

function levelRow(metric: HistoryMetric, palette: Palette): string[] {
  const shown = (value: number) => figureOf(metric, value);
  const { levels, changes, values } = metric;
  return [
    METRIC_LABELS[metric.metric],
    shown(levels[0]!.value),
    shown(levels.at(-1)!.value),
    changes.length === 0 ? "none" : String(changes.length),
    palette.bar(sparkline(values.slice(-COURSE))),
  ];
}

function changeLines({ metrics, runs }: HistorySeries, palette: Palette, width: number): string[] {
  const lines = metrics.flatMap((metric) =>
    metric.changes.flatMap((change) => {
      const shown = (value: number) => figureOf(metric, value);
      const ink = change.verdict === "worse" ? palette.bad : palette.good;
      const text = `${METRIC_LABELS[metric.metric]} ${change.verdict} by ${signed(change.change)} (${shown(change.before)} to ${shown(change.after)}) since ${printable(change.run)}, ${dayOf(change.startedAt)}, netkit ${printable(runs[change.at]!.netkit)}`;
      return hanging(` ${change.verdict === "worse" ? "✗" : "✓"} `, text, width).map((line) => ink(line));
    }),
  );
  if (lines.length > 0) return lines;
  if (runs.length >= 4) return [palette.dim(" = no change of level")];
  return hanging(" ? ", `${runs.length} runs are too few for a change: it takes two on each side`, width);
}
