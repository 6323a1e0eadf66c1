// Series of runs whose true history is known.
import { expect, test } from "vitest";
import type { ComparedRun } from "../../../src/engine/stats/compare/run.ts";
import { historyOf } from "../../../src/engine/stats/history.ts";
import { document, named } from "./run-document.ts";

const run = (seed: number, medianUs: number): ComparedRun =>
  document({ medianUs, seconds: 5, perSecond: 400 }, seed);

/** Twelve runs, 15 % slower from the eighth on; in no order. */
const runs = Array.from({ length: 12 }, (_, at) =>
  named(run(at + 1, at < 7 ? 10_000 : 11_500), `${at}.json`),
);
const shuffled = [...runs.slice(5), ...runs.slice(0, 5)];

test("a change of level is found at its run, with both levels and its direction", () => {
  const { series, left } = historyOf(shuffled, { version: "0.0.0" });
  expect(left).toEqual([]);
  expect(series).toHaveLength(1);
  expect(series[0]!.runs.map(({ name }) => name)).toEqual(runs.map(({ name }) => name));
  const p50 = series[0]!.metrics.find(({ metric }) => metric === "p50")!;
  expect(p50.values).toHaveLength(12);
  expect(p50.changes).toHaveLength(1);
  expect(p50.changes[0]).toMatchObject({ at: 7, run: "7.json", verdict: "worse" });
  expect(p50.changes[0]!.change).toBeGreaterThan(0.1);
  expect(p50.changes[0]!.change).toBeLessThan(0.2);
  expect(p50.levels.map(({ from, to }) => [from, to])).toEqual([
    [0, 7],
    [7, 12],
  ]);
  const rate = series[0]!.metrics.find(({ metric }) => metric === "rate")!;
  expect(rate.changes).toEqual([]);
});

test("a single odd run is no change", () => {
  const odd = runs.slice(0, 7).map((one, at) => (at === 3 ? named(run(4, 30_000), one.name) : one));
  const p50 = historyOf(odd, { version: "0.0.0" }).series[0]!.metrics[0]!;
  expect(p50.changes).toEqual([]);
});

test("runs of another plan are another series, and runs that measured the generator are left out", () => {
  const other = run(20, 10_000);
  const { series, left } = historyOf(
    [
      ...runs,
      named({ ...other, plan: { ...other.plan, connections: 7 } }, "other.json"),
      named({ ...other, quality: { verdict: "invalid" } }, "invalid.json"),
    ],
    { version: "0.0.0", force: true },
  );
  expect(series.map(({ runs: members }) => members.length)).toEqual([12, 1]);
  expect(left).toEqual(["invalid.json"]);
});

test("runs of another plan are refused by the name of what differs, and only chosen metrics are looked at", () => {
  const other = run(20, 10_000);
  const unlike = named({ ...other, plan: { ...other.plan, connections: 7 } }, "other.json");
  expect(() => historyOf([...runs, unlike], { version: "0.0.0" })).toThrow(
    expect.objectContaining({ code: "NK_RUNS_UNLIKE", why: expect.stringContaining("plan.connections") }),
  );
  const { series } = historyOf(runs, { version: "0.0.0", metrics: ["p99"] });
  expect(series[0]!.metrics.map(({ metric }) => metric)).toEqual(["p99"]);
});
