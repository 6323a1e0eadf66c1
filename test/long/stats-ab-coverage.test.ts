// Do the intervals of `stats ab` hold what they promise where slices are not independent? The machine's own speed wanders from
// slice to slice, as a first-order autoregression that both sides share; what it does to a slice is far more than what differs.
import { expect, test } from "vitest";
import { comparePairs, type SlicePair } from "../../src/engine/stats/ab/compare-pairs.ts";
import { orderOfPairs } from "../../src/engine/stats/ab/slices.ts";
import type { CompareResult } from "../../src/engine/stats/compare/result.ts";
import type { NamedRun } from "../../src/engine/stats/compare/run.ts";
import { createRandom } from "../../src/engine/stats/inference/random.ts";
import { document } from "../engine/stats/run-document.ts";
import { normals } from "../engine/stats/simulated-run.ts";

/** A thousand gave 95.1 to 95.9 % and 4.1 to 4.7 %, for correlations of 0, 0.5, 0.9 and 0.99. */
const SIMULATIONS = 300;
const PAIRS = 15;
/** Standard deviations of ln(latency): what the machine does to all, and what each slice has of its own. */
const MACHINE = 0.1;
const OWN = 0.02;

const template = document({ seconds: 1, perSecond: 100 });
const { response } = template.latency;

function slice(name: string, level: number): NamedRun {
  const at = (share: number) => share * level;
  const figures = { p50: at(10_000), p90: at(14_000), p99: at(20_000), p99_9: at(25_000), mean: at(10_500) };
  return { name, run: { ...template, latency: { response: { ...response, count: 1_000, ...figures } } } };
}

/** @param correlation of the machine's speed from slice to slice @param ratio candidate ÷ base */
function simulated(seed: number, correlation: number, ratio: number): CompareResult {
  const normal = normals(createRandom(seed));
  let machine = normal();
  const pairs = orderOfPairs(PAIRS, seed).map((sides, at): SlicePair => {
    const pair: Partial<Record<"a" | "b", NamedRun>> = {};
    for (const side of sides) {
      machine = correlation * machine + Math.sqrt(1 - correlation ** 2) * normal();
      const level = Math.exp(MACHINE * machine + OWN * normal()) * (side === "b" ? ratio : 1);
      pair[side] = slice(`${side}-${at}`, level);
    }
    return pair as SlicePair;
  });
  return comparePairs(pairs, { version: "0.1.0", seed, minEffect: 0 });
}

test.each([0, 0.9])("machine's speed correlated by %d from slice to slice", (correlation) => {
  let held = 0;
  let alarms = 0;
  for (let seed = 1; seed <= SIMULATIONS; seed++) {
    const { change } = simulated(seed, correlation, 1.05).metrics.find(({ metric }) => metric === "p50")!;
    if (change !== null && change.low <= 0.05 && change.high >= 0.05) held++;
    const { verdict } = simulated(seed, correlation, 1);
    if (verdict === "better" || verdict === "worse") alarms++;
  }
  const share = (count: number) => `${((count / SIMULATIONS) * 100).toFixed(1)} %`;
  console.log(
    `correlation ${correlation}: intervals that hold the change ${share(held)}, false alarms ${share(alarms)}`,
  );
  // Three standard errors of so few are 3.8 points.
  expect(held / SIMULATIONS).toBeGreaterThan(0.91);
  expect(alarms / SIMULATIONS).toBeLessThan(0.09);
});
