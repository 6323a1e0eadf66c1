/**
 * Percentiles of a histogram of buckets: linear interpolation inside the bucket, as Prometheus' histogram_quantile
 * has it, with the bucket named, since its bounds are all that is known for certain.
 */
import type { Bucket } from "./exposition/family.ts";
import { figure } from "./figure.ts";
import type { Percentile } from "./result.ts";

export const SHOWN_PERCENTILES = [50, 90, 99, 99.9] as const;

/**
 * @param buckets cumulative, ascending, the last bound Infinity
 * @returns undefined where nothing was observed
 */
export function percentileOfBuckets(buckets: readonly Bucket[], percentile: number): Percentile | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (!(total > 0)) return undefined;
  const rank = (percentile / 100) * total;
  // The 0th is the smallest, in the first bucket that has any.
  const at = buckets.findIndex(({ count }) => count > 0 && count >= rank);
  const { le, count } = buckets[at]!;
  const before = at === 0 ? 0 : buckets[at - 1]!.count;
  // What lies below the first bound is not told; observations are rarely negative.
  const from = at === 0 ? Math.min(0, le) : buckets[at - 1]!.le;
  if (le === Number.POSITIVE_INFINITY) return { percentile, value: null, from, le: figure(le) };
  // At the bucket's end rounding could put it beyond.
  const value = Math.min(le, from + (le - from) * ((rank - before) / (count - before)));
  return { percentile, value, from, le };
}
