/**
 * Between which latencies a percentile of one run lies: ranks of the ordered values, distribution-free (David &
 * Nagaraja, Order Statistics, 7.1), by the binomial's normal approximation. Requests that share their fate count for
 * fewer: `designEffect` is how many times larger the variance is than among independent ones.
 */
import type { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { normalQuantile } from "./distributions.ts";

export interface QuantileInterval {
  readonly lowUs: number;
  /** Null where the largest value may still be below the true percentile. */
  readonly highUs: number | null;
}

/** Null for an empty histogram, and when not even one value is expected beyond the percentile. */
export function quantileInterval(
  histogram: LatencyHistogram,
  percentile: number,
  { confidence = 0.95, designEffect = 1 } = {},
): QuantileInterval | null {
  const { count } = histogram;
  const share = percentile / 100;
  if (count * Math.min(share, 1 - share) < 1) return null;
  const reach = normalQuantile((1 + confidence) / 2) * Math.sqrt(count * share * (1 - share) * designEffect);
  const low = Math.max(1, Math.floor(count * share - reach));
  const high = Math.ceil(count * share + reach) + 1;
  return {
    lowUs: histogram.valueAtPercentile((100 * low) / count)!,
    highUs: high > count ? null : histogram.valueAtPercentile((100 * high) / count)!,
  };
}
