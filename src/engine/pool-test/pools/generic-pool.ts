/** generic-pool. */
import type { Pool } from "generic-pool";
import type { OpenTarget, TargetConnection } from "../targets/target.ts";
import { Lent } from "./lent.ts";
import { acquireError, Callers, loadLibrary, queueFull } from "./library.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

type Library = typeof import("generic-pool");

/** Stands for a connection that nobody will use. */
const NOBODY: TargetConnection = {
  serverId: undefined,
  gone: Promise.resolve(),
  work: async () => ({ bytesReceived: 0 }),
  validate: async () => true,
  close: async () => undefined,
};

export const genericPool: PoolKind = {
  name: "generic-pool",
  schemes: undefined,
  ignores: ["maxLifetimeMs", "leakAfterMs"],
  async load() {
    const library = await loadLibrary("generic-pool", () => import("generic-pool"));
    return (target, settings, hooks) => new GenericPool(library, target, settings, hooks);
  },
};

class GenericPool implements PoolUnderTest {
  readonly #pool: Pool<TargetConnection>;
  readonly #broken = new WeakSet<TargetConnection>();
  readonly #callers = new Callers();
  readonly #lent = new Lent({
    release: (connection) => this.#settle(this.#pool.release(connection)),
    destroy: (connection) => {
      this.#broken.add(connection);
      this.#settle(this.#pool.destroy(connection));
    },
  });
  /** It creates again after a failure without telling whoever waits: the first failure is theirs. */
  #createError: unknown;

  constructor(library: Library, target: OpenTarget, settings: PoolSettings, hooks: PoolHooks) {
    const { size, acquireTimeoutMs, maxWaiting, idleTimeoutMs } = settings;
    this.#pool = library.createPool<TargetConnection>(
      {
        create: async () => {
          // It makes one for each who waits before it ends, who is not there any more.
          if (this.#callers.isClosed) return NOBODY;
          const beganMs = performance.now();
          try {
            const connection = await target.connect();
            this.#createError = undefined;
            hooks.onCreated((performance.now() - beganMs) * 1000);
            return connection;
          } catch (error) {
            this.#createError = error;
            hooks.onCreateFailed(error);
            throw error;
          }
        },
        destroy: async (connection) => {
          if (connection === NOBODY) return;
          await connection.close();
          hooks.onDestroyed(this.#broken.has(connection) ? "discarded" : "unknown");
        },
        validate: (connection) => connection.validate(),
      },
      {
        min: 0,
        max: size,
        testOnBorrow: settings.validateAfterIdleMs !== undefined,
        ...(acquireTimeoutMs === undefined ? {} : { acquireTimeoutMillis: acquireTimeoutMs }),
        ...(maxWaiting === undefined ? {} : { maxWaitingClients: maxWaiting }),
        ...(idleTimeoutMs === undefined
          ? {}
          : { idleTimeoutMillis: idleTimeoutMs, evictionRunIntervalMillis: Math.max(5, idleTimeoutMs / 4) }),
      },
    );
    this.#pool.on("factoryCreateError", () => undefined);
  }

  async lease(signal?: AbortSignal): Promise<PoolLease> {
    try {
      return this.#lent.lend(
        await this.#callers.wait(
          () => this.#pool.acquire(),
          signal,
          (late) => this.#settle(this.#pool.release(late)),
        ),
      );
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (error instanceof Error && /max waitingClients/i.test(error.message)) {
        throw queueFull(error, "generic-pool");
      }
      const cause = this.#callers.isClosed ? error : (this.#createError ?? error);
      throw acquireError(cause, /timed? ?out/i, "generic-pool");
    }
  }

  gauges(): PoolGauges {
    const { borrowed, available, pending, size } = this.#pool;
    return { active: borrowed, idle: available, waiting: pending, creating: size - borrowed - available };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#callers.isClosed) return;
    this.#callers.close();
    // It would wait for those that are leased for ever.
    this.#lent.releaseAll();
    await this.#pool.drain();
    await this.#pool.clear();
  }

  /** What it does not take back it has ended itself. */
  #settle(done: PromiseLike<void>): void {
    done.then(undefined, () => undefined);
  }
}
