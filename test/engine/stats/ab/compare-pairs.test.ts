// Pairs of simulated slices whose true difference is known, on a machine that drifts.
import { describe, expect, test } from "vitest";
import {
  comparePairs,
  type SlicePair,
  testPairsAlike,
} from "../../../../src/engine/stats/ab/compare-pairs.ts";
import { orderOfPairs } from "../../../../src/engine/stats/ab/slices.ts";
import { createRandom } from "../../../../src/engine/stats/inference/random.ts";
import { signFlipTest } from "../../../../src/engine/stats/inference/sign-flip.ts";
import { document, named } from "../run-document.ts";

/** The machine gets half as slow again over the run; B is `slower` times as slow as A at each moment. */
function pairs(count: number, slower: number, seed: number): SlicePair[] {
  return Array.from({ length: count }, (_, at) => {
    const medianUs = 10_000 * (1 + (0.5 * at) / count);
    const slice = (median: number, own: number) =>
      document({ medianUs: median, seconds: 1, perSecond: 500 }, seed * 1_000 + own);
    return {
      a: named(slice(medianUs, 2 * at), `a-${at}`),
      b: named(slice(medianUs * slower, 2 * at + 1), `b-${at}`),
    };
  });
}

const options = { version: "0.0.0" };

describe("comparePairs", () => {
  test("finds a B that is a fifth slower through a drift of half, on five seeds", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const result = comparePairs(pairs(15, 1.2, seed), options);
      const p50 = result.metrics.find(({ metric }) => metric === "p50")!;
      expect(p50.verdict).toBe("worse");
      expect(p50.change!.low).toBeLessThan(0.2 + 0.05);
      expect(p50.change!.high).toBeGreaterThan(0.2 - 0.05);
      expect(result.verdict).toBe("worse");
    }
  });

  test("raises few false alarms over sixty A/A comparisons", () => {
    let alarms = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { metrics } = comparePairs(pairs(10, 1, seed), options);
      if (metrics.some(({ verdict }) => verdict === "worse" || verdict === "better")) alarms++;
    }
    console.log(`A/A over pairs: ${alarms} of 60 called something changed`);
    // At 5 % eight or more of sixty happen once in a hundred.
    expect(alarms).toBeLessThanOrEqual(7);
  });

  test("does not judge what lies beyond a short slice, nor one pair alone", () => {
    const { metrics } = comparePairs(pairs(10, 2, 1), options);
    expect(metrics.find(({ metric }) => metric === "p99_9")).toMatchObject({
      verdict: "undecided",
      reason: "too-few-requests",
    });
    const single = comparePairs(pairs(1, 2, 1), options);
    expect(single.metrics.every(({ verdict }) => verdict === "undecided")).toBe(true);
  });

  test("deals the sides of pairs again and again", () => {
    const result = testPairsAlike(pairs(10, 1, 3), options);
    expect(result.splits).toBe(100);
    expect(result.falseAlarms).toBeLessThanOrEqual(0.1);
  });
});

test("orders are ABBA or BAAB by seed, both meet, and a steady drift cancels", () => {
  const texts = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const order = orderOfPairs(2, seed);
    texts.add(order.flat().join(""));
    expect(orderOfPairs(2, seed)).toEqual(order);
  }
  expect([...texts].sort()).toEqual(["abba", "baab"]);
  expect(orderOfPairs(7, 1)).toHaveLength(7);
});

test("the sign-flip test is the share of signings as far out", () => {
  // Of 2^6 signings only all plus and all minus are as far out.
  expect(signFlipTest([1, 2, 3, 4, 5, 6], createRandom(1))).toEqual({
    p: 2 / 64,
    exact: true,
    arrangements: 64,
  });
  expect(signFlipTest([1, -1], createRandom(1))!.p).toBe(1);
  expect(signFlipTest(new Array(20).fill(1), createRandom(1))!.p).toBeLessThan(0.001);
});
