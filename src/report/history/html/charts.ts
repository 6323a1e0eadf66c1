/** Charts of a history: each run a point at its start, and the level on which the metric stood. */
import type { HistoryMetric, HistorySeries } from "../../../engine/stats/history.ts";
import { METRIC_LABELS } from "../../compare/text.ts";
import type { Chart, ChartUnit } from "../../html/chart.ts";
import { plural } from "../../run-reading.ts";
import { changeSentence, figureOf } from "../reading.ts";

/** Told in words, the newest; the table has more. */
const MOST_CHANGES = 3;

const UNITS = {
  us: "us",
  "per-second": "per-second",
  share: "share",
} as const satisfies Record<HistoryMetric["unit"], ChartUnit>;

/** Undefined where no run has such a figure. @param nth of the series on the page */
export function historyChart({ runs }: HistorySeries, metric: HistoryMetric, nth: number): Chart | undefined {
  const { levels, changes, values } = metric;
  if (levels.length === 0) return undefined;
  const label = METRIC_LABELS[metric.metric];
  const last = figureOf(metric, levels.at(-1)!.value);
  const words =
    changes.length === 0
      ? `${label}: ${last} through ${plural(runs.length, "run")}`
      : changes
          .slice(-MOST_CHANGES)
          .map((change) => changeSentence(metric, change, `run ${change.at + 1}`))
          .join("; ");
  return {
    id: `history-${nth}-${metric.metric}`,
    title: label,
    summary: `${words}.`,
    x: runs.map((_, at) => at + 1),
    xUnit: "whole",
    yUnit: UNITS[metric.unit],
    zoomed: true,
    series: [
      { label: "run", ink: "c1", dots: true, values },
      {
        label: "level",
        ink: "c3",
        stepped: true,
        values: runs.map((_, at) => levels.find(({ from, to }) => at >= from && at < to)?.value ?? null),
      },
    ],
  };
}
