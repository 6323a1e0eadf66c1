/**
 * How long the blocks of a block bootstrap are to be: the rule of Politis & White (2004, Econometric Reviews 23:53),
 * as corrected by Patton, Politis & White (2009, ibid. 28:372), for the circular block bootstrap.
 *
 * It looks for the lag m from which on the autocorrelations are noise, weighs those up to M = 2m with a flat-top
 * window, and balances bias against variance: b = (2 G² / D)^(1/3) · n^(1/3) with G = Σ λ(k/M) |k| R(k) and
 * D = 4/3 · g(0)², g(0) = Σ λ(k/M) R(k).
 */

/**
 * For an interval from few blocks: the larger of the above, at most a third of the series, and 1.3 √n, which with
 * Student's t weighs coverage against power for series of some correlation (Lazarus, Lewis, Stock & Watson 2018, J. Bus.
 * Econ. Stat. 36:541). Whole pieces.
 */
export function intervalBlockLength(series: ArrayLike<number>): number {
  const n = series.length;
  const most = Math.max(1, Math.floor(n / 3));
  return Math.max(1, Math.min(most, Math.ceil(Math.max(1.3 * Math.sqrt(n), optimalBlockLength(series)))));
}

/**
 * Correlation of neighbours, corrected for its downward bias in short series (Kendall 1954). Between 0, also for what
 * alternates, and 0.97.
 */
export function neighbourCorrelation(series: ArrayLike<number>): number {
  const n = series.length;
  const covariance = autocovariances(series);
  const variance = covariance(0);
  if (n < FEW || !(variance > 0)) return 0;
  const raw = covariance(1) / variance;
  return Math.min(0.97, Math.max(0, raw + (1 + 3 * raw) / n));
}

/**
 * By how much blocks understate the variance of the whole: the ratio of both for a first-order autoregression of that
 * correlation (the prewhitening of Andrews & Monahan 1992).
 */
export function shortBlockFactor(correlation: number, pieces: number, block: number): number {
  // Where a circular block wraps around the end, it joins values that have nothing to do with each other.
  return varianceOfSum(correlation, pieces) / varianceOfSum(correlation, block, pieces);
}

/** Of `length` values of variance 1, divided by the length; from a circle of `around` values. */
function varianceOfSum(correlation: number, length: number, around = Number.POSITIVE_INFINITY): number {
  let sum = 1;
  for (let lag = 1, power = correlation; lag < length && power > 1e-6; lag++, power *= correlation) {
    sum += 2 * (1 - lag / length) * (1 - lag / around) * power;
  }
  return sum;
}

/** Below this many values nothing can be said about autocorrelation. */
const FEW = 8;

/** Not rounded; between 1 and the paper's bound min(3√n, n/3). 1 for a series without variation. */
export function optimalBlockLength(series: ArrayLike<number>): number {
  const n = series.length;
  if (n < FEW) return 1;
  const covariance = autocovariances(series);
  const variance = covariance(0);
  if (!(variance > 0)) return 1;
  const quiet = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const maxLag = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + quiet);
  const noise = 2 * Math.sqrt(Math.log10(n) / n);
  const significant = (lag: number) => Math.abs(covariance(lag) / variance) > noise;
  const window = Math.min(maxLag, 2 * lastLag(significant, quiet, maxLag));
  let long = variance;
  let slope = 0;
  for (let lag = 1; lag <= window; lag++) {
    const weight = flatTop(lag / window) * covariance(lag);
    long += 2 * weight;
    slope += 2 * weight * lag;
  }
  const bound = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  // The window can make the spectrum at 0 vanish or negative: strongly alternating values.
  if (!(long > 0)) return 1;
  const length = ((2 * slope * slope) / ((4 / 3) * long * long)) ** (1 / 3) * n ** (1 / 3);
  return Math.min(Math.max(1, length), bound);
}

/** Smallest m after which `quiet` lags in a row are noise; without one, the last lag that is not; at least 1. */
function lastLag(significant: (lag: number) => boolean, quiet: number, maxLag: number): number {
  let last = 0;
  for (let lag = 1; lag <= maxLag; lag++) {
    if (significant(lag)) last = lag;
    else if (lag - last >= quiet) break;
  }
  return Math.max(1, last);
}

/** Trapezoid of Politis & Romano (1995): 1 up to a half, then falling to 0. */
function flatTop(share: number): number {
  return share <= 0.5 ? 1 : Math.max(0, 2 * (1 - share));
}

/** By lag, divided by n: a positive semi-definite sequence. */
function autocovariances(series: ArrayLike<number>): (lag: number) => number {
  const n = series.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += series[i]!;
  mean /= n;
  return (lag) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (series[i]! - mean) * (series[i - lag]! - mean);
    return sum / n;
  };
}
