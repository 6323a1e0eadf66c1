/**
 * The difference between two sides with its interval and p-value, from what each run says about itself (its own spread)
 * and, with several runs a side, from how far runs of one side lie apart. The larger variance counts: a set of runs
 * that happen to agree does not know more than its runs do, and runs that differ more than their own seconds explain
 * (placement, neighbours, compilation) are taken as they are.
 *
 *     one run a side        own spread                    Student's t, degrees of both joined (Welch–Satterthwaite)
 *     several, like seconds own spread, mean of runs      the same
 *     several, unlike       between runs, pooled          Student's t, runs − 2
 */
import { studentQuantile, studentTwoSided } from "./distributions.ts";

/** One run's figure, on the scale on which differences are taken. */
export interface Estimate {
  readonly value: number;
  /** Null where the run cannot tell: too short. */
  readonly standardError: number | null;
  readonly degrees: number | null;
}

export type Basis = "within-runs" | "between-runs";

export interface Difference {
  /** Candidate less base, means of the runs. */
  readonly difference: number;
  readonly standardError: number;
  readonly degrees: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, against a difference of 0. */
  readonly p: number;
  readonly basis: Basis;
}

/** Null when neither source of variance speaks: one run a side, and one of them too short. */
export function differenceOf(
  base: readonly Estimate[],
  candidate: readonly Estimate[],
  confidence: number,
): Difference | null {
  if (base.length === 0 || candidate.length === 0) return null;
  const difference = mean(candidate) - mean(base);
  const variance = larger(withinRuns(base, candidate), betweenRuns(base, candidate));
  if (variance === null) return null;
  const { value, degrees, basis } = variance;
  const standardError = Math.sqrt(value);
  if (standardError === 0) {
    return {
      difference,
      standardError,
      degrees,
      low: difference,
      high: difference,
      p: difference === 0 ? 1 : 0,
      basis,
    };
  }
  const reach = studentQuantile((1 + confidence) / 2, degrees) * standardError;
  const p = studentTwoSided(difference / standardError, degrees);
  return { difference, standardError, degrees, low: difference - reach, high: difference + reach, p, basis };
}

interface Variance {
  readonly value: number;
  readonly degrees: number;
  readonly basis: Basis;
}

function larger(one: Variance | null, other: Variance | null): Variance | null {
  if (one === null || other === null) return one ?? other;
  return other.value > one.value ? other : one;
}

/** Sum over runs of (se / runs of the side)², degrees after Satterthwaite. */
function withinRuns(...sides: readonly (readonly Estimate[])[]): Variance | null {
  let value = 0;
  let weights = 0;
  for (const side of sides) {
    for (const { standardError, degrees } of side) {
      if (standardError === null || degrees === null) return null;
      const part = (standardError / side.length) ** 2;
      value += part;
      weights += part ** 2 / degrees;
    }
  }
  return { value, degrees: weights === 0 ? 1 : value ** 2 / weights, basis: "within-runs" };
}

/** Pooled over both sides: few runs know one variance better than two. */
function betweenRuns(base: readonly Estimate[], candidate: readonly Estimate[]): Variance | null {
  const degrees = base.length + candidate.length - 2;
  if (degrees < 1) return null;
  const pooled = (squaresAround(base) + squaresAround(candidate)) / degrees;
  return { value: pooled * (1 / base.length + 1 / candidate.length), degrees, basis: "between-runs" };
}

function squaresAround(side: readonly Estimate[]): number {
  const centre = mean(side);
  return side.reduce((sum, { value }) => sum + (value - centre) ** 2, 0);
}

function mean(side: readonly Estimate[]): number {
  return side.reduce((sum, { value }) => sum + value, 0) / side.length;
}
