// Do the intervals of `stats compare` hold what they promise? Thousands of simulated pairs of runs whose true
// difference is known, through the same code as the files of a user; the figures are printed.
import { describe, expect, test } from "vitest";
import { figuresOfIntervals } from "../../src/engine/stats/compare/figures.ts";
import type { CompareSettings, MetricComparison, MetricName } from "../../src/engine/stats/compare/result.ts";
import { compareSides } from "../../src/engine/stats/compare/sides.ts";
import { createRandom, type Random } from "../../src/engine/stats/inference/random.ts";
import { type Simulation, STEADY, simulate, trueQuantile } from "../engine/stats/simulated-run.ts";

/** So many that chance moves a coverage by half a point. */
const COVERED = 1500;
const COMPARED = 1000;
/** The spread is known to 3.5 % with 400 resamples; the command takes 1,000. */
const SETTINGS: CompareSettings = {
  confidence: 0.95,
  minEffect: 0.03,
  minErrorEffect: 0.001,
  seed: 1,
  resamples: 400,
};

function measure(simulation: Simulation, random: Random) {
  const counts = {
    requests: simulation.seconds * simulation.perSecond,
    failed: 0,
    timedOut: 0,
    censoredShare: 0,
  };
  const intervals = simulate(simulation, random);
  return {
    whole: figuresOfIntervals(intervals, counts, simulation.perSecond, random, SETTINGS.resamples),
    endpoints: new Map(),
  };
}

function pair(base: Simulation, candidate: Simulation, seed: number): MetricComparison[] {
  const random = createRandom(seed);
  return compareSides([measure(base, random)], [measure(candidate, random)], SETTINGS);
}

const of = (metrics: readonly MetricComparison[], name: MetricName) =>
  metrics.find(({ metric }) => metric === name)!;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** How many intervals hold the true change, and how many pairs come out changed. */
function cover(simulation: Simulation, factor: number, firstSeed: number) {
  const candidate = { ...simulation, medianUs: simulation.medianUs * factor };
  const held = { p50: 0, p99: 0 };
  let alarms = 0;
  for (let round = 0; round < COVERED; round++) {
    const metrics = pair(simulation, candidate, firstSeed + round);
    for (const [name, share] of [
      ["p50", 0.5],
      ["p99", 0.99],
    ] as const) {
      const truth = trueQuantile(candidate, share) / trueQuantile(simulation, share) - 1;
      const { low, high } = of(metrics, name).change!;
      if (low <= truth && truth <= high) held[name]++;
    }
    if (metrics.some(({ verdict }) => verdict === "better" || verdict === "worse")) alarms++;
  }
  return { p50: held.p50 / COVERED, p99: held.p99 / COVERED, alarms: alarms / COVERED };
}

describe("95 % intervals", () => {
  test.each([
    ["30 s × 1,000/s, correlated by request (0.8) and by second (0.5)", STEADY, 1],
    ["30 s × 1,000/s, seconds that move by 10 % (0.5)", { ...STEADY, secondSigma: 0.1 }, 20_001],
    [
      "120 s × 300/s, independent",
      { ...STEADY, seconds: 120, perSecond: 300, secondSigma: 0, requestCorrelation: 0 },
      40_001,
    ],
  ])(
    "hold the true change in 93 to 97 of 100, and A/A raises at most 5 false alarms: %s",
    (name, simulation, seed) => {
      const { p50, p99, alarms } = cover(simulation, 1, seed);
      console.log(
        `${name}: coverage p50 ${percent(p50)}, p99 ${percent(p99)}; A/A false alarms, any metric ${percent(alarms)}`,
      );
      for (const held of [p50, p99]) {
        expect(held).toBeGreaterThanOrEqual(0.93);
        expect(held).toBeLessThanOrEqual(0.97);
      }
      expect(alarms).toBeLessThanOrEqual(0.05);
    },
  );

  test("are too narrow, by a known amount, for a run hardly longer than its memory", () => {
    // 60 s whose seconds are correlated by 0.8 say as much as 7 independent ones; no interval from within can be right.
    const slow = { ...STEADY, seconds: 60, perSecond: 300, secondSigma: 0.1, secondCorrelation: 0.8 };
    const { p50, p99, alarms } = cover(slow, 1, 60_001);
    console.log(
      `60 s × 300/s, slow waves (0.8): coverage p50 ${percent(p50)}, p99 ${percent(p99)}; alarms ${percent(alarms)}`,
    );
    expect(Math.min(p50, p99)).toBeGreaterThan(0.85);
  });
});

describe("a p99 that is 10 % longer", () => {
  // Where p50, p90 and mean stay as they are, the correction for their number asks more of p99.
  test.each([
    ["all latencies 10 % longer", { ...STEADY, medianUs: STEADY.medianUs * 1.1 }, 80_001, 0.9],
    ["only the tail above p95 10 % longer", { ...STEADY, tail: 1.1 }, 100_001, 0.8],
  ])("is found worse by pairs of 30 s × 1,000/s: %s", (name, candidate, seed, least) => {
    let found = 0;
    for (let round = 0; round < COMPARED; round++) {
      if (of(pair(STEADY, candidate, seed + round), "p99").verdict === "worse") found++;
    }
    console.log(`power, ${name}: ${percent(found / COMPARED)}`);
    expect(found / COMPARED).toBeGreaterThanOrEqual(least);
  });
});
