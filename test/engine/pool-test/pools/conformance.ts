/** What every pool under test promises, asked of one on a target whose connections can be ended from outside. */
import { expect } from "vitest";
import type { NetkitError } from "../../../../src/core/errors.ts";
import type {
  PoolHooks,
  PoolKind,
  PoolLease,
  PoolSettings,
  PoolUnderTest,
} from "../../../../src/engine/pool-test/pools/pool.ts";
import type { OpenTarget } from "../../../../src/engine/pool-test/targets/target.ts";
import { quietCensus, sharedSignal } from "../../../support/census.ts";
import { expectNothingLeft, rejection } from "../targets/target-plan.ts";

export interface PoolCase {
  readonly kind: PoolKind;
  /** Opened by the test, so that closing it is the test's. */
  readonly target: OpenTarget;
  /** Ends all connections at the server's side. */
  readonly kill: () => Promise<unknown> | unknown;
  /** A target of the same kind where nothing listens. */
  readonly dead: OpenTarget;
}

const SETTINGS: PoolSettings = {
  size: 2,
  acquireTimeoutMs: 2_000,
  maxWaiting: undefined,
  idleTimeoutMs: undefined,
  maxLifetimeMs: undefined,
  validateAfterIdleMs: undefined,
  leakAfterMs: undefined,
};

export class Log {
  readonly tookUs: (number | undefined)[] = [];
  readonly reasons: string[] = [];
  createFailed = 0;
  readonly hooks: PoolHooks = {
    onCreated: (us) => void this.tookUs.push(us),
    onCreateFailed: () => void this.createFailed++,
    onDestroyed: (reason) => void this.reasons.push(reason),
    onLeak: () => undefined,
  };

  /** All that was made is gone. */
  expectBalanced(): void {
    expect(this.reasons.length).toBe(this.tookUs.length);
  }
}

type Use = (pool: PoolUnderTest, log: Log) => Promise<void>;

async function withPool(
  { kind, target }: Pick<PoolCase, "kind" | "target">,
  settings: Partial<PoolSettings>,
  use: Use,
): Promise<void> {
  const create = await kind.load();
  const log = new Log();
  const pool = create(target, { ...SETTINGS, ...settings }, log.hooks);
  try {
    await use(pool, log);
  } finally {
    await pool[Symbol.asyncDispose]();
  }
  await expect.poll(() => log.reasons.length).toBe(log.tookUs.length);
}

/** The promises by name; each leaves the process as it found it. */
export const PROMISES: Readonly<Record<string, (tested: PoolCase) => Promise<void>>> = {
  "lends, takes back and lends again": (tested) =>
    withPool(tested, {}, async (pool, log) => {
      for (let turn = 0; turn < 3; turn++) {
        const lease = await pool.lease();
        expect((await lease.connection.work()).bytesReceived).toBeGreaterThan(0);
        if (lease.isFirst !== undefined) expect(lease.isFirst).toBe(turn === 0);
        expect(pool.gauges()).toMatchObject({ active: 1, waiting: 0 });
        lease.release();
        // A second time is harmless, whoever has the connection now.
        lease.release();
      }
      // An answer that is read may be in hand before undici has its connection free again: it opens a second one.
      const isOwnChoice = tested.kind.name === "undici";
      if (!isOwnChoice) expect(log.tookUs).toHaveLength(1);
      if (log.tookUs[0] !== undefined) expect(log.tookUs[0]).toBeGreaterThan(0);
      await expect
        .poll(() => pool.gauges())
        .toMatchObject({ active: 0, waiting: 0, idle: log.tookUs.length });
    }),

  "never lends more than its size, and serves those who wait in order": (tested) =>
    withPool(tested, { size: 2 }, async (pool, log) => {
      const held = [await pool.lease(), await pool.lease()];
      for (const lease of held) await lease.connection.work();
      const served: number[] = [];
      const waiting = [0, 1, 2].map(async (caller) => {
        const lease = await pool.lease();
        served.push(caller);
        await lease.connection.work();
        lease.release();
      });
      await expect.poll(() => pool.gauges().waiting).toBe(3);
      expect(pool.gauges().active).toBe(2);
      held[0]!.release();
      await Promise.all(waiting);
      expect(served).toEqual([0, 1, 2]);
      held[1]!.release();
      expect(log.tookUs).toHaveLength(2);
    }),

  "a caller who gives up gets the reason, and takes nothing from the next": (tested) =>
    withPool(tested, { size: 1 }, async (pool) => {
      const held = await pool.lease();
      await held.connection.work();
      const controller = new AbortController();
      const reason = new Error("enough");
      const given = pool.lease(controller.signal);
      const next = pool.lease();
      controller.abort(reason);
      await expect(given).rejects.toBe(reason);
      held.release();
      const lease = await next;
      await lease.connection.work();
      lease.release();
      await expect(pool.lease(AbortSignal.abort(reason))).rejects.toBe(reason);
      (await pool.lease()).release();
    }),

  "a caller who waits too long is told so": (tested) =>
    withPool(tested, { size: 1, acquireTimeoutMs: 60 }, async (pool) => {
      if (tested.kind.ignores.includes("acquireTimeoutMs")) return;
      const held = await pool.lease();
      expect(await rejection(pool.lease())).toMatchObject({ code: "NK_POOL_ACQUIRE_TIMEOUT" });
      held.release();
      (await pool.lease()).release();
    }),

  "a full queue refuses at once": (tested) =>
    withPool(tested, { size: 1, maxWaiting: 1 }, async (pool) => {
      if (tested.kind.ignores.includes("maxWaiting")) return;
      const held = await pool.lease();
      const waits = pool.lease();
      expect(await rejection(pool.lease())).toMatchObject({ code: "NK_POOL_QUEUE_FULL" });
      held.release();
      (await waits).release();
    }),

  "where nobody may wait, those whom a connection is left for are served": (tested) =>
    withPool(tested, { size: 2, maxWaiting: 0 }, async (pool) => {
      if (tested.kind.ignores.includes("maxWaiting")) return;
      const held = await Promise.all([pool.lease(), pool.lease()]);
      expect(await rejection(pool.lease())).toMatchObject({ code: "NK_POOL_QUEUE_FULL" });
      for (const lease of held) lease.release();
      (await pool.lease()).release();
    }),

  "what is destroyed is replaced": (tested) =>
    withPool(tested, { size: 1 }, async (pool, log) => {
      if (tested.kind.name === "undici") return;
      const first = await pool.lease();
      await first.connection.work();
      const { serverId } = first.connection;
      first.destroy(new Error("broken"));
      first.destroy(new Error("again"));
      const second = await pool.lease();
      await second.connection.work();
      expect(second.isFirst).toBe(true);
      expect(second.connection.serverId).not.toBe(serverId);
      second.release();
      await expect.poll(() => log.reasons).toEqual(["discarded"]);
    }),

  "connections that the server ends fail their work, and new ones come": (tested) =>
    withPool(tested, { size: 2 }, async (pool, log) => {
      const held = [await pool.lease(), await pool.lease()];
      for (const lease of held) await lease.connection.work();
      await tested.kill();
      // Of a pool that speaks the protocol itself nobody sees the connections.
      if (tested.kind.name !== "undici") await Promise.all(held.map(({ connection }) => connection.gone));
      for (const lease of held) {
        await lease.connection.work().then(
          () => lease.release(),
          (error: NetkitError) => {
            expect(error.code).toMatch(/^NK_/);
            lease.destroy(error);
          },
        );
      }
      await expect.poll(() => worksAgain(pool)).toBe(true);
      await expect.poll(() => log.reasons.length).toBe(2);
    }),

  "closing takes back what is lent, answers those who wait, and leaves no socket": async (tested) => {
    let late: Promise<unknown> = Promise.resolve();
    let held: PoolLease | undefined;
    await withPool(tested, { size: 1 }, async (pool) => {
      held = await pool.lease();
      await held.connection.work();
      late = rejection(pool.lease());
      await expect.poll(() => pool.gauges().waiting).toBe(1);
    });
    expect(await late).toMatchObject({ code: "NK_POOL_CLOSED" });
    // It is not the caller's any more.
    held?.release();
  },

  "a server that is not there is told to callers": (tested) =>
    withPool({ kind: tested.kind, target: tested.dead }, { acquireTimeoutMs: 100 }, async (pool, log) => {
      // Its lease is a turn, and its work what connects.
      if (tested.kind.name === "undici") {
        await rejection((await pool.lease()).connection.work());
      } else {
        expect(await rejection(pool.lease())).toMatchObject({ code: "NK_POOL_CREATE_FAILED" });
      }
      expect(log.createFailed).toBeGreaterThan(0);
      expect(log.tookUs).toEqual([]);
    }),
};

async function worksAgain(pool: PoolUnderTest): Promise<boolean> {
  const lease = await pool.lease();
  try {
    await lease.connection.work();
    lease.release();
    return true;
  } catch (error) {
    lease.destroy(error);
    return false;
  }
}

/** Runs the promise, and then looks at what the process still holds. */
export async function keepsPromise(name: string, tested: PoolCase): Promise<void> {
  const shared = sharedSignal();
  const before = await quietCensus(shared);
  await PROMISES[name]!(tested);
  await expectNothingLeft(before, shared);
}
