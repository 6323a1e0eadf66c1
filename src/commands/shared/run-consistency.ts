/**
 * Whether a saved run agrees with itself. Its histograms and its counts say the same thing twice, so a figure that was changed by
 * hand, or by a disk, contradicts another one.
 */
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { type LatencySummary, summarize } from "../../core/metrics/latency-summary.ts";
import type { Latencies, RunResult } from "../../core/run-document.ts";

const PERCENTILES = ["p50", "p75", "p90", "p95", "p99", "p99_9", "p99_99"] as const;

/** The first contradiction in words; undefined when there is none. @param histograms of the run, decoded */
export function contradiction(
  { totals, latency, statuses, endpoints }: RunResult,
  histograms: ReadonlyMap<string, LatencyHistogram>,
): string | undefined {
  if (totals.requests !== totals.succeeded + totals.failed + totals.censored) {
    return "totals.requests is not the sum of what succeeded, failed and stayed unanswered";
  }
  for (const [name, histogram] of histograms) {
    const said = latency[name as keyof Latencies];
    const wrong = said === undefined ? undefined : differing(said, summarize(histogram));
    if (wrong !== undefined) return `latency.${name}.${wrong} is not what histograms.${name} holds`;
  }
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  if (answered > totals.requests) return "statuses counts more answers than there were requests";
  const asked = endpoints.reduce((sum, endpoint) => sum + endpoint.totals.requests, 0);
  if (asked > totals.requests) return "endpoints count more requests than there were";
  return undefined;
}

/** Means are kept more exactly than a histogram can, and so is the maximum, which bounds the percentiles. */
function differing(said: LatencySummary, held: LatencySummary): string | undefined {
  if (said.count !== held.count) return "count";
  const most = said.max ?? Number.POSITIVE_INFINITY;
  return PERCENTILES.find((name) => {
    const value = held[name];
    return value !== null && said[name] !== Math.min(value, most);
  });
}
