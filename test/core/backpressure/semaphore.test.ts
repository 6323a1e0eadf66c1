import fc from "fast-check";
import { expect, test } from "vitest";
import { type Permit, Semaphore } from "../../../src/core/backpressure/semaphore.ts";
import { settle } from "./fake-time.ts";

test("grants permits up to the limit at once, then makes callers wait", async () => {
  const semaphore = new Semaphore(2);
  const first = await semaphore.acquire();
  await semaphore.acquire();
  expect(semaphore.available).toBe(0);
  expect(semaphore.tryAcquire()).toBeUndefined();
  let granted = false;
  void semaphore.acquire().then(() => {
    granted = true;
  });
  await settle();
  expect(granted).toBe(false);
  expect(semaphore.waiting).toBe(1);
  first.release();
  await settle();
  expect(granted).toBe(true);
  expect(semaphore.held).toBe(2);
});

test("a permit leaves with its scope, and a second release does nothing", async () => {
  const semaphore = new Semaphore(1);
  let kept: Permit;
  {
    using permit = await semaphore.acquire();
    kept = permit;
    expect(semaphore.available).toBe(0);
  }
  expect(semaphore.available).toBe(1);
  kept.release();
  kept[Symbol.dispose]();
  expect(semaphore.available).toBe(1);
  expect(kept.released).toBe(true);
});

test("resolves ten thousand waiters in FIFO order on one signal, without a listener warning", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const { signal } = new AbortController();
  const order: number[] = [];
  const all = Array.from({ length: 10_000 }, (_, index) =>
    semaphore.acquire(signal).then((permit) => {
      order.push(index);
      permit.release();
    }),
  );
  expect(semaphore.waiting).toBe(10_000);
  held.release();
  await Promise.all(all);
  await settle();
  process.off("warning", onWarning);
  expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  expect(warnings).toEqual([]);
  expect(semaphore.available).toBe(1);
});

test("cancels ten thousand waiters on one signal with its reason and leaves no trace", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const controller = new AbortController();
  const reason = new Error("enough");
  const all = Array.from({ length: 10_000 }, () => semaphore.acquire(controller.signal));
  const last = semaphore.acquire();
  controller.abort(reason);
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason === reason)).toBe(true);
  expect(semaphore.waiting).toBe(1);
  held.release();
  (await last).release();
  expect(semaphore.available).toBe(1);
});

test("a signal listens only while someone waits on it", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (this: AbortSignal, ...args: Parameters<typeof addEventListener>) {
    listeners++;
    return addEventListener.apply(this, args);
  };
  signal.removeEventListener = function (this: AbortSignal, ...args: Parameters<typeof removeEventListener>) {
    listeners--;
    return removeEventListener.apply(this, args);
  };
  const waiters = [semaphore.acquire(signal), semaphore.acquire(signal)];
  expect(listeners).toBe(1);
  held.release();
  (await waiters[0]!).release();
  (await waiters[1]!).release();
  expect(listeners).toBe(0);
});

test("an aborted signal rejects even when a permit is free", async () => {
  const semaphore = new Semaphore(1);
  await expect(semaphore.acquire(AbortSignal.abort("no"))).rejects.toBe("no");
  expect(semaphore.available).toBe(1);
});

test("a raised limit admits waiters, a lowered one waits for holders", async () => {
  const semaphore = new Semaphore(1);
  const first = await semaphore.acquire();
  const second = semaphore.acquire();
  semaphore.resize(2);
  const permit = await second;
  semaphore.resize(1);
  expect(semaphore.held).toBe(2);
  expect(semaphore.available).toBe(0);
  first.release();
  expect(semaphore.tryAcquire()).toBeUndefined();
  permit.release();
  expect(semaphore.tryAcquire()).toBeDefined();
  expect(() => semaphore.resize(-1)).toThrow(RangeError);
});

test("any sequence of acquire, release, cancel and resize keeps the order and the limit", async () => {
  const step = fc.oneof(
    fc.constant({ kind: "acquire" } as const),
    fc.record({ kind: fc.constant("release" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("resize" as const), limit: fc.integer({ min: 1, max: 4 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const semaphore = new Semaphore(2);
      let limit = 2;
      let asked = 0;
      const granted: number[] = [];
      const permits: Permit[] = [];
      const waiting = new Map<number, AbortController>();
      for (const event of steps) {
        if (event.kind === "acquire") {
          const id = asked++;
          const controller = new AbortController();
          waiting.set(id, controller);
          semaphore.acquire(controller.signal).then(
            (permit) => {
              granted.push(id);
              permits.push(permit);
              waiting.delete(id);
            },
            () => waiting.delete(id),
          );
        } else if (event.kind === "release") {
          const permit = permits.splice(event.pick % Math.max(1, permits.length), 1)[0];
          permit?.release();
          permit?.release();
        } else if (event.kind === "cancel") {
          [...waiting.values()][event.pick % Math.max(1, waiting.size)]?.abort(new Error("left"));
        } else {
          limit = event.limit;
          semaphore.resize(limit);
        }
        for (let turn = 0; turn < 5; turn++) await undefined;
        expect(semaphore.held).toBe(permits.length);
        expect(semaphore.waiting).toBe(waiting.size);
        // Nobody waits while a permit is free.
        if (waiting.size > 0) expect(semaphore.held).toBeGreaterThanOrEqual(limit);
      }
      expect(granted).toEqual(granted.toSorted((left, right) => left - right));
    }),
    { numRuns: 150 },
  );
});
