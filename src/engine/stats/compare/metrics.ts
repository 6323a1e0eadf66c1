/** The metrics of a comparison: one list. Percentiles are response times of whatever was answered or cut off. */
import type { MetricName } from "./result.ts";

export interface Metric {
  readonly name: MetricName;
  readonly unit: "us" | "per-second" | "share";
  readonly better: "lower" | "higher";
  /** Ratios are compared as differences of logarithms. */
  readonly scale: "ratio" | "difference";
  /** Of a percentile, as a share. */
  readonly share: number | null;
}

const percentile = (name: MetricName, share: number): Metric => ({
  name,
  unit: "us",
  better: "lower",
  scale: "ratio",
  share,
});

export const METRICS: readonly Metric[] = [
  percentile("p50", 0.5),
  percentile("p90", 0.9),
  percentile("p99", 0.99),
  percentile("p99_9", 0.999),
  { name: "mean", unit: "us", better: "lower", scale: "ratio", share: null },
  { name: "rate", unit: "per-second", better: "higher", scale: "ratio", share: null },
  { name: "error_rate", unit: "share", better: "lower", scale: "difference", share: null },
];

/** A percentile with fewer values beyond it is one of the largest values, and says little of the next run. */
export const LEAST_BEYOND = 10;

/** On the scale of differences; NaN where a logarithm does not exist. */
export function scaled(metric: Metric, value: number): number {
  return metric.scale === "difference" ? value : value > 0 ? Math.log(value) : Number.NaN;
}

/** A difference on the metric's scale as a change: a share of the base, or a difference. */
export function asChange(metric: Metric, difference: number): number {
  return metric.scale === "difference" ? difference : Math.expm1(difference);
}
