// Mouse data: Efron & Tibshirani, An Introduction to the Bootstrap (1993), table 2.1; its exact permutation p-value by
// scipy 1.17.1: `permutation_test`, |difference of means|, `n_resamples=inf`, `alternative="greater"`.
import { describe, expect, test } from "vitest";
import {
  arrangementCount,
  leastPermutationP,
  permutationTest,
} from "../../../../src/engine/stats/inference/permutation.ts";
import { createRandom } from "../../../../src/engine/stats/inference/random.ts";

const TREATED = [94, 197, 16, 38, 99, 141, 23];
const CONTROL = [52, 104, 146, 10, 51, 30, 40, 27, 46];
const random = () => createRandom(1);

describe("the permutation test", () => {
  test("equals scipy on the mouse data, whichever side comes first", () => {
    for (const [one, other] of [
      [TREATED, CONTROL],
      [CONTROL, TREATED],
    ] as const) {
      const found = permutationTest(one, other, random())!;
      expect(found).toMatchObject({ exact: true, arrangements: 11_440 });
      expect(found.p).toBeCloseTo(0.2783216783216783, 14);
    }
  });

  test("equals R's exact Wilcoxon test when it is given ranks", () => {
    // wilcox.test(x, y, exact = TRUE) of scipy's test_gh_9184: p = 0.2544122544123.
    const found = permutationTest([3, 4, 14, 7, 11, 10, 15, 13, 1, 12], [8, 5, 6, 2, 9], random())!;
    expect(found.p).toBeCloseTo(0.2544122544123, 12);
    expect(found.arrangements).toBe(3003);
  });

  test("samples when there are too many arrangements, close to the exact answer and repeatably", () => {
    const side = (from: number) => Array.from({ length: 14 }, (_, at) => from + ((at * 7) % 14));
    const found = permutationTest(side(0), side(3), random())!;
    expect(found.exact).toBe(false);
    // scipy with 400,000 resamples: 0.0446.
    expect(found.p).toBeGreaterThan(0.039);
    expect(found.p).toBeLessThan(0.05);
    expect(permutationTest(side(0), side(3), random())).toEqual(found);
  });

  test("never gives a p of 0", () => {
    const low = Array.from({ length: 15 }, (_, at) => at);
    expect(
      permutationTest(
        low,
        low.map((value) => value + 1000),
        random(),
      )!.p,
    ).toBe(1 / 20_000);
    expect(permutationTest([1, 2, 3, 4], [11, 12, 13, 14], random())!.p).toBeCloseTo(2 / 70, 14);
  });

  test("finds nothing in equal values, and needs both sides", () => {
    expect(permutationTest([1, 1], [1, 1], random())!.p).toBe(1);
    expect(permutationTest([], [1], random())).toBeNull();
  });

  test("knows the least p it can give", () => {
    expect(leastPermutationP(3, 3)).toBeCloseTo(0.1, 14);
    expect(leastPermutationP(4, 4)).toBeCloseTo(2 / 70, 14);
    expect(leastPermutationP(1, 4)).toBeCloseTo(0.2, 14);
    expect(arrangementCount(10, 10)).toBe(184_756);
  });
});
