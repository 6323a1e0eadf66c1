/**
 * From a histogram to the figures a person reads. Nothing is invented: an empty distribution has nulls.
 */
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { LatencySummary } from "./result.ts";

const EMPTY = new LatencyHistogram();

/** One decimal of a microsecond is more than the clock gives. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}

export function summarize(histogram: LatencyHistogram = EMPTY): LatencySummary {
  const at = (percentile: number) => rounded(histogram.valueAtPercentile(percentile));
  return {
    unit: "us",
    count: histogram.count,
    min: rounded(histogram.min),
    // Exact, so that a reader of the file gets the sums back.
    mean: histogram.mean ?? null,
    stdev: histogram.stdev ?? null,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p99_9: at(99.9),
    p99_99: at(99.99),
    max: rounded(histogram.max),
  };
}
