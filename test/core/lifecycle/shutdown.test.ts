import { afterEach, describe, expect, test, vi } from "vitest";
import { next, Shutdown, type ShutdownState } from "../../../src/core/lifecycle/shutdown.ts";

afterEach(() => vi.useRealTimers());

const RUNNING: ShutdownState = { kind: "running" };
const DRAINING: ShutdownState = { kind: "draining", startedUs: 1e6, deadlineUs: 3e6 };
const CLOSED: ShutdownState = { kind: "closed", finished: 1, cut: 2, seconds: 3 };

describe("shutdown states", () => {
  test.each([
    ["running is drained", RUNNING, { kind: "drain", atUs: 1e6, graceUs: 2e6 } as const, DRAINING],
    [
      "running is cut",
      RUNNING,
      { kind: "cut", atUs: 1e6, finished: 0, inFlight: 4 } as const,
      { kind: "closed", finished: 0, cut: 4, seconds: 0 },
    ],
    ["a second drain moves nothing", DRAINING, { kind: "drain", atUs: 2e6, graceUs: 9e6 } as const, DRAINING],
    [
      "the last piece of work closes",
      DRAINING,
      { kind: "idle", atUs: 2e6, finished: 5 } as const,
      { kind: "closed", finished: 5, cut: 0, seconds: 1 },
    ],
    [
      "the deadline closes and counts the rest",
      DRAINING,
      { kind: "cut", atUs: 3e6, finished: 5, inFlight: 2 } as const,
      { kind: "closed", finished: 5, cut: 2, seconds: 2 },
    ],
    ["closed stays closed", CLOSED, { kind: "idle", atUs: 9e6, finished: 9 } as const, CLOSED],
  ])("%s", (_name, state, event, expected) => {
    expect(next(state, event)).toEqual(expected);
  });
});

describe("shutdown", () => {
  test("drains at once when nothing is in flight, and cuts nobody", async () => {
    const shutdown = new Shutdown();
    shutdown.begin();
    shutdown.finish();
    await expect(shutdown.drain(10_000)).resolves.toMatchObject({ finished: 0, cut: 0 });
    expect(shutdown.stopping.aborted).toBe(true);
    expect(shutdown.cut.aborted).toBe(false);
  });

  test("waits for the work in flight and for work that begins meanwhile", async () => {
    const shutdown = new Shutdown();
    shutdown.begin();
    const drained = shutdown.drain(10_000);
    expect(shutdown.state.kind).toBe("draining");
    {
      using _ = shutdown.work();
      shutdown.finish();
      expect(shutdown.state.kind).toBe("draining");
    }
    await expect(drained).resolves.toMatchObject({ kind: "closed", finished: 2, cut: 0 });
    expect(shutdown.inFlight).toBe(0);
  });

  test("cuts what is left at the deadline, and says how many finished and were cut", async () => {
    vi.useFakeTimers();
    const shutdown = new Shutdown({ nowUs: () => Date.now() * 1000 });
    for (let work = 0; work < 5; work++) shutdown.begin();
    const drained = shutdown.drain(2000);
    shutdown.finish();
    vi.advanceTimersByTime(1999);
    expect(shutdown.cut.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(shutdown.cut.aborted).toBe(true);
    await expect(drained).resolves.toEqual({ kind: "closed", finished: 1, cut: 4, seconds: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the second request cuts at once, with the same report for both", async () => {
    const shutdown = new Shutdown();
    shutdown.begin();
    const first = shutdown.drain(60_000);
    const second = shutdown.drain(60_000);
    expect(shutdown.cut.aborted).toBe(true);
    expect(await first).toBe(await second);
    await expect(first).resolves.toMatchObject({ finished: 0, cut: 1 });
  });

  test("work that is released twice counts once, and after the end changes nothing", async () => {
    const shutdown = new Shutdown();
    const work = shutdown.work();
    shutdown.now();
    const report = await shutdown.closed;
    work[Symbol.dispose]();
    work[Symbol.dispose]();
    expect(shutdown.inFlight).toBe(0);
    expect(shutdown.state).toBe(report);
    expect(report).toMatchObject({ cut: 1, finished: 0 });
  });
});
