/** From intervals and p-values to a word, and to how many runs a word would take. */
import type { Difference } from "../inference/difference-interval.ts";
import { leastPermutationP } from "../inference/permutation.ts";
import { runsNeeded } from "../inference/power.ts";
import type { Metric } from "./metrics.ts";
import type { MetricComparison, MetricVerdict, UndecidedReason } from "./result.ts";

export interface Evidence {
  readonly metric: Metric;
  readonly difference: Difference;
  readonly correctedP: number;
  readonly permutationP: number | null;
  /** On the scale of differences, positive. */
  readonly minEffect: number;
  readonly alpha: number;
  readonly runs: { readonly base: number; readonly candidate: number };
  /** Sides whose figure is only a lower bound. */
  readonly atLeast: { readonly base: boolean; readonly candidate: boolean };
}

export interface Judgement {
  readonly verdict: MetricVerdict;
  readonly reason: UndecidedReason | null;
}

export function judge(evidence: Evidence): Judgement {
  const { metric, difference, correctedP, permutationP, minEffect, alpha, runs, atLeast } = evidence;
  const size = Math.abs(difference.difference);
  const rises = difference.difference > 0;
  if (hides(atLeast, rises)) return undecided("unanswered");
  if (isWithin(difference, minEffect)) {
    return atLeast.base || atLeast.candidate ? undecided("unanswered") : { verdict: "same", reason: null };
  }
  if (difference.p > alpha) return undecided("interval-too-wide");
  if (size < minEffect) return undecided("effect-too-small-to-tell");
  if (correctedP > alpha) return undecided("not-after-correction");
  const speaks = leastPermutationP(runs.base, runs.candidate) <= alpha;
  if (speaks && permutationP !== null && permutationP > alpha) return undecided("runs-overlap");
  return { verdict: rises === (metric.better === "lower") ? "worse" : "better", reason: null };
}

/** The whole interval lies within the minimum effect. */
export function isWithin({ low, high }: Difference, minEffect: number): boolean {
  return low >= -minEffect && high <= minEffect;
}

/** A lower bound on the higher side only understates the difference; elsewhere it can undo it. */
function hides(atLeast: Evidence["atLeast"], rises: boolean): boolean {
  return rises ? atLeast.base : atLeast.candidate;
}

function undecided(reason: UndecidedReason): Judgement {
  return { verdict: "undecided", reason };
}

/**
 * Runs more on each side: enough to find a difference as large as the one seen, or where that is below the minimum
 * effect, to have the interval inside it. At least as many as a permutation test needs to speak at all, if it was
 * that which objected.
 */
export function furtherRunsOf(evidence: Evidence, { verdict, reason }: Judgement): number | null {
  if (verdict !== "undecided" || reason === "unanswered") return null;
  const { difference, minEffect, alpha, runs } = evidence;
  const smaller = Math.min(runs.base, runs.candidate);
  const size = Math.abs(difference.difference);
  // Next to the border between both neither ever ends; half the minimum effect is as near as is asked for.
  const effect = size >= minEffect ? size : Math.max(minEffect - size, minEffect / 2);
  const { standardError, degrees, basis } = difference;
  const strict = reason === "not-after-correction" || reason === "runs-overlap" ? alpha / 4 : alpha;
  const needed = runsNeeded({ standardError, degrees, runs: smaller, effect, alpha: strict });
  if (needed === null) return null;
  const least = basis === "between-runs" ? LEAST_RUNS : 2;
  return Math.max(1, Math.max(needed, least) - smaller);
}

/** Four a side is the fewest whose permutation test can reach 5 %. */
export const LEAST_RUNS = 4;

/** Worse outweighs undecided, that better, that same. */
export function overall(metrics: readonly MetricComparison[]): MetricVerdict {
  const found = new Set(metrics.map(({ verdict }) => verdict));
  for (const verdict of ["worse", "undecided", "better"] as const) if (found.has(verdict)) return verdict;
  return "same";
}
