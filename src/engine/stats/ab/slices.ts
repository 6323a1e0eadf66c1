/**
 * In which order the slices of an A/B run: pairs, each in an order of its own by chance, so that no drift of the machine
 * and no habit of the order favours a side. Two neighbouring pairs are ABBA or BAAB: a steady drift cancels exactly.
 */
import { createRandom } from "../inference/random.ts";

export type Side = "a" | "b";

/** The sign-flip test of fewer pairs cannot reach 5 %: 2 / 2⁶ is the first below it. */
export const LEAST_PAIRS = 6;

/** One entry a pair. The same seed gives the same order. */
export function orderOfPairs(pairs: number, seed: number): (readonly [Side, Side])[] {
  const random = createRandom(seed);
  const order: (readonly [Side, Side])[] = [];
  while (order.length < pairs) {
    const first: readonly [Side, Side] = random.below(2) === 0 ? ["a", "b"] : ["b", "a"];
    order.push(first, [first[1], first[0]]);
  }
  return order.slice(0, pairs);
}
