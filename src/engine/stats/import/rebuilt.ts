/**
 * A histogram of what a tool printed: values and how many requests were at or below each. Between two of them all stand at
 * the upper one, so a printed percentile comes out as printed and any other as the next one above it.
 */
import { bucketIndex, LatencyHistogram } from "../../../core/metrics/histogram.ts";

export interface PrintedStep {
  readonly valueUs: number;
  /** Requests at or below. */
  readonly total: number;
}

export interface PrintedMoments {
  readonly minUs?: number | undefined;
  readonly maxUs: number;
  readonly meanUs: number;
  readonly stdevUs: number;
}

/** Steps ascend in both. Mean and deviation are the tool's own. @throws RangeError when the figures contradict each other */
export function rebuilt(steps: readonly PrintedStep[], moments: PrintedMoments): LatencyHistogram {
  const counts = new Map<number, number>();
  let before = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const { valueUs, total } of steps) {
    const added = total - before;
    before = Math.max(before, total);
    if (added <= 0) continue;
    const value = Math.min(valueUs, moments.maxUs);
    least = Math.min(least, value);
    counts.set(bucketIndex(value), (counts.get(bucketIndex(value)) ?? 0) + added);
  }
  if (before === 0) return new LatencyHistogram();
  const indices = [...counts.keys()].sort((a, b) => a - b);
  const { meanUs: mean, stdevUs: stdev } = moments;
  return LatencyHistogram.fromSnapshot({
    count: before,
    sum: mean * before,
    sumSquares: (stdev ** 2 + mean ** 2) * before,
    min: moments.minUs !== undefined && bucketIndex(moments.minUs) === indices[0] ? moments.minUs : least,
    max: moments.maxUs,
    indices,
    counts: indices.map((index) => counts.get(index)!),
  });
}
