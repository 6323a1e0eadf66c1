// What may be compared, and what a refusal names.
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import { compareRuns } from "../../../../src/engine/stats/compare/compare.ts";
import { refuseUnlike, unlikeFields } from "../../../../src/engine/stats/compare/likeness.ts";
import type { ComparedRun } from "../../../../src/engine/stats/compare/run.ts";
import { document, named } from "../run-document.ts";

const base = document({ seconds: 10, perSecond: 50 });
const OPTIONS = { version: "0.0.0", resamples: 50 };

function withPlan(change: Partial<ComparedRun["plan"]>): ComparedRun {
  return { ...base, plan: { ...base.plan, ...change } };
}

function withEnvironment(change: Partial<ComparedRun["environment"]>): ComparedRun {
  return { ...base, environment: { ...base.environment, ...change } };
}

const fieldsOf = (other: ComparedRun) =>
  unlikeFields([named(base, "a.json"), named(other, "b.json")]).map(({ field, refuses }) => [field, refuses]);

describe("runs are alike", () => {
  test.each([
    ["plan.rate", withPlan({ rate: 2000 })],
    ["plan.connections", withPlan({ connections: 10 })],
    ["plan.urls", withPlan({ urls: ["http://127.0.0.1:8080/other"] })],
    ["plan.urls", withPlan({ urls: ["https://127.0.0.1:8080/"] })],
    ["plan.headers", withPlan({ headers: [["x-mode", "fast"]] })],
    ["plan.durationSeconds", withPlan({ durationSeconds: 60 })],
    ["environment.cpuModel", withEnvironment({ cpuModel: "another" })],
    ["environment.cpus", withEnvironment({ cpus: 64 })],
  ])("but not when %s differs", (field, other) => {
    expect(fieldsOf(other)).toEqual([[field, true]]);
  });

  test.each([
    ["plan.origin", withPlan({ urls: ["http://10.0.0.1/"] })],
    ["environment.hostname", withEnvironment({ hostname: "runner-7" })],
    ["environment.node", withEnvironment({ node: "v22.1.0" })],
    ["interrupted", { ...base, interrupted: true }],
  ])("where only %s differs, which is noted", (field, other) => {
    expect(fieldsOf(other)).toEqual([[field, false]]);
  });

  test("whatever the order or the case of their headers", () => {
    const one = withPlan({
      headers: [
        ["A", "1"],
        ["B", "2"],
      ],
    });
    const other = withPlan({
      headers: [
        ["b", "2"],
        ["a", "1"],
      ],
    });
    expect(unlikeFields([named(one), named(other)])).toEqual([]);
  });
});

describe("a refusal", () => {
  test("names what differs, in which file, and how to go on", () => {
    const unlike = unlikeFields([named(base, "a.json"), named(withPlan({ rate: 7 }), "b.json")]);
    try {
      refuseUnlike(unlike);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NetkitError);
      const { code, why, next, exitCode } = error as NetkitError;
      expect(code).toBe("NK_RUNS_UNLIKE");
      expect(why).toBe("plan.rate is 50 in a.json and 7 in b.json");
      expect(next).toContain("--force");
      expect(exitCode).toBe(2);
    }
  });

  test("is given for a run whose generator was the limit", () => {
    const invalid: ComparedRun = { ...base, quality: { verdict: "invalid" } };
    expect(() => compareRuns([named(base)], [named(invalid, "b.json")], OPTIONS)).toThrow(NetkitError);
  });

  test("is overridden by force, and the result says so", () => {
    const other = withPlan({ rate: 7 });
    const result = compareRuns([named(base)], [named(other)], { ...OPTIONS, force: true });
    expect(result.forced).toBe(true);
    expect(result.unlike.map(({ field }) => field)).toEqual(["plan.rate"]);
    expect(compareRuns([named(base)], [named(base)], { ...OPTIONS, force: true }).forced).toBe(false);
  });

  test("a side without runs is a usage error", () => {
    expect(() => compareRuns([], [named(base)], OPTIONS)).toThrow(/both sides/);
  });
});
