/** The core's own pool. */
import type { Lease } from "../../../core/pooling/lease.ts";
import { Pool } from "../../../core/pooling/pool.ts";
import type { OpenTarget, TargetConnection } from "../targets/target.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

export const netkit: PoolKind = {
  name: "netkit",
  schemes: undefined,
  ignores: [],
  load: async () => (target, settings, hooks) => new NetkitPool(target, settings, hooks),
};

/** As the cause of a discard. */
const LOST = Symbol("lost");

class NetkitPool implements PoolUnderTest {
  readonly #pool: Pool<TargetConnection>;
  readonly #leased = new WeakSet<TargetConnection>();
  readonly #lentNow = new WeakSet<TargetConnection>();
  /** Gone without our doing. */
  readonly #lost = new WeakSet<TargetConnection>();
  readonly #closed = new WeakSet<TargetConnection>();

  constructor(target: OpenTarget, settings: PoolSettings, hooks: PoolHooks) {
    const { leakAfterMs, maxWaiting } = settings;
    this.#pool = new Pool(
      {
        create: async (signal) => {
          const connection = await target.connect(signal);
          void connection.gone.then(() => this.#noteLoss(connection));
          return connection;
        },
        destroy: (connection) => {
          this.#closed.add(connection);
          return connection.close();
        },
        validate: (connection, signal) => connection.validate(signal),
      },
      {
        max: settings.size,
        acquireTimeoutMs: settings.acquireTimeoutMs,
        maxWaiting,
        idleTimeoutMs: settings.idleTimeoutMs,
        maxLifetimeMs: settings.maxLifetimeMs,
        validateAfterIdleMs: settings.validateAfterIdleMs,
        leaks: leakAfterMs === undefined ? undefined : { thresholdMs: leakAfterMs },
      },
      {
        observer: {
          onCreated: hooks.onCreated,
          onCreateFailed: hooks.onCreateFailed,
          onDestroyed: (reason, cause) => hooks.onDestroyed(cause === LOST ? "lost" : reason),
          onLeak: ({ heldMs, stack }) => hooks.onLeak({ heldMs, stack }),
        },
      },
    );
  }

  async lease(signal?: AbortSignal): Promise<PoolLease> {
    return this.#lent(await this.#pool.lease(signal));
  }

  gauges(): PoolGauges {
    const { leased, idle, waiting, creating } = this.#pool.stats();
    return { active: leased, idle, waiting, creating };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }

  #lent(lease: Lease<TargetConnection>): PoolLease {
    const connection = lease.resource;
    const isFirst = !this.#leased.has(connection);
    if (isFirst) this.#leased.add(connection);
    this.#lentNow.add(connection);
    return {
      connection,
      isFirst,
      release: () => {
        this.#lentNow.delete(connection);
        if (this.#lost.has(connection)) lease.discard(LOST);
        else lease.release();
      },
      destroy: (cause) => {
        this.#lentNow.delete(connection);
        lease.discard(cause);
      },
    };
  }

  /** One that is leased is the caller's to notice; an idle one must not be lent any more. */
  #noteLoss(connection: TargetConnection): void {
    if (this.#closed.has(connection)) return;
    this.#lost.add(connection);
    if (!this.#lentNow.has(connection)) this.#discardLost();
  }

  /** The pool cannot be asked for a certain one: all idle ones are taken, and the sound ones given back in their order. */
  #discardLost(): void {
    const sound: Lease<TargetConnection>[] = [];
    for (let lease = this.#pool.tryLease(); lease !== undefined; lease = this.#pool.tryLease()) {
      if (this.#lost.has(lease.resource)) lease.discard(LOST);
      else sound.push(lease);
    }
    for (const lease of sound.reverse()) lease.release();
  }
}
