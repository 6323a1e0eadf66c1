/**
 * How many runs a side it takes to tell: the smallest number for which a difference as large as the one to be found
 * would come out significant with the wanted power. The normal approximation of the two-sample t-test, its degrees of
 * freedom growing with the runs (as R's `power.t.test`, which differs by at most one run).
 */
import { normalQuantile, studentQuantile } from "./distributions.ts";

export interface PowerQuestion {
  /** Of the difference, as it is with `runs` runs a side. */
  readonly standardError: number;
  readonly degrees: number;
  readonly runs: number;
  /** To be found, on the same scale as the standard error; positive. */
  readonly effect: number;
  readonly alpha: number;
  /** Default 0.8. */
  readonly power?: number;
}

/** More is not advice: look at the setup instead. */
export const MOST_RUNS = 1000;

/** Runs a side in all, at least `runs`; null when more than `MOST_RUNS` would be needed. */
export function runsNeeded({
  standardError,
  degrees,
  runs,
  effect,
  alpha,
  power = 0.8,
}: PowerQuestion): number | null {
  if (!(effect > 0)) return null;
  const reach = normalQuantile(power);
  const byDegrees = (count: number) => Math.max(degrees, 1) * (count / runs);
  const enough = (count: number) => {
    const expected = standardError * Math.sqrt(runs / count);
    return (studentQuantile(1 - alpha / 2, byDegrees(count)) + reach) * expected <= effect;
  };
  if (!enough(MOST_RUNS)) return null;
  let low = runs;
  let high = MOST_RUNS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
