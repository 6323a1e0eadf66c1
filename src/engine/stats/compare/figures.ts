/**
 * The figures of one run, each with its own spread: what a comparison is made of. Whoever has seconds gives them; an
 * endpoint of several, of which the file keeps no seconds, gives its figures without a spread.
 */
import { decodeHistogramData } from "../../../core/metrics/hdr-codec.ts";
import type { LatencySummary } from "../../../core/metrics/latency-summary.ts";
import { blockBootstrap, type Spread } from "../inference/block-bootstrap.ts";
import { intervalBlockLength, neighbourCorrelation } from "../inference/block-length.ts";
import type { Estimate } from "../inference/difference-interval.ts";
import {
  type IntervalData,
  type IntervalSeries,
  intervalSeries,
  joinIntervals,
  mixtureQuantile,
  mixtureRatio,
  quantileInfluence,
  ratioInfluence,
} from "../inference/interval-series.ts";
import type { Random } from "../inference/random.ts";
import { LEAST_BEYOND, METRICS, type Metric, scaled } from "./metrics.ts";
import type { MetricName } from "./result.ts";
import type { ComparedRun, ComparedTotals } from "./run.ts";

export interface Figure extends Estimate {
  /** In the metric's unit; `value` is the same on the scale of differences. */
  readonly shown: number;
  readonly atLeast: boolean;
  /** Fewer than ten values are expected beyond the percentile. */
  readonly sparse: boolean;
}

export type Figures = Partial<Record<MetricName, Figure>>;

export interface Counts {
  readonly requests: number;
  readonly failed: number;
  readonly timedOut: number;
  /** Share of the latencies that are only lower bounds. */
  readonly censoredShare: number;
}

/** Fewer seconds say nothing about how seconds differ. */
const LEAST_PIECES = 8;

/**
 * Seconds, or longer pieces of a run of more than `MAX_PIECES` seconds.
 *
 * @throws NetkitError `NK_HISTOGRAM_BAD` for a damaged interval.
 */
export function readIntervals(run: ComparedRun, subject: string): IntervalData[] {
  return joinIntervals(run.intervals.length, (at) => {
    const interval = run.intervals[at]!;
    // After the planned time nothing is sent any more: such seconds have latencies, but no rate.
    const counts = interval.start < run.totals.seconds - 1e-6;
    return {
      seconds: counts ? interval.seconds : 0,
      requests: interval.requests,
      failed: interval.failed,
      histogram: decodeHistogramData(interval.histogram, undefined, `${subject}, interval ${at}`),
    };
  });
}

export function countsOf(totals: ComparedTotals & { readonly timedOut?: number }): Counts {
  const latencies = totals.succeeded + totals.censored;
  return {
    requests: totals.requests,
    failed: totals.failed,
    timedOut: totals.timedOut ?? 0,
    censoredShare: latencies === 0 ? 0 : totals.censored / latencies,
  };
}

/** `achieved` is the run's own rate per second; without it the rate of the intervals. */
export function figuresOfIntervals(
  intervals: readonly IntervalData[],
  counts: Counts,
  achieved: number | undefined,
  random: Random,
  resamples: number,
): Figures {
  const series = intervalSeries(intervals);
  const ones = new Int32Array(series.pieces).fill(1);
  const figures: Figures = {};
  for (const metric of METRICS) {
    const { estimate, influence } = reading(metric, series, counts);
    const shown = metric.name === "rate" && achieved !== undefined ? achieved : estimate(ones);
    const value = scaled(metric, shown);
    if (!Number.isFinite(value)) continue;
    const spread = spreadOf(metric, series.pieces, estimate, influence(), random, resamples);
    const known = metric.name === "error_rate" ? withTimeouts(spread, counts, series.pieces) : spread;
    figures[metric.name] = {
      ...judged(
        metric,
        shown,
        counts,
        series.counts.reduce((sum, count) => sum + count, 0),
      ),
      value,
      standardError: known?.standardError ?? null,
      degrees: known?.degrees ?? null,
    };
  }
  return figures;
}

/** Without seconds: figures as the document has them, spread unknown. */
export function figuresOfSummary(response: LatencySummary, counts: Counts, rate: number): Figures {
  const figures: Figures = {};
  for (const metric of METRICS) {
    const shown =
      metric.name === "rate"
        ? rate
        : metric.name === "error_rate"
          ? errorRate(counts)
          : response[metric.name];
    const value = shown === null ? Number.NaN : scaled(metric, shown);
    if (shown === null || !Number.isFinite(value)) continue;
    figures[metric.name] = {
      ...judged(metric, shown, counts, response.count),
      value,
      standardError: null,
      degrees: null,
    };
  }
  return figures;
}

interface Reading {
  readonly estimate: (weights: Int32Array) => number;
  /** What each piece adds to the figure's deviation: its autocorrelation decides about the blocks. */
  readonly influence: () => Float64Array;
}

function reading({ name, share }: Metric, series: IntervalSeries, counts: Counts): Reading {
  if (share !== null) {
    return {
      estimate: (weights) => mixtureQuantile(series, share, weights),
      influence: () => quantileInfluence(series, share),
    };
  }
  const [above, below] =
    name === "mean"
      ? [series.sums, series.counts]
      : name === "rate"
        ? [series.counted, series.seconds]
        : [series.failed, series.requests];
  // Of time-outs the seconds are not known: they add to the figure, not to its variation.
  const timedOut = name === "error_rate" && counts.requests > 0 ? counts.timedOut / counts.requests : 0;
  return {
    estimate: (weights) => mixtureRatio(above, below, weights) + timedOut,
    influence: () => ratioInfluence(above, below),
  };
}

function spreadOf(
  metric: Metric,
  pieces: number,
  estimate: (weights: Int32Array) => number,
  influence: Float64Array,
  random: Random,
  resamples: number,
): Spread | null {
  if (pieces < LEAST_PIECES) return null;
  const block = intervalBlockLength(influence);
  return blockBootstrap({
    pieces,
    block,
    correlation: neighbourCorrelation(influence),
    estimate: (weights) => scaled(metric, estimate(weights)),
    random,
    resamples,
  });
}

/** Time-outs come in clusters that the file does not show: at worst all of a piece fare alike. */
function withTimeouts(spread: Spread | null, counts: Counts, pieces: number): Spread | null {
  if (spread === null || counts.timedOut === 0) return spread;
  const share = counts.timedOut / counts.requests;
  return {
    ...spread,
    standardError: Math.hypot(spread.standardError, Math.sqrt((share * (1 - share)) / pieces)),
  };
}

function judged(metric: Metric, shown: number, counts: Counts, latencies: number) {
  const beyond = metric.share === null ? 1 : 1 - metric.share;
  return {
    shown,
    // A mean has no such border: a few requests cut off at the end of a closed loop do not move it.
    atLeast: metric.unit === "us" && counts.censoredShare >= (metric.share === null ? 0.01 : beyond),
    sparse: metric.share !== null && latencies * beyond < LEAST_BEYOND,
  };
}

function errorRate({ requests, failed, timedOut }: Counts): number | null {
  return requests === 0 ? null : (failed + timedOut) / requests;
}
