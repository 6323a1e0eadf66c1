// Independent figures: the mouse data's bootstrap standard errors, Efron & Tibshirani (1993), table 2.2, B = ∞; and arch 8.0.0
// (Python) on the Nile series: `optimal_block_length`, `CircularBlockBootstrap(block).apply` with 50,000 resamples.
import { describe, expect, test } from "vitest";
import {
  blockBootstrap,
  blockDegrees,
  drawBlocks,
} from "../../../../src/engine/stats/inference/block-bootstrap.ts";
import {
  intervalBlockLength,
  neighbourCorrelation,
  optimalBlockLength,
  shortBlockFactor,
} from "../../../../src/engine/stats/inference/block-length.ts";
import { createRandom } from "../../../../src/engine/stats/inference/random.ts";
import { normals } from "../simulated-run.ts";
import { NILE } from "./nile.ts";

const mean = (values: readonly number[]) => (weights: Int32Array) =>
  values.reduce((sum, value, at) => sum + value * weights[at]!, 0) / values.length;

const median = (values: readonly number[]) => {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  return (weights: Int32Array) => {
    const drawn = order.flatMap(({ value, at }) => new Array<number>(weights[at]!).fill(value));
    const half = drawn.length >> 1;
    return drawn.length % 2 === 1 ? drawn[half]! : (drawn[half - 1]! + drawn[half]!) / 2;
  };
};

/** As others have it: without what short blocks leave out and the run's own mean takes away. */
function plain(values: readonly number[], block: number, estimate: (weights: Int32Array) => number): number {
  const spread = blockBootstrap({
    pieces: values.length,
    block,
    estimate,
    random: createRandom(5),
    resamples: 20_000,
  })!;
  return spread.standardError * Math.sqrt(1 - block / values.length);
}

describe("the block bootstrap", () => {
  const treated = [94, 197, 16, 38, 99, 141, 23];

  test("with blocks of one gives Efron and Tibshirani's standard errors of the mouse data", () => {
    expect(Math.abs(plain(treated, 1, mean(treated)) / 23.36 - 1)).toBeLessThan(0.02);
    expect(Math.abs(plain(treated, 1, median(treated)) / 37.83 - 1)).toBeLessThan(0.02);
  });

  test.each([
    [1, 16.838, 26.056],
    [4, 25.177, 33.349],
    [7, 29.013, 36.927],
    [10, 32.232, 39.977],
  ])(
    "with blocks of %d gives arch's standard errors of the Nile's mean and median",
    (block, ofMean, ofMedian) => {
      expect(Math.abs(plain(NILE, block, mean(NILE)) / ofMean - 1)).toBeLessThan(0.025);
      expect(Math.abs(plain(NILE, block, median(NILE)) / ofMedian - 1)).toBeLessThan(0.025);
    },
  );

  test("draws as many pieces as the series has, in runs of the block length around the end", () => {
    const weights = new Int32Array(30);
    const random = createRandom(2);
    for (let round = 0; round < 200; round++) {
      drawBlocks(weights, 30, random);
      expect([...weights]).toEqual(new Array(30).fill(1));
      drawBlocks(weights, 7, random);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(30);
    }
  });

  test("is repeatable by its seed", () => {
    expect(plain(NILE, 4, mean(NILE))).toBe(plain(NILE, 4, mean(NILE)));
  });

  test("says nothing about a series that is shorter than two blocks", () => {
    const estimate = () => 1;
    expect(blockBootstrap({ pieces: 7, block: 4, estimate, random: createRandom(1) })).toBeNull();
  });

  test("has the degrees of freedom of its variance, seen in independent values", () => {
    const normal = normals(createRandom(3));
    for (const block of [1, 4, 8]) {
      const variances = Array.from({ length: 400 }, () => {
        const values = Array.from({ length: 30 }, normal);
        const spread = blockBootstrap({
          pieces: 30,
          block,
          estimate: mean(values),
          random: createRandom(4),
          resamples: 400,
        })!;
        return spread.standardError ** 2;
      });
      const average = variances.reduce((sum, value) => sum + value, 0) / variances.length;
      const squares = variances.reduce((sum, value) => sum + (value - average) ** 2, 0) / variances.length;
      expect(Math.abs(average * 30 - 1)).toBeLessThan(0.12);
      const degrees = (2 * average ** 2) / squares;
      expect(Math.abs(degrees / blockDegrees(30, block) - 1)).toBeLessThan(0.35);
    }
  });
});

describe("the block length", () => {
  test("is that of arch for the Nile", () => {
    expect(optimalBlockLength(NILE)).toBeCloseTo(14.118327, 5);
  });

  test("is short for independent values, and never beyond a third", () => {
    const normal = normals(createRandom(8));
    const values = Array.from({ length: 300 }, normal);
    expect(optimalBlockLength(values)).toBeLessThan(8);
    expect(intervalBlockLength(values)).toBe(23);
    expect(intervalBlockLength(values.slice(0, 30))).toBeGreaterThanOrEqual(8);
    expect(intervalBlockLength(values.slice(0, 30))).toBeLessThanOrEqual(10);
    expect(intervalBlockLength(new Array(30).fill(5))).toBe(8);
  });

  test("leaves out what the correlation tells: nothing of alternating values, much of slow ones", () => {
    expect(neighbourCorrelation([1, -1, 1, -1, 1, -1, 1, -1, 1, -1])).toBe(0);
    const correlation = neighbourCorrelation(NILE);
    // R: acf(Nile)[1] = 0.498; Kendall adds (1 + 3 · 0.498) / 100.
    expect(correlation).toBeCloseTo(0.498 + 0.0249, 2);
    expect(shortBlockFactor(correlation, 100, 4)).toBeGreaterThan(1.3);
    expect(shortBlockFactor(0, 100, 4)).toBe(1);
    expect(blockDegrees(100, 4, correlation)).toBeLessThan(blockDegrees(100, 4));
  });
});
