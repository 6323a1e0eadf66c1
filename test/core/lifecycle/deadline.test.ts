import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { Deadline, DeadlineWheel } from "../../../src/core/lifecycle/deadline.ts";

/** A wheel of 100 ms ticks on a clock that only moves when it is told to. */
function fakeWheel(slots = 512) {
  const clock = { us: 5_000_000, nowUs: () => clock.us };
  const expired: string[] = [];
  const wheel = new DeadlineWheel<string>((owner) => void expired.push(owner), { slots, clock });
  const advance = (ms: number, stepMs = 100): void => {
    for (let left = ms; left > 0; left -= stepMs) {
      clock.us += Math.min(stepMs, left) * 1000;
      wheel.turn();
    }
  };
  return { wheel, expired, advance, clock };
}

afterEach(() => vi.useRealTimers());

describe("deadline wheel", () => {
  test("silence expires, never early and at most four ticks late", () => {
    const { wheel, expired, advance } = fakeWheel();
    using _ = wheel;
    wheel.watch("a", 1000);
    advance(1000);
    expect(expired).toEqual([]);
    advance(400);
    expect(expired).toEqual(["a"]);
    expect(wheel.size).toBe(0);
  });

  test("a refresh is one field write and keeps the watch alive", () => {
    const { wheel, expired, advance } = fakeWheel();
    using _ = wheel;
    const watch = wheel.watch("a", 1000);
    for (let second = 0; second < 20; second++) {
      advance(900);
      watch.dueMs = wheel.nowMs + 1000;
    }
    expect(expired).toEqual([]);
    advance(1400);
    expect(expired).toEqual(["a"]);
  });

  test("set moves a deadline earlier as well as later", () => {
    const { wheel, expired, advance } = fakeWheel();
    using _ = wheel;
    const early = wheel.watch("early", 60_000);
    const late = wheel.watch("late", 500);
    wheel.set(early, 500);
    wheel.set(late, 60_000);
    advance(1000);
    expect(expired).toEqual(["early"]);
  });

  test("a deadline beyond the wheel's horizon goes round until it is due", () => {
    const { wheel, expired, advance } = fakeWheel(8);
    using _ = wheel;
    wheel.watch("far", 10_000);
    advance(10_000);
    expect(expired).toEqual([]);
    advance(400);
    expect(expired).toEqual(["far"]);
  });

  test("a cancelled watch never expires, can be cancelled twice and armed again", () => {
    const { wheel, expired, advance } = fakeWheel();
    using _ = wheel;
    const watch = wheel.watch("a", 300);
    wheel.cancel(watch);
    wheel.cancel(watch);
    expect(watch.active).toBe(false);
    advance(2000);
    expect(expired).toEqual([]);
    wheel.set(watch, 300);
    advance(700);
    expect(expired).toEqual(["a"]);
  });

  test("a loop that stood still for a minute does not count as silence", () => {
    const { wheel, expired, advance, clock } = fakeWheel();
    using _ = wheel;
    wheel.watch("a", 1000);
    clock.us += 60_000_000;
    wheel.turn();
    expect(expired).toEqual([]);
    advance(1300);
    expect(expired).toEqual(["a"]);
  });

  test("callbacks may cancel, watch and set others of the same turn", () => {
    const clock = { us: 0, nowUs: () => clock.us };
    const expired: string[] = [];
    const wheel = new DeadlineWheel<string>(
      (owner, watch) => {
        expired.push(owner);
        wheel.cancel(second);
        if (expired.length < 3) wheel.set(watch, 0);
      },
      { clock },
    );
    using _ = wheel;
    wheel.watch("first", 100);
    const second = wheel.watch("second", 100);
    for (let turn = 0; turn < 20; turn++) {
      clock.us += 100_000;
      wheel.turn();
    }
    expect(expired).toEqual(["first", "first", "first"]);
    expect(wheel.size).toBe(0);
  });

  test("a callback that throws does not cost the others their deadline", () => {
    const clock = { us: 0, nowUs: () => clock.us };
    const expired: number[] = [];
    using wheel = new DeadlineWheel<number>(
      (owner) => {
        expired.push(owner);
        if (owner === 1) throw new Error("bug");
      },
      { clock },
    );
    for (const owner of [0, 1, 2]) wheel.watch(owner, 100);
    let thrown = 0;
    for (let turn = 0; turn < 20; turn++) {
      clock.us += 100_000;
      try {
        wheel.turn();
      } catch {
        thrown++;
      }
    }
    expect(expired).toEqual([0, 1, 2]);
    expect(thrown).toBe(1);
  });

  test("one interval serves all, runs only while something is watched, and ends with the last", () => {
    vi.useFakeTimers();
    const expired: number[] = [];
    const clock = { nowUs: () => Date.now() * 1000 };
    using wheel = new DeadlineWheel<number>((owner) => void expired.push(owner), { clock });
    expect(vi.getTimerCount()).toBe(0);
    for (let owner = 0; owner < 10_000; owner++) wheel.watch(owner, 1000 + owner);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(12_000);
    expect(expired).toHaveLength(10_000);
    expect(expired.every((owner, index) => index === 0 || owner >= expired[index - 1]! - 100)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("disposing forgets everything", () => {
    vi.useFakeTimers();
    const { wheel, expired } = fakeWheel();
    wheel.watch("a", 100);
    wheel[Symbol.dispose]();
    expect(wheel.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(expired).toEqual([]);
  });
});

describe("deadline of one operation", () => {
  test("fails the race with a NetkitError when the time is over", async () => {
    using deadline = new Deadline({ timeoutMs: 5 });
    const failure = await deadline.race(new Promise(() => undefined)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NetkitError);
    expect(failure).toMatchObject({ code: "NK_TIMEOUT" });
    expect(deadline.outcome).toBe("timeout");
    expect(deadline.signal.reason).toBe(failure);
  });

  test("passes the result and the failure of the promise through", async () => {
    using deadline = new Deadline({ timeoutMs: 60_000 });
    await expect(deadline.race(Promise.resolve(7))).resolves.toBe(7);
    await expect(deadline.race(Promise.reject(new Error("own")))).rejects.toThrow("own");
    expect(deadline.outcome).toBe("pending");
  });

  test("takes the reason of the caller's signal, also of one that was aborted before", async () => {
    const controller = new AbortController();
    using deadline = new Deadline({ timeoutMs: 60_000, signal: controller.signal });
    const race = deadline.race(new Promise(() => undefined));
    controller.abort("stop");
    await expect(race).rejects.toBe("stop");
    using late = new Deadline({ signal: controller.signal });
    expect(late.outcome).toBe("aborted");
    await expect(late.race(Promise.resolve(1))).rejects.toBe("stop");
  });

  test("leaves no timer and no listener, however it ends", () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    for (let round = 0; round < 1000; round++) {
      using _ = new Deadline({ timeoutMs: 1000, signal: controller.signal });
    }
    const spent = new Deadline({ timeoutMs: 1, signal: controller.signal });
    vi.advanceTimersByTime(1);
    expect(spent.outcome).toBe("timeout");
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});
