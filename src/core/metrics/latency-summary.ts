/**
 * From a histogram to the figures that people and documents read. Nothing is invented: an empty distribution
 * has nulls. Percentiles are for reading; what merges are histograms.
 */
import { LatencyHistogram } from "./histogram.ts";

export interface LatencySummary {
  readonly unit: "us";
  readonly count: number;
  /** All figures are null when `count` is 0: nothing is invented. */
  readonly min: number | null;
  readonly mean: number | null;
  readonly stdev: number | null;
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly p99_99: number | null;
  readonly max: number | null;
}

const EMPTY = new LatencyHistogram();

export function summarize(histogram: LatencyHistogram = EMPTY): LatencySummary {
  const at = (percentile: number) => histogram.valueAtPercentile(percentile) ?? null;
  return {
    unit: "us",
    count: histogram.count,
    min: histogram.min ?? null,
    // Exact, so that a reader of the document gets the sums back.
    mean: histogram.mean ?? null,
    stdev: histogram.stdev ?? null,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p99_9: at(99.9),
    p99_99: at(99.99),
    max: histogram.max ?? null,
  };
}
