import { expect, test } from "vitest";
import { RateLimiter } from "../../../src/core/backpressure/rate-limiter.ts";
import { FakeTime, settle } from "./fake-time.ts";

function limiterAt(time: FakeTime, ratePerSecond: number, burst = 1): RateLimiter {
  return new RateLimiter({ ratePerSecond, burst, clock: time, timers: time });
}

test("a full bucket gives its burst at once and then one token per interval", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 100, 3);
  expect([limiter.tryTake(), limiter.tryTake(), limiter.tryTake(), limiter.tryTake()]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  await time.advance(9.9);
  expect(limiter.tryTake()).toBe(false);
  await time.advance(0.1);
  expect(limiter.tryTake()).toBe(true);
  expect(limiter.tryTake()).toBe(false);
});

test("an idle bucket never holds more than its burst", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 1000, 5);
  limiter.tryTake(5);
  await time.advance(60_000);
  expect(limiter.available).toBe(5);
  expect(limiter.tryTake(5)).toBe(true);
  expect(limiter.tryTake()).toBe(false);
});

test("takers are served in order whatever they ask for, and none is overtaken", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 100, 10);
  limiter.tryTake(10);
  const served: string[] = [];
  void limiter.take(10).then(() => served.push("ten"));
  void limiter.take(1).then(() => served.push("one"));
  expect(limiter.waiting).toBe(2);
  await time.advance(50);
  expect(limiter.tryTake()).toBe(false);
  expect(limiter.available).toBe(0);
  expect(served).toEqual([]);
  await time.advance(50);
  expect(served).toEqual(["ten"]);
  await time.advance(10);
  expect(served).toEqual(["ten", "one"]);
  expect(time.pending).toBe(0);
});

test("the long-run rate is exact: a million tokens at an odd rate, with timers that are always late", async () => {
  const time = new FakeTime();
  const rate = 333_333.3;
  const limiter = limiterAt(time, rate, 1000);
  limiter.tryTake(1000);
  const beganUs = time.nowUs();
  let endedUs = 0;
  let early = 0;
  const all = Array.from({ length: 1000 }, (_, index) =>
    limiter.take(1000).then(() => {
      endedUs = time.nowUs();
      if (endedUs - beganUs < (((index + 1) * 1000) / rate) * 1e6 - 1e-3) early++;
    }),
  );
  for (let turn = 0; limiter.waiting > 0; turn++) {
    time.block(0.3 + (turn % 7) / 10);
    await time.advance(0.61);
  }
  await Promise.all(all);
  const lateUs = endedUs - beganUs - (1_000_000 / rate) * 1e6;
  expect(early).toBe(0);
  // One timer's lateness, not a thousand of them.
  expect(lateUs).toBeGreaterThanOrEqual(0);
  expect(lateUs).toBeLessThan(3000);
});

test("a late timer delays tokens but loses none", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 1000);
  limiter.tryTake();
  const grantedMs: number[] = [];
  const beganUs = time.nowUs();
  const all = Array.from({ length: 100 }, () =>
    limiter.take().then(() => {
      grantedMs.push((time.nowUs() - beganUs) / 1000);
    }),
  );
  await time.advance(10);
  time.block(40);
  await time.advance(1000);
  await Promise.all(all);
  expect(grantedMs).toHaveLength(100);
  // Token k is due at k ms: never early, and on schedule again as soon as the loop is free.
  for (const [index, ms] of grantedMs.entries()) {
    expect(ms).toBeGreaterThanOrEqual(index + 1);
    if (index >= 50) expect(ms).toBe(index + 1);
  }
});

test("one taker after the other keeps the rate although every timer is late", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 1000);
  let taken = 0;
  const taker = (async () => {
    while (taken < 1000) {
      await limiter.take();
      taken++;
    }
  })();
  const beganUs = time.nowUs();
  while (taken < 1000) {
    time.block(0.7);
    await time.advance(2.9);
  }
  await taker;
  expect((time.nowUs() - beganUs) / 1000).toBeLessThan(1010);
  expect((time.nowUs() - beganUs) / 1000).toBeGreaterThanOrEqual(999);
});

test("a cancelled taker has taken nothing, and the next one moves up", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 10, 10);
  limiter.tryTake(10);
  const controller = new AbortController();
  const large = limiter.take(10, controller.signal);
  let served = false;
  const small = limiter.take(1).then(() => {
    served = true;
  });
  await time.advance(100);
  expect(served).toBe(false);
  controller.abort("left");
  await expect(large).rejects.toBe("left");
  await small;
  expect(time.pending).toBe(0);
});

test("leaves no timer when all takers are cancelled", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 1);
  limiter.tryTake();
  const controller = new AbortController();
  const all = Array.from({ length: 10_000 }, () => limiter.take(1, controller.signal));
  expect(time.pending).toBe(1);
  controller.abort("left");
  await Promise.allSettled(all);
  expect(time.pending).toBe(0);
  expect(limiter.waiting).toBe(0);
});

test("a new rate holds from now on, also for those who wait", async () => {
  const time = new FakeTime();
  const limiter = limiterAt(time, 1);
  limiter.tryTake();
  let served = false;
  void limiter.take().then(() => {
    served = true;
  });
  await time.advance(500);
  limiter.setRate(1000);
  expect(limiter.ratePerSecond).toBeCloseTo(1000, 6);
  await time.advance(1);
  await settle();
  expect(served).toBe(true);
});

test("refuses rates, bursts and takes that cannot be", () => {
  const time = new FakeTime();
  expect(() => limiterAt(time, 0)).toThrow(RangeError);
  expect(() => limiterAt(time, 10, 0)).toThrow(RangeError);
  const limiter = limiterAt(time, 10, 2);
  expect(() => limiter.tryTake(3)).toThrow("at most 2 tokens");
  expect(() => limiter.take(0)).toThrow(RangeError);
});
