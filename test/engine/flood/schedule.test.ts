import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSchedule, dealt, type Schedule } from "../../../src/engine/flood/schedule.ts";
import { makePlan } from "./plan.ts";

/** All instants of a schedule until none is left, or `most` of them. */
function instants(schedule: Schedule, most = 100_000): number[] {
  const found: number[] = [];
  while (found.length < most) {
    const due = schedule.dueUs(Number.MAX_SAFE_INTEGER);
    if (due === Number.POSITIVE_INFINITY) break;
    schedule.take(due);
    found.push(due);
  }
  return found;
}

const open = (ratePerSecond: number, arrival: "constant" | "poisson" = "constant") =>
  ({ kind: "open", ratePerSecond, arrival }) as const;

describe("constant arrivals", () => {
  test("request k is due at k / rate, and the end is exclusive", () => {
    const plan = makePlan({ load: open(100), stop: { kind: "duration", seconds: 5 } });
    const due = instants(createSchedule(plan, { index: 0, threads: 1 }));
    expect(due).toHaveLength(500);
    expect(due[0]).toBe(0);
    expect(due[499]).toBeCloseTo(4_990_000, 3);
  });

  test("the threads' shares together are the whole stream, tick by tick, at any rate and number of threads", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 2 }),
        (rate, threads, seconds, warmupSeconds) => {
          const plan = makePlan({ load: open(rate), stop: { kind: "duration", seconds }, warmupSeconds });
          const merged = Array.from({ length: threads }, (_, index) =>
            instants(createSchedule(plan, { index, threads })),
          )
            .flat()
            .sort((a, b) => a - b);
          expect(merged).toHaveLength(rate * (seconds + warmupSeconds));
          for (const [k, due] of merged.entries()) expect(due).toBeCloseTo((k * 1e6) / rate, 3);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a count stops after the warm-up's ticks and exactly that many more", () => {
    const plan = makePlan({ load: open(300), stop: { kind: "requests", count: 1001 }, warmupSeconds: 2 });
    const shares = [0, 1, 2].map((index) => instants(createSchedule(plan, { index, threads: 3 })));
    expect(shares.flat()).toHaveLength(600 + 1001);
  });

  test("stopping keeps what was due before", () => {
    const schedule = createSchedule(makePlan({ load: open(1000) }), { index: 0, threads: 1 });
    schedule.stopAt(10_000);
    expect(instants(schedule)).toHaveLength(10);
  });
});

describe("poisson arrivals", () => {
  test("have the asked mean and a coefficient of variation of one, merged from four threads", () => {
    const plan = makePlan({ load: open(2000, "poisson"), stop: { kind: "duration", seconds: 20 } });
    const merged = [0, 1, 2, 3]
      .flatMap((index) => instants(createSchedule(plan, { index, threads: 4 })))
      .sort((a, b) => a - b);
    expect(merged.length / 20).toBeGreaterThan(1950);
    expect(merged.length / 20).toBeLessThan(2050);
    const gaps = merged.slice(1).map((due, i) => due - merged[i]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95);
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05);
  });

  test("are the same in every run", () => {
    const plan = makePlan({ load: open(50, "poisson") });
    const share = { index: 0, threads: 1 };
    expect(instants(createSchedule(plan, share))).toEqual(instants(createSchedule(plan, share)));
  });
});

describe("closed loop", () => {
  test("is due at once until its time is over", () => {
    const schedule = createSchedule(makePlan({ warmupSeconds: 1 }), { index: 0, threads: 1 });
    expect(schedule.dueUs(0)).toBe(0);
    expect(schedule.dueUs(1_999_999)).toBe(1_999_999);
    expect(schedule.dueUs(2_000_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a count leaves warm-up requests out", () => {
    const plan = makePlan({ stop: { kind: "requests", count: 2 }, warmupSeconds: 1 });
    const schedule = createSchedule(plan, { index: 0, threads: 1 });
    for (let i = 0; i < 10; i++) schedule.take(500_000);
    expect(schedule.dueUs(999_999)).toBe(999_999);
    schedule.take(1_000_000);
    schedule.take(1_000_001);
    expect(schedule.dueUs(1_000_002)).toBe(Number.POSITIVE_INFINITY);
  });

  test("shares deal a total out without loss", () => {
    for (const total of [0, 1, 7, 1000]) {
      const parts = [0, 1, 2].map((index) => dealt(total, { index, threads: 3 }));
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
    }
  });
});
