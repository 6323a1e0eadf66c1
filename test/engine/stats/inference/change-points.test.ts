// PELT of the Nile: R's `cpt.mean(scale(Nile), method = "PELT")` and ruptures 1.1.10's `Pelt(model="l2", min_size=2, jump=1)`
// both give one change after the 28th year, 1898.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  changePoints,
  noiseOf,
  withoutSpikes,
} from "../../../../src/engine/stats/inference/change-points.ts";
import { createRandom } from "../../../../src/engine/stats/inference/random.ts";
import { normals } from "../simulated-run.ts";
import { NILE } from "./nile.ts";

/** Squared errors plus price, over every partition. */
function bestByTrying(series: readonly number[], price: number, minLength: number): number {
  const least = new Array<number>(series.length + 1).fill(Number.POSITIVE_INFINITY);
  least[0] = -price;
  for (let end = 1; end <= series.length; end++) {
    for (let from = 0; from <= end - minLength; from++) {
      least[end] = Math.min(least[end]!, least[from]! + errorOf(series.slice(from, end)) + price);
    }
  }
  return least[series.length]!;
}

function errorOf(part: readonly number[]): number {
  const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
  return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function costOf(series: readonly number[], changes: readonly number[], price: number): number {
  const starts = [0, ...changes];
  return starts.reduce(
    (sum, from, at) => sum + errorOf(series.slice(from, starts[at + 1])),
    changes.length * price,
  );
}

describe("change points", () => {
  test("the Nile changed once, after 1898", () => {
    expect(noiseOf(NILE)).toBeCloseTo(115.31921651658926, 8);
    for (const factor of [2, 3, 4]) {
      expect(changePoints(NILE, { penalty: factor * Math.log(100) })).toEqual([28]);
    }
    // The estimate of noise is itself noisy: by default the fall of 1899 stands out from it all the same.
    expect(changePoints(NILE)).toEqual([28]);
  });

  test("the partition is the best there is", () => {
    const level = fc.constantFrom(0, 1, 3, 7);
    const stretch = fc.tuple(level, fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 6 }));
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (parts, minLength) => {
          const series = parts.flatMap(([height, noise]) => noise.map((value) => height + value));
          fc.pre(series.length >= 2 * minLength);
          const changes = changePoints(series, { minLength, penalty: 3, noise: 0.5 });
          expect(costOf(series, changes, 0.75)).toBeCloseTo(bestByTrying(series, 0.75, minLength), 9);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a steady series shows one in at most 5 of 100, a step of four deviations is found where it is", () => {
    const normal = normals(createRandom(7));
    for (const n of [10, 30, 100]) {
      let alarms = 0;
      let found = 0;
      for (let round = 0; round < 200; round++) {
        const series = Array.from({ length: n }, normal);
        if (changePoints(series).length > 0) alarms++;
        const stepped = series.map((value, at) => value + (at >= n / 2 ? 4 : 0));
        if (changePoints(stepped).some((at) => Math.abs(at - n / 2) <= 1)) found++;
      }
      expect(alarms).toBeLessThanOrEqual(10);
      expect(found).toBeGreaterThan(n === 10 ? 130 : 190);
    }
  });

  test("one odd run is no change, and equal values have none", () => {
    for (const odd of [0, 5, 11]) {
      const series = [5, 5.1, 4.9, 5, 5.1, 5, 5, 4.9, 5, 5.1, 5, 4.9].with(odd, 20);
      expect(changePoints(withoutSpikes(series))).toEqual([]);
    }
    const stepped = [5, 5.1, 4.9, 5, 5.1, 5, 9, 9.1, 9, 8.9, 9];
    expect(withoutSpikes(stepped)).toEqual(stepped);
    expect(changePoints(withoutSpikes(stepped))).toEqual([6]);
    expect(changePoints([3, 3, 3, 3, 3, 3])).toEqual([]);
    expect(changePoints([])).toEqual([]);
  });
});
