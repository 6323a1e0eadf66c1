/**
 * Could the runs have been dealt to the two sides at random? The permutation test for a difference of means (Pitman
 * 1937): p is the share of arrangements whose difference is at least as large as the one seen, either way. No
 * distribution is assumed, only that runs of equal sides are exchangeable. Every arrangement is tried when there
 * are few; otherwise a seeded sample, with p = (b + 1) / (m + 1), never 0 (Phipson & Smyth 2010).
 */
import { logGamma } from "./distributions.ts";
import type { Random } from "./random.ts";

export interface PermutationResult {
  readonly p: number;
  readonly exact: boolean;
  /** How many arrangements were looked at. */
  readonly arrangements: number;
}

/** 10 a side have 184,756 arrangements: some milliseconds. */
const EXACT_LIMIT = 200_000;
const SAMPLED = 19_999;

/** Null when a side is empty. */
export function permutationTest(
  base: readonly number[],
  candidate: readonly number[],
  random: Random,
): PermutationResult | null {
  if (base.length === 0 || candidate.length === 0) return null;
  const pool = [...base, ...candidate];
  const total = sum(pool);
  // The difference of means grows with the distance of one side's sum from its share of the total.
  const share = (total * candidate.length) / pool.length;
  const magnitude = pool.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const seen = Math.abs(sum(candidate) - share) - magnitude * pool.length * 1e-13;
  const few = arrangementCount(base.length, candidate.length) <= EXACT_LIMIT;
  return few
    ? tryAll(pool, candidate.length, share, seen)
    : trySome(pool, candidate.length, share, seen, random);
}

/** The least p that so many runs a side can give, two-sided. */
export function leastPermutationP(base: number, candidate: number): number {
  const ways = arrangementCount(base, candidate);
  return Math.min(1, (base === candidate ? 2 : 1) / ways);
}

/** Ways to choose which runs are the candidate's. */
export function arrangementCount(base: number, candidate: number): number {
  const log = logGamma(base + candidate + 1) - logGamma(base + 1) - logGamma(candidate + 1);
  return Math.round(Math.exp(log));
}

function tryAll(pool: readonly number[], size: number, share: number, seen: number): PermutationResult {
  let arrangements = 0;
  let extreme = 0;
  const choose = (from: number, left: number, partial: number): void => {
    if (left === 0) {
      arrangements++;
      if (Math.abs(partial - share) >= seen) extreme++;
      return;
    }
    for (let at = from; at <= pool.length - left; at++) choose(at + 1, left - 1, partial + pool[at]!);
  };
  choose(0, size, 0);
  return { p: extreme / arrangements, exact: true, arrangements };
}

function trySome(
  values: readonly number[],
  size: number,
  share: number,
  seen: number,
  random: Random,
): PermutationResult {
  const pool = [...values];
  let extreme = 0;
  for (let round = 0; round < SAMPLED; round++) {
    let partial = 0;
    // The first `size` places of a Fisher–Yates shuffle.
    for (let at = 0; at < size; at++) {
      const other = at + random.below(pool.length - at);
      const taken = pool[other]!;
      pool[other] = pool[at]!;
      pool[at] = taken;
      partial += taken;
    }
    if (Math.abs(partial - share) >= seen) extreme++;
  }
  return { p: (extreme + 1) / (SAMPLED + 1), exact: false, arrangements: SAMPLED };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
