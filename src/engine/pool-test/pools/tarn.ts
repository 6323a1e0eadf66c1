/** tarn, the pool under Knex. */

import type { Pool } from "tarn";
import { MAX_TIMER_MS } from "../../../core/backpressure/timers.ts";
import type { OpenTarget, TargetConnection } from "../targets/target.ts";
import { Lent } from "./lent.ts";
import { acquireError, Callers, loadLibrary } from "./library.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

type TarnPool = Pool<TargetConnection>;
type Asked = ReturnType<TarnPool["acquire"]>;

/** It has no way to wait for ever. */
const NEVER_MS = MAX_TIMER_MS;

export const tarn: PoolKind = {
  name: "tarn",
  schemes: undefined,
  ignores: ["maxWaiting", "maxLifetimeMs", "validateAfterIdleMs", "leakAfterMs"],
  async load() {
    const library = await loadLibrary("tarn", () => import("tarn"));
    return (target, settings, hooks) => new TarnPoolUnderTest(library.Pool, target, settings, hooks);
  },
};

class TarnPoolUnderTest implements PoolUnderTest {
  readonly #pool: TarnPool;
  readonly #callers = new Callers();
  readonly #lent = new Lent({
    release: (connection) => void this.#pool.release(connection),
    destroy: (connection) => {
      this.#mark(connection, "discarded");
      this.#pool.release(connection);
    },
  });
  readonly #asked = new Set<Asked>();
  /** Why they are not to be lent again: tarn asks before it does, as Knex has it. */
  readonly #broken = new WeakMap<TargetConnection, string>();

  constructor(library: typeof Pool, target: OpenTarget, settings: PoolSettings, hooks: PoolHooks) {
    this.#pool = new library<TargetConnection>({
      min: 0,
      max: settings.size,
      acquireTimeoutMillis: settings.acquireTimeoutMs ?? NEVER_MS,
      createTimeoutMillis: NEVER_MS,
      ...(settings.idleTimeoutMs === undefined ? {} : { idleTimeoutMillis: settings.idleTimeoutMs }),
      propagateCreateError: true,
      create: async () => {
        const beganMs = performance.now();
        try {
          const connection = await target.connect();
          hooks.onCreated((performance.now() - beganMs) * 1000);
          void connection.gone.then(() => this.#mark(connection, "lost"));
          return connection;
        } catch (error) {
          hooks.onCreateFailed(error);
          throw error;
        }
      },
      validate: (connection) => !this.#broken.has(connection),
      destroy: async (connection) => {
        const reason = this.#broken.get(connection) ?? "unknown";
        await connection.close();
        hooks.onDestroyed(reason);
      },
    });
  }

  async lease(signal?: AbortSignal): Promise<PoolLease> {
    let asked: Asked | undefined;
    const begin = (): Promise<TargetConnection> => {
      asked = this.#pool.acquire();
      this.#asked.add(asked);
      return asked.promise;
    };
    try {
      return this.#lent.lend(
        await this.#callers.wait(begin, signal, (late) => void this.#pool.release(late)),
      );
    } catch (error) {
      if (signal?.aborted !== true) throw acquireError(error, /operation timed out/i, "tarn");
      asked?.abort();
      throw error;
    } finally {
      if (asked !== undefined) this.#asked.delete(asked);
    }
  }

  gauges(): PoolGauges {
    return {
      active: this.#pool.numUsed(),
      idle: this.#pool.numFree(),
      waiting: this.#pool.numPendingAcquires(),
      creating: this.#pool.numPendingCreates(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#callers.isClosed) return;
    this.#callers.close();
    // Those who wait first: served at its end, they would start its reaper again, and nothing stops that one.
    for (const asked of this.#asked) asked.abort();
    // It would wait for those that are leased for ever.
    this.#lent.releaseAll();
    await this.#pool.destroy();
  }

  #mark(connection: TargetConnection, reason: string): void {
    if (!this.#broken.has(connection)) this.#broken.set(connection, reason);
  }
}
