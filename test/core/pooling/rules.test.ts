import { describe, expect, test } from "vitest";
import { type GateEvent, type GateState, nextGateState } from "../../../src/core/pooling/creation-gate.ts";
import { type EntryEvent, type EntryState, nextEntryState } from "../../../src/core/pooling/entry.ts";
import {
  creationsToBegin,
  DEFAULT_POOL_POLICY,
  idleVerdict,
  lifetimeMs,
  resolvePolicy,
  sweepPeriodMs,
} from "../../../src/core/pooling/policy.ts";

describe("the states of a resource", () => {
  const STATES: EntryState[] = [
    { kind: "creating" },
    { kind: "idle" },
    { kind: "validating" },
    { kind: "leased" },
    { kind: "destroying", reason: "invalid" },
    { kind: "gone" },
  ];
  const EVENTS: EntryEvent[] = [
    { kind: "created" },
    { kind: "failed" },
    { kind: "leased" },
    { kind: "returned" },
    { kind: "validate" },
    { kind: "valid" },
    { kind: "retired", reason: "invalid" },
    { kind: "gone" },
  ];
  const ALLOWED: Record<string, string> = {
    "creating created": "idle",
    "creating failed": "gone",
    "idle leased": "leased",
    "idle validate": "validating",
    "idle retired": "destroying",
    "validating valid": "idle",
    "validating retired": "destroying",
    "leased returned": "idle",
    "leased retired": "destroying",
    "destroying gone": "gone",
  };

  for (const state of STATES) {
    for (const event of EVENTS) {
      const then = ALLOWED[`${state.kind} ${event.kind}`];
      test(`${state.kind}, ${event.kind}: ${then ?? "impossible"}`, () => {
        if (then === undefined) expect(() => nextEntryState(state, event)).toThrow("cannot be");
        else expect(nextEntryState(state, event).kind).toBe(then);
      });
    }
  }
});

test.each<[GateState, GateEvent, GateState]>([
  [{ kind: "open" }, "failed", { kind: "probing", failures: 1 }],
  [{ kind: "open" }, "succeeded", { kind: "open" }],
  [{ kind: "open" }, "cooled", { kind: "open" }],
  [{ kind: "probing", failures: 1 }, "failed", { kind: "cooling", failures: 2 }],
  [{ kind: "probing", failures: 3 }, "succeeded", { kind: "open" }],
  [{ kind: "cooling", failures: 2 }, "failed", { kind: "cooling", failures: 2 }],
  [{ kind: "cooling", failures: 2 }, "cooled", { kind: "probing", failures: 2 }],
  [{ kind: "cooling", failures: 2 }, "succeeded", { kind: "open" }],
])("the gate %j, %s: %j", (state, event, then) => expect(nextGateState(state, event)).toEqual(then));

const DEMAND = { waiting: 0, coming: 0, creating: 0, total: 0, min: 0, max: 10, creatingLimit: Infinity };

test.each([
  [{}, 0],
  [{ waiting: 3 }, 3],
  [{ waiting: 30 }, 10],
  [{ waiting: 3, coming: 2 }, 1],
  [{ waiting: 1, coming: 5 }, 0],
  [{ waiting: 5, total: 8 }, 2],
  [{ waiting: 5, total: 12 }, 0],
  [{ waiting: 5, creatingLimit: 1 }, 1],
  [{ waiting: 5, creatingLimit: 1, creating: 1, coming: 1 }, 0],
  [{ waiting: 5, creatingLimit: 0 }, 0],
  [{ min: 4, total: 1 }, 3],
])("with the demand %j, %d creations begin", (demand, count) => {
  expect(creationsToBegin({ ...DEMAND, ...demand })).toBe(count);
});

test("jitter only shortens a lifetime, by its share at most", () => {
  const policy = resolvePolicy({ maxLifetimeMs: 1000, lifetimeJitter: 0.2 });
  expect(lifetimeMs(policy, () => 0)).toBe(1000);
  expect(lifetimeMs(policy, () => 1)).toBe(800);
  expect(lifetimeMs(resolvePolicy({}), () => 1)).toBe(Number.POSITIVE_INFINITY);
});

test("age goes before idleness, and the minimum is spared from idleness only", () => {
  const policy = resolvePolicy({ idleTimeoutMs: 100 });
  const facts = { idleMs: 100, expired: false, total: 2, min: 1 };
  expect(idleVerdict(policy, facts)).toBe("idle-timeout");
  expect(idleVerdict(policy, { ...facts, idleMs: 99 })).toBeUndefined();
  expect(idleVerdict(policy, { ...facts, total: 1 })).toBeUndefined();
  expect(idleVerdict(policy, { ...facts, total: 1, expired: true })).toBe("max-lifetime");
});

test("there are no sweeps when nothing depends on time", () => {
  expect(sweepPeriodMs(resolvePolicy({ idleTimeoutMs: undefined }))).toBeUndefined();
  expect(sweepPeriodMs(resolvePolicy({ idleTimeoutMs: 800 }))).toBe(100);
  expect(sweepPeriodMs(resolvePolicy({ idleTimeoutMs: 1 }))).toBe(5);
});

test("an explicit undefined switches off what may be off, and otherwise means the default", () => {
  expect(resolvePolicy({ acquireTimeoutMs: undefined, max: undefined })).toMatchObject({
    acquireTimeoutMs: undefined,
    max: DEFAULT_POOL_POLICY.max,
  });
});
