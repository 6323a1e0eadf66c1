/** The pool of node-postgres: it makes the clients, the target adopts them. */
import type { Client, ClientConfig, Pool, PoolClient } from "pg";
import { usageError } from "../../../core/errors.ts";
import type { NativeDriver, OpenTarget, TargetConnection } from "../targets/target.ts";
import { acquireError, Callers, loadLibrary } from "./library.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

type Driver = Extract<NativeDriver, { kind: "pg" }>;
interface Library {
  readonly Pool: typeof Pool;
  readonly Client: typeof Client;
}

export const pg: PoolKind = {
  name: "pg",
  schemes: ["postgres"],
  ignores: ["maxWaiting", "validateAfterIdleMs", "leakAfterMs"],
  async load() {
    const { default: library } = await loadLibrary("pg", () => import("pg"));
    return (target, settings, hooks) => new PgPool(library, driverOf(target), settings, hooks);
  },
};

function driverOf({ native }: OpenTarget): Driver {
  if (native?.kind === "pg") return native;
  throw usageError("--pool pg is for postgres:", "leave --pool away, or use a postgres: URL", "--pool");
}

class PgPool implements PoolUnderTest {
  readonly #pool: Pool;
  readonly #driver: Driver;
  readonly #adopted = new WeakMap<PoolClient, TargetConnection>();
  readonly #callers = new Callers();
  readonly #leased = new Set<PoolClient>();
  readonly #reasons = new WeakMap<PoolClient, string>();

  constructor(library: Library, driver: Driver, settings: PoolSettings, hooks: PoolHooks) {
    this.#driver = driver;
    const options = {
      ...driver.config,
      Client: measured(library, hooks),
      max: settings.size,
      // It bounds the wait for a connection and the making of one alike.
      connectionTimeoutMillis: settings.acquireTimeoutMs ?? 0,
      ...(settings.idleTimeoutMs === undefined ? {} : { idleTimeoutMillis: settings.idleTimeoutMs }),
      ...(settings.maxLifetimeMs === undefined ? {} : { maxLifetimeSeconds: settings.maxLifetimeMs / 1000 }),
    };
    this.#pool = new library.Pool(options);
    // Of an idle one: it has been taken out already.
    this.#pool.on("error", (_error, client) => this.#reasons.set(client, "lost"));
    this.#pool.on("remove", (client) => hooks.onDestroyed(this.#reasons.get(client) ?? "unknown"));
  }

  async lease(signal?: AbortSignal): Promise<PoolLease> {
    try {
      const begin = (): Promise<PoolClient> => this.#pool.connect();
      return this.#lent(await this.#callers.wait(begin, signal, (late) => late.release()));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw acquireError(error, /timeout exceeded when trying to connect/i, "pg");
    }
  }

  gauges(): PoolGauges {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { active: totalCount - idleCount, idle: idleCount, waiting: waitingCount, creating: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#callers.isClosed) return;
    this.#callers.close();
    // It would wait for those that are leased for ever.
    for (const client of this.#leased) this.#giveBack(client, true);
    await this.#pool.end();
  }

  #lent(client: PoolClient): PoolLease {
    const known = this.#adopted.get(client);
    const connection = known ?? this.#driver.adopt(client as unknown as Client);
    if (known === undefined) this.#adopted.set(client, connection);
    this.#leased.add(client);
    return {
      connection,
      isFirst: known === undefined,
      release: () => this.#giveBack(client, false),
      destroy: () => {
        this.#reasons.set(client, "discarded");
        this.#giveBack(client, true);
      },
    };
  }

  #giveBack(client: PoolClient, isBroken: boolean): void {
    if (this.#leased.delete(client)) client.release(isBroken);
  }
}

/** A client that tells how long it took to connect: the pool, which calls it with a callback, does not. */
function measured(library: Library, hooks: PoolHooks): typeof Client {
  return class extends library.Client {
    constructor(config?: ClientConfig) {
      super(config);
      const connect = this.connect.bind(this) as (callback: (error?: Error) => void) => void;
      const measure = (callback: (error?: Error) => void): void => {
        const beganMs = performance.now();
        connect((error) => {
          if (error) hooks.onCreateFailed(error);
          else hooks.onCreated((performance.now() - beganMs) * 1000);
          callback(error);
        });
      };
      this.connect = measure as Client["connect"];
    }
  };
}
