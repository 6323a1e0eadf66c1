import { expect, test } from "vitest";
import {
  RateLimitedSender,
  type RateLimitedSenderStats,
} from "../../../src/core/backpressure/rate-limited-sender.ts";
import { RateLimiter } from "../../../src/core/backpressure/rate-limiter.ts";
import { FakeTime, settle } from "./fake-time.ts";

function limiterAt(time: FakeTime, ratePerSecond: number, burst = 1): RateLimiter {
  return new RateLimiter({ ratePerSecond, burst, clock: time, timers: time });
}

function balanced(stats: RateLimitedSenderStats): boolean {
  const { accepted, sent, queued, inFlight, dropped } = stats;
  return accepted === sent + queued + inFlight + dropped.failed + dropped.aborted;
}

test("sends in order, at the rate", async () => {
  const time = new FakeTime();
  const sent: number[] = [];
  const beganUs = time.nowUs();
  const sentMs: number[] = [];
  const sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 100),
    capacity: 100,
    sink: (message) => {
      sent.push(message);
      sentMs.push((time.nowUs() - beganUs) / 1000);
    },
  });
  for (let message = 0; message < 20; message++) expect(sender.offer(message)).toBe("queued");
  await time.advance(1000);
  expect(sent).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(sentMs).toEqual(Array.from({ length: 20 }, (_, index) => index * 10));
  await sender.close();
  expect(sender.stats()).toMatchObject({ accepted: 20, sent: 20, queued: 0, inFlight: 0 });
});

test("pushes back on a producer that is faster than the rate, and stays within its bound", async () => {
  const time = new FakeTime();
  const sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 1000),
    capacity: 5,
    sink: () => {},
  });
  let produced = 0;
  const producer = (async () => {
    for (; produced < 200; produced++) await sender.send(produced);
  })();
  let worst = 0;
  for (let ms = 0; ms < 230; ms++) {
    await time.advance(1);
    worst = Math.max(worst, sender.stats().queued);
    expect(balanced(sender.stats())).toBe(true);
    expect(produced - sender.stats().sent).toBeLessThanOrEqual(8);
  }
  await producer;
  await sender.close();
  // The queue, and one in hand.
  expect(worst).toBeLessThanOrEqual(6);
  expect(sender.stats().sent).toBe(200);
});

test("a slow sink pushes back as a low rate does", async () => {
  const time = new FakeTime();
  const ended: (() => void)[] = [];
  const sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 1e6),
    capacity: 2,
    maxInFlight: 2,
    sink: () => new Promise<void>((resolve) => ended.push(resolve)),
  });
  for (let message = 0; message < 2; message++) sender.offer(message);
  await time.advance(10);
  for (let message = 2; message < 4; message++) sender.offer(message);
  await time.advance(10);
  expect(sender.stats()).toMatchObject({ inFlight: 2, queued: 2 });
  expect(sender.offer(9)).toBe("full");
  ended.shift()?.();
  await time.advance(10);
  expect(sender.stats()).toMatchObject({ inFlight: 2, queued: 1, sent: 1, dropped: { full: 1 } });
  const aborted = sender.abort();
  for (const end of ended) end();
  await aborted;
  expect(balanced(sender.stats())).toBe(true);
});

test("a failing sink loses its message only, and is counted and told", async () => {
  const time = new FakeTime();
  const failures: unknown[] = [];
  const sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 1000),
    capacity: 10,
    sink: async (message) => {
      if (message % 2 === 1) throw new Error(`refused ${message}`);
    },
    onFailure: (_error, message) => failures.push(message),
  });
  for (let message = 0; message < 6; message++) sender.offer(message);
  await time.advance(100);
  await sender.drain();
  expect(failures).toEqual([1, 3, 5]);
  expect(sender.stats()).toMatchObject({ sent: 3, dropped: { failed: 3 } });
  await sender.close();
});

test("close sends what is queued; offers and waiting producers get closed and are counted", async () => {
  const time = new FakeTime();
  const sender = new RateLimitedSender<number>({ limiter: limiterAt(time, 10), capacity: 1, sink: () => {} });
  for (let message = 0; message < 3; message++) {
    sender.offer(message);
    await settle();
  }
  const blocked = sender.send(9);
  await settle();
  const closed = sender.close();
  expect(await blocked).toBe("closed");
  expect(sender.offer(10)).toBe("closed");
  await time.advance(1000);
  await closed;
  expect(sender.stats()).toMatchObject({ accepted: 3, sent: 3, queued: 0, dropped: { closed: 2 } });
  expect(time.pending).toBe(0);
});

test("abort drops what is queued, tells the sink, and resolves those who drain", async () => {
  const time = new FakeTime();
  let aborted: unknown;
  const sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 1000),
    capacity: 10,
    sink: (message, signal) =>
      message === 0
        ? Promise.resolve()
        : new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              aborted = signal.reason;
              reject(signal.reason);
            });
          }),
  });
  for (let message = 0; message < 8; message++) sender.offer(message);
  await time.advance(50);
  const drained = sender.drain();
  await sender.abort("enough");
  await drained;
  expect(aborted).toBe("enough");
  expect(sender.stats()).toMatchObject({
    accepted: 8,
    sent: 1,
    queued: 0,
    inFlight: 0,
    dropped: { failed: 1, aborted: 6 },
  });
  expect(time.pending).toBe(0);
});

test("abort while a message waits for its token drops that message too", async () => {
  const time = new FakeTime();
  const sender = new RateLimitedSender<number>({ limiter: limiterAt(time, 1), capacity: 4, sink: () => {} });
  sender.offer(0);
  sender.offer(1);
  await settle();
  await sender.abort();
  expect(sender.stats()).toMatchObject({ accepted: 2, sent: 1, queued: 0, dropped: { aborted: 1 } });
  expect(time.pending).toBe(0);
});

test("a producer that gives up waiting is counted and has queued nothing", async () => {
  const time = new FakeTime();
  await using sender = new RateLimitedSender<number>({
    limiter: limiterAt(time, 1),
    capacity: 1,
    sink: () => {},
  });
  for (let message = 0; message < 3; message++) {
    sender.offer(message);
    await settle();
  }
  const controller = new AbortController();
  const sending = sender.send(9, controller.signal);
  controller.abort("left");
  await expect(sending).rejects.toBe("left");
  expect(sender.stats().dropped.cancelled).toBe(1);
  expect(balanced(sender.stats())).toBe(true);
});

test("messages may cost different amounts, but never more than the burst", async () => {
  const time = new FakeTime();
  const sentMs: number[] = [];
  const beganUs = time.nowUs();
  const sender = new RateLimitedSender<Buffer>({
    limiter: limiterAt(time, 1000, 100),
    capacity: 10,
    cost: (message) => message.length,
    sink: () => {
      sentMs.push((time.nowUs() - beganUs) / 1000);
    },
  });
  for (const bytes of [100, 50, 20]) sender.offer(Buffer.alloc(bytes));
  expect(() => sender.offer(Buffer.alloc(101))).toThrow("can never be sent");
  await time.advance(200);
  expect(sentMs).toEqual([0, 50, 70]);
  await sender.close();
});
