/**
 * Could the two of each pair have been dealt to the sides by a coin? The permutation test for paired differences
 * (Fisher 1935, The Design of Experiments, section 21): p is the share of signings whose sum is at least as large as
 * the one seen, either way. All are tried when there are few, else a seeded sample with p = (b + 1) / (m + 1).
 */
import type { PermutationResult } from "./permutation.ts";
import type { Random } from "./random.ts";

const EXACT_PAIRS = 14;
const SAMPLED = 9_999;

/** Null when there is no pair. */
export function signFlipTest(differences: readonly number[], random: Random): PermutationResult | null {
  const pairs = differences.length;
  if (pairs === 0) return null;
  const magnitude = differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const seen = Math.abs(differences.reduce((sum, value) => sum + value, 0)) - magnitude * 1e-13;
  let extreme = 0;
  if (pairs <= EXACT_PAIRS) {
    const arrangements = 2 ** pairs;
    for (let signs = 0; signs < arrangements; signs++) {
      let sum = 0;
      for (let at = 0; at < pairs; at++) sum += (signs >> at) & 1 ? differences[at]! : -differences[at]!;
      if (Math.abs(sum) >= seen) extreme++;
    }
    return { p: extreme / arrangements, exact: true, arrangements };
  }
  for (let round = 0; round < SAMPLED; round++) {
    let sum = 0;
    for (const difference of differences) sum += random.next() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= seen) extreme++;
  }
  return { p: (extreme + 1) / (SAMPLED + 1), exact: false, arrangements: SAMPLED };
}

/** The least p that so many pairs can give, two-sided. */
export function leastSignFlipP(pairs: number): number {
  return Math.min(1, 2 ** (1 - pairs));
}
