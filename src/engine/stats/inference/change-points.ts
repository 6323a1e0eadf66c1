/**
 * Where the level of a series of runs changes: PELT (Killick, Fearnhead & Eckley 2012, J. Am. Stat. Assoc. 107:1590),
 * which finds the partition with the least squared error plus a penalty for every change, exactly, in about linear
 * time. The noise is told from differences of neighbours, by their median, so that neither a change of level nor
 * an outlier passes for noise.
 */

export interface ChangePointOptions {
  /** Shortest stretch between changes; default 2. */
  readonly minLength?: number;
  /** Price of a change in units of noise variance; default 4 ln n + 6, at which steady series of 10 to 100 rarely show one. */
  readonly penalty?: number;
  /** Standard deviation of the noise; default: estimated. */
  readonly noise?: number;
}

interface Candidate {
  /** Where the last stretch would begin. */
  readonly from: number;
  /** First end for which it need not be looked at. */
  until: number;
  cost?: number;
}

/** Ascending indices at which a new level begins. */
export function changePoints(
  series: readonly number[],
  {
    minLength = 2,
    penalty = 4 * Math.log(Math.max(2, series.length)) + 6,
    noise = noiseOf(series),
  }: ChangePointOptions = {},
): number[] {
  const n = series.length;
  if (n < 2 * minLength) return [];
  const price = penalty * noise ** 2;
  if (!(price > 0)) return [];
  const cost = squaredErrors(series);
  const best = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = -price;
  const previous = new Int32Array(n + 1);
  let candidates: Candidate[] = [{ from: 0, until: Number.POSITIVE_INFINITY }];
  for (let end = minLength; end <= n; end++) {
    for (const candidate of candidates) {
      candidate.cost = best[candidate.from]! + cost(candidate.from, end);
      if (candidate.cost + price >= best[end]!) continue;
      best[end] = candidate.cost + price;
      previous[end] = candidate.from;
    }
    for (const candidate of candidates) {
      // Worse than a change here even without its price: of no use once a stretch that begins here is long enough.
      if (candidate.cost! > best[end]!) candidate.until = Math.min(candidate.until, end + minLength);
    }
    candidates = candidates.filter(({ until }) => until > end + 1);
    const next = end - minLength + 1;
    if (next >= minLength) candidates.push({ from: next, until: Number.POSITIVE_INFINITY });
  }
  const found: number[] = [];
  for (let at = previous[n]!; at > 0; at = previous[at]!) found.unshift(at);
  return found;
}

/** Squared deviations from the mean of any stretch, from sums up to each place. */
function squaredErrors(series: readonly number[]): (from: number, to: number) => number {
  // Around the first value, lest large levels eat the digits.
  const origin = series[0]!;
  const sums = new Float64Array(series.length + 1);
  const squares = new Float64Array(series.length + 1);
  for (const [at, value] of series.entries()) {
    sums[at + 1] = sums[at]! + (value - origin);
    squares[at + 1] = squares[at]! + (value - origin) ** 2;
  }
  return (from, to) => {
    const sum = sums[to]! - sums[from]!;
    return Math.max(0, squares[to]! - squares[from]! - sum ** 2 / (to - from));
  };
}

/**
 * The series with single odd values, four deviations or more beside the median of themselves and their neighbours, put
 * at that median: a level takes at least two runs.
 */
export function withoutSpikes(series: readonly number[], noise = noiseOf(series)): number[] {
  const n = series.length;
  if (n < 3) return [...series];
  return series.map((value, at) => {
    const from = Math.min(Math.max(at - 1, 0), n - 3);
    const middle = series.slice(from, from + 3).sort((a, b) => a - b)[1]!;
    return Math.abs(value - middle) > 4 * noise ? middle : value;
  });
}

/** Median of |x(i) − x(i−1)| · 1.4826 / √2: the standard deviation of normal noise. */
export function noiseOf(series: readonly number[]): number {
  const steps = series.slice(1).map((value, at) => Math.abs(value - series[at]!));
  if (steps.length === 0) return 0;
  steps.sort((a, b) => a - b);
  const half = steps.length >> 1;
  const median = steps.length % 2 === 1 ? steps[half]! : (steps[half - 1]! + steps[half]!) / 2;
  return (median * 1.4826) / Math.SQRT2;
}
