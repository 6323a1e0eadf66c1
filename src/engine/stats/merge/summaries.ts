/**
 * Summaries of two distributions that have no histogram in the file: counts and moments add up exactly, percentiles do
 * not, and are null rather than invented.
 */
import type { LatencySummary } from "../../../core/metrics/latency-summary.ts";

/** Mean and deviation by the sums that they stand for (Chan, Golub and LeVeque 1979). */
export function addSummaries(a: LatencySummary, b: LatencySummary): LatencySummary {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const [meanA, meanB] = [a.mean ?? 0, b.mean ?? 0];
  const apart = meanB - meanA;
  const squares =
    (a.stdev ?? 0) ** 2 * a.count + (b.stdev ?? 0) ** 2 * b.count + (apart ** 2 * a.count * b.count) / count;
  return {
    unit: "us",
    count,
    min: Math.min(a.min ?? Number.POSITIVE_INFINITY, b.min ?? Number.POSITIVE_INFINITY),
    mean: (meanA * a.count + meanB * b.count) / count,
    stdev: Math.sqrt(squares / count),
    p50: null,
    p75: null,
    p90: null,
    p95: null,
    p99: null,
    p99_9: null,
    p99_99: null,
    max: Math.max(a.max ?? 0, b.max ?? 0),
  };
}

/** What a histogram's buckets do not know exactly; undefined without a value. */
export function momentsOf({ min, max, mean, stdev }: LatencySummary) {
  return min === null || max === null || mean === null || stdev === null
    ? undefined
    : { min, max, mean, stdev };
}
