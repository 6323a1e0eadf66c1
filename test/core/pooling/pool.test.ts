import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import type { Lease } from "../../../src/core/pooling/lease.ts";
import type { PoolSettings } from "../../../src/core/pooling/policy.ts";
import { Pool } from "../../../src/core/pooling/pool.ts";
import type { PoolObserver } from "../../../src/core/pooling/stats.ts";
import { FakeTime, settle } from "../backpressure/fake-time.ts";
import { FakeFactory, type FakeResource } from "./fake-factory.ts";

function setUp(settings: PoolSettings = {}, observer?: PoolObserver) {
  const time = new FakeTime();
  const factory = new FakeFactory();
  const pool = new Pool<FakeResource>(factory, settings, {
    clock: time,
    timers: time,
    random: () => 0,
    observer,
  });
  return { time, factory, pool };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => (error instanceof NetkitError ? error.code : `other: ${String(error)}`),
  );
}

describe("leasing", () => {
  test("creates when nothing is idle, and reuses what came back", async () => {
    const { pool, factory } = setUp({ max: 2 });
    const first = await pool.lease();
    expect(first.resource.id).toBe(0);
    first.release();
    using second = await pool.lease();
    expect(second.resource.id).toBe(0);
    expect(factory.made).toHaveLength(1);
    expect(pool.stats()).toMatchObject({ leases: 2, reused: 1, created: 1, leased: 1, idle: 0 });
  });

  test("use after return throws, and a second return does nothing, whoever has the resource", async () => {
    const { pool } = setUp({ max: 1 });
    const stale = await pool.lease();
    stale.release();
    using current = await pool.lease();
    stale.release();
    stale.discard();
    stale[Symbol.dispose]();
    await stale[Symbol.asyncDispose]();
    expect(stale.returned).toBe(true);
    expect(() => stale.resource).toThrow(expect.objectContaining({ code: "NK_POOL_LEASE_RETURNED" }));
    expect(current.returned).toBe(false);
    expect(current.resource.id).toBe(0);
    expect(pool.stats()).toMatchObject({ leased: 1, idle: 0 });
  });

  test("tryLease answers at once or not at all", async () => {
    const { pool } = setUp({ max: 1 });
    expect(pool.tryLease()).toBeUndefined();
    (await pool.lease()).release();
    using lease = pool.tryLease();
    expect(lease?.resource.id).toBe(0);
    expect(pool.tryLease()).toBeUndefined();
  });

  test.each([
    ["lifo", 1],
    ["fifo", 0],
  ] as const)("%s gives out resource %d after 0 and 1 came back in this order", async (order, id) => {
    const { pool } = setUp({ max: 2, order });
    const leases = await Promise.all([pool.lease(), pool.lease()]);
    for (const lease of leases) lease.release();
    expect((await pool.lease()).resource.id).toBe(id);
  });

  test("ten thousand waiters are served in order, each with a lease", async () => {
    const { pool } = setUp({ max: 3 });
    const order: number[] = [];
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const lease = await pool.lease(signal);
        order.push(index);
        lease.release();
      }),
    );
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    expect(pool.stats()).toMatchObject({ waiting: 0, leased: 0, idle: 3, created: 3, leases: 10_000 });
  });

  test("a cancelled waiter leaves no trace, and a creation begun for it is kept as idle", async () => {
    const { pool, factory, time } = setUp({ max: 1, idleTimeoutMs: undefined });
    factory.auto = false;
    const controller = new AbortController();
    const waiting = pool.lease(controller.signal);
    await settle();
    controller.abort("left");
    await expect(waiting).rejects.toBe("left");
    expect(pool.stats()).toMatchObject({ waiting: 0, cancelled: 1, creating: 1 });
    factory.pending[0]?.succeed();
    await settle();
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 0 });
    expect(time.pending).toBe(0);
  });

  test("a full queue refuses at once", async () => {
    const { pool } = setUp({ max: 1, maxWaiting: 1 });
    await pool.lease();
    const waiting = pool.lease();
    expect(await codeOf(pool.lease())).toBe("NK_POOL_QUEUE_FULL");
    expect(pool.stats()).toMatchObject({ refused: 1, waiting: 1 });
    await pool.close();
    expect(await codeOf(waiting)).toBe("NK_POOL_CLOSED");
  });

  test("counts against the limit of the queue only those who wait for a return", async () => {
    const { pool } = setUp({ max: 2, maxWaiting: 0 });
    const [first, second] = await Promise.all([pool.lease(), pool.lease()]);
    expect(await codeOf(pool.lease())).toBe("NK_POOL_QUEUE_FULL");
    first!.release();
    const third = await pool.lease();
    expect(pool.stats()).toMatchObject({ leased: 2, created: 2, refused: 1, waiting: 0 });
    second!.release();
    third.release();
    await pool.close();
  });

  test("a waiter is rejected at its time-out, and the next at its own", async () => {
    const { pool, time } = setUp({ max: 1, acquireTimeoutMs: 100, idleTimeoutMs: undefined });
    const held = await pool.lease();
    const first = codeOf(pool.lease());
    await time.advance(60);
    const second = codeOf(pool.lease());
    await time.advance(40);
    expect(await first).toBe("NK_POOL_ACQUIRE_TIMEOUT");
    expect(pool.stats()).toMatchObject({ timedOut: 1, waiting: 1 });
    await time.advance(60);
    expect(await second).toBe("NK_POOL_ACQUIRE_TIMEOUT");
    expect(time.pending).toBe(0);
    held.release();
    expect(pool.stats().idle).toBe(1);
  });

  test("ten thousand concurrent checkouts with random failures lose no lease", async () => {
    let seed = 12345;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    let made = 0;
    let destroyed = 0;
    let inUse = 0;
    let worst = 0;
    const pool = new Pool<{ id: number }>(
      {
        async create() {
          await undefined;
          if (random() < 0.1) throw new Error("server says no");
          return { id: made++ };
        },
        async validate() {
          if (random() < 0.02) throw new Error("validation broke");
          return random() > 0.1;
        },
        async destroy() {
          destroyed++;
          if (random() < 0.1) throw new Error("destroy broke");
        },
      },
      { max: 16, retryPauseMs: 0.1, maxRetryPauseMs: 1, validateAfterIdleMs: 0 },
    );
    const ends: Record<string, number> = { leased: 0, failed: 0, cancelled: 0 };
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const controller = new AbortController();
        const leasing = pool.lease(controller.signal);
        if (index % 10 === 3) setImmediate(() => controller.abort("left"));
        let lease: Lease<{ id: number }>;
        try {
          lease = await leasing;
        } catch (error) {
          ends[error === "left" ? "cancelled" : "failed"]!++;
          return;
        }
        ends.leased!++;
        worst = Math.max(worst, ++inUse);
        if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        expect(lease.resource.id).toBeGreaterThanOrEqual(0);
        inUse--;
        if (random() < 0.05) lease.discard(new Error("broken"));
        else lease.release();
      }),
    );
    const stats = pool.stats();
    expect(ends.leased! + ends.failed! + ends.cancelled!).toBe(10_000);
    expect(stats).toMatchObject({ waiting: 0, leased: 0, leases: ends.leased, cancelled: ends.cancelled });
    expect(stats.createFailed).toBe(ends.failed);
    expect(worst).toBeLessThanOrEqual(16);
    await pool.close();
    expect(destroyed).toBe(made);
    expect(pool.stats()).toMatchObject({ idle: 0, creating: 0, validating: 0, phase: "closed" });
  });
});

describe("creation", () => {
  test("a failure reaches the caller who is next, with its cause, and the place is free again", async () => {
    const { pool, factory } = setUp({ max: 1 });
    factory.auto = false;
    const first = pool.lease();
    const second = pool.lease();
    await settle();
    const cause = new Error("password wrong");
    factory.pending[0]?.fail(cause);
    const error = await first.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "NK_POOL_CREATE_FAILED", cause });
    await settle();
    factory.pending[1]?.succeed();
    expect((await second).resource.id).toBe(0);
    expect(pool.stats()).toMatchObject({ createFailed: 1, created: 1, leased: 1 });
  });

  test("a server that is down is tried by one creation at a time, with growing pauses", async () => {
    const { pool, factory, time } = setUp({
      max: 50,
      idleTimeoutMs: undefined,
      retryPauseMs: 10,
      maxRetryPauseMs: 40,
    });
    factory.auto = false;
    const all = Array.from({ length: 100 }, () => codeOf(pool.lease()));
    await settle();
    expect(factory.pending).toHaveLength(50);
    for (const creation of factory.pending.splice(0)) creation.fail(new Error("down"));
    await settle();
    // The outage is noticed: nothing more is begun before the pause is over.
    expect(factory.pending).toHaveLength(0);
    const gapsMs: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      let waitedMs = 0;
      for (; factory.pending.length === 0; waitedMs++) await time.advance(1);
      expect(factory.pending).toHaveLength(1);
      gapsMs.push(waitedMs);
      factory.pending.splice(0)[0]?.fail(new Error("still down"));
      await settle();
    }
    expect(gapsMs).toEqual([10, 20, 40, 40]);
    await time.advance(40);
    factory.auto = true;
    factory.pending.splice(0)[0]?.succeed();
    await settle();
    // One success, and creation is free again.
    expect(pool.stats()).toMatchObject({ leased: 46, waiting: 0, createFailed: 54 });
    await pool.close();
    expect((await Promise.all(all)).filter((code) => code === "resolved")).toHaveLength(46);
  });

  test("a creation that takes too long fails its caller, and what comes late is destroyed", async () => {
    const { pool, factory, time } = setUp({ max: 1, createTimeoutMs: 100, idleTimeoutMs: undefined });
    factory.auto = false;
    const leasing = codeOf(pool.lease());
    await time.advance(100);
    expect(await leasing).toBe("NK_POOL_CREATE_TIMEOUT");
    expect(factory.pending[0]?.signal.aborted).toBe(true);
    expect(pool.stats()).toMatchObject({ creating: 0, createFailed: 1 });
    factory.pending[0]?.succeed();
    await settle();
    factory.expectEachDestroyedOnce();
    expect(pool.stats().destroyed.late).toBe(1);
    expect(time.pending).toBe(0);
  });

  test("fill creates up to the minimum ahead of use, and rejects with the cause", async () => {
    const { pool, factory } = setUp({ min: 3, max: 5 });
    await pool.fill();
    expect(pool.stats()).toMatchObject({ idle: 3, created: 3 });
    const failing = setUp({ min: 1, max: 1 });
    failing.factory.auto = false;
    const filling = codeOf(failing.pool.fill());
    await settle();
    failing.factory.pending[0]?.fail(new Error("no"));
    expect(await filling).toBe("NK_POOL_CREATE_FAILED");
    await pool.close();
    factory.expectEachDestroyedOnce();
    await failing.pool.close();
  });
});

describe("validation and age", () => {
  test("an invalid resource is replaced before its caller sees it", async () => {
    const { pool, factory } = setUp({ max: 1, validateAfterIdleMs: 0 });
    (await pool.lease()).release();
    factory.made[0]!.valid = false;
    const lease = await pool.lease();
    expect(lease.resource.id).toBe(1);
    expect(pool.stats()).toMatchObject({ validated: 1, destroyed: { invalid: 1 } });
  });

  test("validates only what was idle for long enough", async () => {
    const { pool, factory, time } = setUp({ max: 1, validateAfterIdleMs: 500, idleTimeoutMs: undefined });
    (await pool.lease()).release();
    await time.advance(499);
    (await pool.lease()).release();
    expect(factory.validations).toBe(0);
    await time.advance(500);
    expect(pool.tryLease()).toBeUndefined();
    (await pool.lease()).release();
    expect(factory.validations).toBe(1);
  });

  test("nobody overtakes a caller whose resource is being validated", async () => {
    const time = new FakeTime();
    const judge: ((valid: boolean) => void)[] = [];
    let made = 0;
    const pool = new Pool<number>(
      {
        create: () => made++,
        validate: () => new Promise<boolean>((resolve) => judge.push(resolve)),
        destroy() {},
      },
      { max: 2, order: "fifo", validateAfterIdleMs: 500, idleTimeoutMs: undefined },
      { clock: time, timers: time },
    );
    const [old, fresh] = await Promise.all([pool.lease(), pool.lease()]);
    old.release();
    await time.advance(500);
    fresh.release();
    const order: string[] = [];
    const first = pool.lease().then(() => order.push("first"));
    await settle();
    expect(pool.stats()).toMatchObject({ validating: 1, waiting: 1, idle: 1 });
    expect(pool.tryLease()).toBeUndefined();
    // The idle one goes to the caller who waits longest, the one being validated to the next.
    const second = pool.lease().then(() => order.push("second"));
    await first;
    expect(order).toEqual(["first"]);
    judge[0]?.(true);
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  test("a resource handed from one caller to the next is validated too, if always asked for", async () => {
    const { pool, factory } = setUp({ max: 1, validateAfterIdleMs: 0 });
    const first = await pool.lease();
    const second = pool.lease();
    first.release();
    await second;
    expect(factory.validations).toBe(1);
  });

  test("idle resources above the minimum go after the idle time-out, never early", async () => {
    const { pool, factory, time } = setUp({ min: 1, max: 3, idleTimeoutMs: 1000 });
    const leases = await Promise.all([pool.lease(), pool.lease(), pool.lease()]);
    for (const lease of leases) lease.release();
    await time.advance(999);
    expect(pool.stats().idle).toBe(3);
    await time.advance(251);
    expect(pool.stats()).toMatchObject({ idle: 1, destroyed: { "idle-timeout": 2 } });
    await time.advance(10_000);
    expect(factory.live).toBe(1);
  });

  test("a resource past its lifetime goes when idle or when it comes back, and the minimum is refilled", async () => {
    const { pool, factory, time } = setUp({ min: 1, max: 2, idleTimeoutMs: undefined, maxLifetimeMs: 1000 });
    const held = await pool.lease();
    (await pool.lease()).release();
    await time.advance(1200);
    expect(pool.stats().destroyed["max-lifetime"]).toBe(1);
    expect(held.resource.id).toBe(0);
    held.release();
    await settle();
    expect(pool.stats().destroyed["max-lifetime"]).toBe(2);
    expect(factory.live).toBe(1);
  });
});

describe("resize, drain and close", () => {
  test("a smaller pool sheds what is idle at once and the rest as it comes back", async () => {
    const { pool, factory } = setUp({ max: 4 });
    const leases = await Promise.all([pool.lease(), pool.lease(), pool.lease(), pool.lease()]);
    leases[0]?.release();
    pool.resize(2);
    await settle();
    expect(factory.live).toBe(3);
    leases[1]?.release();
    leases[2]?.release();
    await settle();
    expect(pool.stats()).toMatchObject({ leased: 1, idle: 1, max: 2, destroyed: { resize: 2 } });
  });

  test("a larger pool serves those who wait", async () => {
    const { pool } = setUp({ max: 1 });
    await pool.lease();
    const second = pool.lease();
    pool.resize(2);
    expect((await second).resource.id).toBe(1);
    expect(() => pool.resize(0)).toThrow(expect.objectContaining({ code: "NK_USAGE" }));
  });

  test("drain stops leasing, waits for leases, and ends when the last resource is destroyed", async () => {
    const { pool, factory, time } = setUp({ max: 3 });
    const leases = await Promise.all([pool.lease(), pool.lease()]);
    (await pool.lease()).release();
    const draining = pool.drain(1000);
    expect(await codeOf(pool.lease())).toBe("NK_POOL_CLOSED");
    expect(pool.tryLease()).toBeUndefined();
    await settle();
    expect(factory.live).toBe(2);
    for (const lease of leases) lease.release();
    expect(await draining).toEqual({ returned: 2, revoked: 0 });
    factory.expectEachDestroyedOnce();
    expect(pool.stats().phase).toBe("closed");
    expect(time.pending).toBe(0);
  });

  test("at the deadline leased resources are taken away, and their leases throw", async () => {
    const { pool, factory, time } = setUp({ max: 2 });
    const [kept, returned] = await Promise.all([pool.lease(), pool.lease()]);
    const draining = pool.drain(1000);
    returned.release();
    await time.advance(999);
    expect(kept.resource.id).toBe(0);
    await time.advance(1);
    expect(await draining).toEqual({ returned: 1, revoked: 1 });
    expect(() => kept.resource).toThrow(NetkitError);
    kept.release();
    factory.expectEachDestroyedOnce();
    expect(time.pending).toBe(0);
  });

  test("close during a drain does not wait any longer", async () => {
    const { pool, time } = setUp({ max: 1 });
    await pool.lease();
    const draining = pool.drain(Number.POSITIVE_INFINITY);
    expect(await pool.close()).toEqual({ returned: 0, revoked: 1 });
    await draining;
    expect(await pool.close()).toEqual({ returned: 0, revoked: 1 });
    expect(time.pending).toBe(0);
  });

  test("close aborts creations, rejects waiters, and destroys what comes late", async () => {
    const { pool, factory, time } = setUp({ max: 2 });
    factory.auto = false;
    const waiting = [codeOf(pool.lease()), codeOf(pool.lease()), codeOf(pool.lease())];
    await settle();
    await pool.close();
    expect(await Promise.all(waiting)).toEqual(["NK_POOL_CLOSED", "NK_POOL_CLOSED", "NK_POOL_CLOSED"]);
    expect(factory.pending.every((creation) => creation.signal.aborted)).toBe(true);
    for (const creation of factory.pending) creation.succeed();
    await settle();
    factory.expectEachDestroyedOnce();
    expect(time.pending).toBe(0);
  });

  test("close during validation destroys the resource once", async () => {
    const { pool, factory } = setUp({ max: 1, validateAfterIdleMs: 0 });
    (await pool.lease()).release();
    const leasing = codeOf(pool.lease());
    await pool.close();
    expect(await leasing).toBe("NK_POOL_CLOSED");
    await settle();
    factory.expectEachDestroyedOnce();
  });

  test("a destroy that never ends does not hold up the close for longer than its time-out", async () => {
    const time = new FakeTime();
    const failures: unknown[] = [];
    const pool = new Pool(
      { create: () => ({}), destroy: () => new Promise<void>(() => {}) },
      { max: 1, destroyTimeoutMs: 100 },
      { clock: time, timers: time, observer: { onDestroyFailed: (error) => failures.push(error) } },
    );
    (await pool.lease()).release();
    const closing = pool.close();
    await time.advance(100);
    await closing;
    expect(failures).toMatchObject([{ code: "NK_POOL_DESTROY_TIMEOUT" }]);
    expect(pool.stats()).toMatchObject({ destroyFailed: 1, phase: "closed" });
    expect(time.pending).toBe(0);
  });
});

test("tells an observer every wait and hold in microseconds", async () => {
  const waits: number[] = [];
  const holds: number[] = [];
  const { pool, time } = setUp(
    { max: 1, idleTimeoutMs: undefined },
    { onWait: (us) => waits.push(us), onHold: (us) => holds.push(us) },
  );
  const first = await pool.lease();
  const second = pool.lease();
  await time.advance(5);
  first.release();
  const lease = await second;
  await time.advance(2);
  lease.release();
  pool.tryLease()?.release();
  expect(waits).toEqual([0, 5000, 0]);
  expect(holds).toEqual([5000, 2000, 0]);
});

test("refuses sizes and shares that contradict each other", () => {
  const factory = new FakeFactory();
  for (const settings of [{ max: 0 }, { max: 2, min: 3 }, { max: 1.5 }, { lifetimeJitter: 2 }]) {
    expect(() => new Pool(factory, settings)).toThrow(expect.objectContaining({ code: "NK_USAGE" }));
  }
});
