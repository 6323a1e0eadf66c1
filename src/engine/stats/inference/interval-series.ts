/**
 * A run as a series of equal pieces of time, each with its latency counts and totals: what a block bootstrap resamples.
 *
 * Per piece, counts are kept cumulated over the buckets that the run uses at all, so that the quantile of any weighted
 * mixture of pieces is a binary search with one product of vectors a step:
 *
 *     cumulative[bucket * pieces + piece]   values of the piece at or below the bucket
 */
import {
  bucketHighUs,
  bucketLowUs,
  type HistogramData,
  type HistogramSnapshot,
  LatencyHistogram,
} from "../../../core/metrics/histogram.ts";

interface Moment<Histogram> {
  /** 0 after the planned time: latencies, but no rate. */
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly histogram: Histogram;
}

export type IntervalData = Moment<LatencyHistogram>;

/** A day of seconds becomes pieces of 169 s: more would cost time and add nothing to the interval. */
export const MAX_PIECES = 512;

export interface IntervalSeries {
  readonly pieces: number;
  /** Ascending indices of the buckets in use. */
  readonly buckets: Uint32Array;
  readonly cumulative: Float64Array;
  /** Latencies counted, by piece. */
  readonly counts: Float64Array;
  /** Sum of latencies, microseconds, by piece. */
  readonly sums: Float64Array;
  readonly seconds: Float64Array;
  readonly requests: Float64Array;
  /** Requests of the pieces that have a length: what a rate is made of. */
  readonly counted: Float64Array;
  readonly failed: Float64Array;
}

/**
 * Reads intervals one by one; more than `MAX_PIECES` are joined as they come, neighbours with neighbours, so that a day
 * takes no more memory than some minutes. A shorter rest joins the last piece.
 */
export function joinIntervals(count: number, read: (at: number) => Moment<HistogramData>): IntervalData[] {
  const size = Math.max(1, Math.ceil(count / MAX_PIECES));
  const pieces = Math.floor(count / size);
  return Array.from({ length: pieces }, (_, piece) => {
    const histogram = new LatencyHistogram();
    const joined = { seconds: 0, requests: 0, failed: 0, histogram };
    const end = piece === pieces - 1 ? count : (piece + 1) * size;
    for (let at = piece * size; at < end; at++) {
      const interval = read(at);
      histogram.addSnapshot(interval.histogram);
      joined.seconds += interval.seconds;
      joined.requests += interval.requests;
      joined.failed += interval.failed;
    }
    return joined;
  });
}

/** Time and memory grow with intervals × buckets: give it at most some hundred, as `joinIntervals` does. */
export function intervalSeries(intervals: readonly IntervalData[]): IntervalSeries {
  const snapshots = intervals.map(({ histogram }) => histogram.snapshot());
  const buckets = bucketsInUse(snapshots);
  const column = (read: (interval: IntervalData) => number) => Float64Array.from(intervals, read);
  return {
    pieces: intervals.length,
    buckets,
    cumulative: cumulate(snapshots, buckets),
    counts: column(({ histogram }) => histogram.count),
    sums: column(({ histogram }) => histogram.sum),
    seconds: column(({ seconds }) => seconds),
    requests: column(({ requests }) => requests),
    counted: column(({ seconds, requests }) => (seconds > 0 ? requests : 0)),
    failed: column(({ failed }) => failed),
  };
}

function bucketsInUse(snapshots: readonly HistogramSnapshot[]): Uint32Array {
  const used = new Set<number>();
  for (const { indices } of snapshots) for (const index of indices) used.add(index);
  return Uint32Array.from(used).sort();
}

function cumulate(snapshots: readonly HistogramSnapshot[], buckets: Uint32Array): Float64Array {
  const pieces = snapshots.length;
  const cumulative = new Float64Array(buckets.length * pieces);
  for (const [piece, { indices, counts }] of snapshots.entries()) {
    let next = 0;
    let total = 0;
    for (let row = 0; row < buckets.length; row++) {
      if (indices[next] === buckets[row]) total += counts[next++]!;
      cumulative[row * pieces + piece] = total;
    }
  }
  return cumulative;
}

/**
 * Quantile in microseconds of the mixture in which piece i counts `weights[i]` times; NaN when it is empty. Within its
 * bucket the value is interpolated, so that it moves smoothly even where a microsecond is a whole bucket.
 */
export function mixtureQuantile(series: IntervalSeries, share: number, weights: ArrayLike<number>): number {
  const total = dot(series.counts, 0, weights, series.pieces);
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let low = 0;
  let high = series.buckets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dot(series.cumulative, middle * series.pieces, weights, series.pieces) >= rank) high = middle;
    else low = middle + 1;
  }
  const upTo = dot(series.cumulative, low * series.pieces, weights, series.pieces);
  const before = low === 0 ? 0 : dot(series.cumulative, (low - 1) * series.pieces, weights, series.pieces);
  const bucket = series.buckets[low]!;
  const from = bucketLowUs(bucket);
  const width = bucketHighUs(bucket) + 1 - from;
  return from + (upTo > before ? (rank - before) / (upTo - before) : 1) * width;
}

/** Σ numerator · weight / Σ denominator · weight; NaN when the denominator is 0. */
export function mixtureRatio(
  numerator: Float64Array,
  denominator: Float64Array,
  weights: ArrayLike<number>,
): number {
  const below = dot(denominator, 0, weights, denominator.length);
  return below === 0 ? Number.NaN : dot(numerator, 0, weights, numerator.length) / below;
}

/** The share of each piece's values at or below a latency less the share of all: the quantile's influence by piece. */
export function quantileInfluence(series: IntervalSeries, share: number): Float64Array {
  const ones = new Uint8Array(series.pieces).fill(1);
  const at = mixtureQuantile(series, share, ones);
  let row = 0;
  while (row < series.buckets.length - 1 && bucketHighUs(series.buckets[row]!) < at) row++;
  return series.counts.map((count, piece) => series.cumulative[row * series.pieces + piece]! - share * count);
}

/** The same of a ratio: numerator less ratio times denominator. */
export function ratioInfluence(numerator: Float64Array, denominator: Float64Array): Float64Array {
  const ratio = mixtureRatio(numerator, denominator, new Uint8Array(numerator.length).fill(1));
  return numerator.map((value, piece) => value - (Number.isFinite(ratio) ? ratio : 0) * denominator[piece]!);
}

function dot(rows: Float64Array, from: number, weights: ArrayLike<number>, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += rows[from + i]! * weights[i]!;
  return sum;
}
