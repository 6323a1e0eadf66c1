/**
 * A history, one line a run and metric. Latencies are microseconds, rates are per second, the error rate is a share; `level`
 * is where the metric stood then, `change` the verdict where a new level begins.
 */
import type { HistoryResult } from "../../engine/stats/history.ts";
import { writeCsv } from "../syntax/csv.ts";

const HEAD = [
  "series",
  "run",
  "started_at",
  "netkit",
  "quality",
  "metric",
  "unit",
  "value",
  "level",
  "change",
] as const;

export function renderHistoryCsv({ series }: HistoryResult): string {
  const rows = series.flatMap(({ runs, metrics }, nth) =>
    metrics.flatMap(({ metric, unit, values, levels, changes }) =>
      runs.map(({ name, startedAt, netkit, quality }, at) => [
        ...[nth + 1, name, startedAt, netkit, quality, metric, unit],
        values[at] ?? null,
        levels.find(({ from, to }) => at >= from && at < to)?.value ?? null,
        changes.find((change) => change.at === at)?.verdict ?? "",
      ]),
    ),
  );
  return writeCsv([HEAD, ...rows]);
}
