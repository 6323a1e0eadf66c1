// The quick form of test/long/stats-coverage.test.ts: enough pairs to notice an interval that is badly wrong.
import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../../src/engine/stats/compare/compare.ts";
import { figuresOfIntervals } from "../../../../src/engine/stats/compare/figures.ts";
import { compareSides } from "../../../../src/engine/stats/compare/sides.ts";
import { createRandom, type Random } from "../../../../src/engine/stats/inference/random.ts";
import { type Simulation, STEADY, simulate } from "../simulated-run.ts";

const PAIRS = 200;
const SETTINGS = { ...DEFAULT_SETTINGS, resamples: 100 };
const SMALL: Simulation = { ...STEADY, perSecond: 100, secondSigma: 0.06 };

function measure(simulation: Simulation, random: Random) {
  const counts = { requests: 3000, failed: 0, timedOut: 0, censoredShare: 0 };
  const intervals = simulate(simulation, random);
  return {
    whole: figuresOfIntervals(intervals, counts, 100, random, SETTINGS.resamples),
    endpoints: new Map(),
  };
}

test("of 200 intervals about 95 in 100 hold the true change, and few unchanged pairs look changed", () => {
  const slower = { ...SMALL, medianUs: SMALL.medianUs * 1.07 };
  const held = { p50: 0, p99: 0 };
  let alarms = 0;
  for (let round = 0; round < PAIRS; round++) {
    const random = createRandom(round + 1);
    const base = measure(SMALL, random);
    const metrics = compareSides([base], [measure(slower, random)], SETTINGS);
    for (const name of ["p50", "p99"] as const) {
      const { low, high } = metrics.find(({ metric }) => metric === name)!.change!;
      if (low <= 0.07 && 0.07 <= high) held[name]++;
    }
    const alike = compareSides([base], [measure(SMALL, random)], SETTINGS);
    if (alike.some(({ verdict }) => verdict === "better" || verdict === "worse")) alarms++;
  }
  // Three standard deviations of 200 draws at 95 % are 4.6 points.
  for (const count of [held.p50, held.p99]) expect(count / PAIRS).toBeGreaterThan(0.9);
  expect(alarms / PAIRS).toBeLessThan(0.1);
});
