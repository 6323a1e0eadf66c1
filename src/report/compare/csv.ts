/** A comparison, one line a metric. Latencies are microseconds, rates are per second, changes are shares (0.05 is 5 %). */
import type { CompareResult } from "../../engine/stats/compare/result.ts";
import { writeCsv } from "../syntax/csv.ts";

const HEAD = [
  "endpoint",
  "metric",
  "unit",
  "base",
  "candidate",
  "change_kind",
  "change",
  "change_low",
  "change_high",
  "p",
  "corrected_p",
  "verdict",
  "reason",
  "further_runs",
] as const;

export function renderCompareCsv({ metrics }: CompareResult): string {
  const rows = metrics.map(({ endpoint, metric, unit, base, candidate, change, ...rest }) => [
    endpoint ?? "",
    metric,
    unit,
    base?.value ?? null,
    candidate?.value ?? null,
    change?.kind ?? "",
    change?.value ?? null,
    change?.low ?? null,
    change?.high ?? null,
    rest.p,
    rest.correctedP,
    rest.verdict,
    rest.reason ?? "",
    rest.furtherRuns,
  ]);
  return writeCsv([HEAD, ...rows]);
}
