/** The pool of mysql2: it makes the connections, the target adopts them. It has no acquire time-out. */
import type { Connection, Pool, PoolConnection } from "mysql2/promise";
import { usageError } from "../../../core/errors.ts";
import { closedError } from "../../../core/pooling/pool-errors.ts";
import type { NativeDriver, OpenTarget, TargetConnection } from "../targets/target.ts";
import { acquireError, Callers, loadLibrary, queueFull } from "./library.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

type Driver = Extract<NativeDriver, { kind: "mysql2" }>;
type CreatePool = typeof import("mysql2/promise").createPool;

export const mysql2: PoolKind = {
  name: "mysql2",
  schemes: ["mysql"],
  ignores: ["acquireTimeoutMs", "maxLifetimeMs", "validateAfterIdleMs", "leakAfterMs"],
  async load() {
    const { createPool } = await loadLibrary("mysql2", () => import("mysql2/promise"));
    return (target, settings, hooks) => new Mysql2Pool(createPool, driverOf(target), settings, hooks);
  },
};

function driverOf({ native }: OpenTarget): Driver {
  if (native?.kind === "mysql2") return native;
  throw usageError("--pool mysql2 is for mysql:", "leave --pool away, or use a mysql: URL", "--pool");
}

class Mysql2Pool implements PoolUnderTest {
  readonly #pool: Pool;
  readonly #driver: Driver;
  readonly #hooks: PoolHooks;
  readonly #adopted = new WeakMap<object, TargetConnection>();
  readonly #callers = new Callers();
  /** Of the connections that are open. */
  readonly #open = new Set<object>();
  /** Made, and not told of yet. */
  readonly #fresh = new WeakSet<object>();
  readonly #discarded = new WeakSet<object>();
  #enqueued = 0;
  #active = 0;
  #waiting = 0;

  constructor(createPool: CreatePool, driver: Driver, settings: PoolSettings, hooks: PoolHooks) {
    this.#driver = driver;
    this.#hooks = hooks;
    this.#pool = createPool({
      ...driver.config,
      connectionLimit: settings.size,
      // It looks for idle ones only when fewer may stay.
      maxIdle: settings.idleTimeoutMs === undefined ? settings.size : Math.max(1, settings.size - 1),
      // To mysql2 a limit of 0 is none.
      waitForConnections: settings.maxWaiting !== 0,
      queueLimit: settings.maxWaiting ?? 0,
      ...(settings.idleTimeoutMs === undefined ? {} : { idleTimeout: settings.idleTimeoutMs }),
    });
    this.#pool.on("enqueue", () => {
      this.#enqueued++;
    });
    this.#pool.on("connection", (connection) => {
      this.#open.add(connection);
      this.#fresh.add(connection);
      streamOf(connection)?.once("close", () => {
        if (!this.#open.delete(connection)) return;
        hooks.onDestroyed(this.#discarded.has(connection) ? "discarded" : "unknown");
      });
    });
  }

  async lease(signal?: AbortSignal): Promise<PoolLease> {
    this.#waiting++;
    try {
      const lent = await this.#callers.wait(
        () => this.#ask(),
        signal,
        (late) => late.release(),
      );
      this.#active++;
      return this.#lent(lent);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (error instanceof Error && /queue limit reached|no connections available/i.test(error.message)) {
        throw queueFull(error, "mysql2");
      }
      if (error instanceof Error && error.message === "Pool is closed.") throw closedError();
      throw acquireError(error, /^$/, "mysql2");
    } finally {
      this.#waiting--;
    }
  }

  gauges(): PoolGauges {
    const idle = Math.max(0, this.#open.size - this.#active);
    return { active: this.#active, idle, waiting: this.#waiting, creating: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#callers.isClosed) return;
    this.#callers.close();
    const gone = Array.from(this.#open, (connection) => closing(connection));
    await this.#pool.end();
    await Promise.all(gone);
  }

  /** Whoever did not stand in the queue and got a new connection has waited for just that. */
  async #ask(): Promise<PoolConnection> {
    const [beganMs, before] = [performance.now(), this.#enqueued];
    const asked = this.#pool.getConnection();
    const hasQueued = this.#enqueued > before;
    try {
      const lent = await asked;
      if (this.#fresh.delete(coreOf(lent))) {
        this.#hooks.onCreated(hasQueued ? undefined : (performance.now() - beganMs) * 1000);
      }
      return lent;
    } catch (error) {
      const isOfQueue = /^(queue limit reached|pool is closed)/i.test((error as Error).message);
      if (!isOfQueue) this.#hooks.onCreateFailed(error);
      throw error;
    }
  }

  #lent(lent: PoolConnection): PoolLease {
    // Each lease has a wrapper of its own around the same connection.
    const key = coreOf(lent);
    const known = this.#adopted.get(key);
    const connection = known ?? this.#driver.adopt(lent as unknown as Connection);
    if (known === undefined) this.#adopted.set(key, connection);
    let isHeld = true;
    const back = (give: () => void): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#active--;
      give();
    };
    return {
      connection,
      isFirst: known === undefined,
      release: () => back(() => lent.release()),
      destroy: () =>
        back(() => {
          this.#discarded.add(key);
          lent.destroy();
        }),
    };
  }
}

function coreOf(lent: PoolConnection): object {
  return (lent as unknown as { connection: object }).connection;
}

function streamOf(connection: object): NodeJS.EventEmitter | undefined {
  return (connection as { stream?: NodeJS.EventEmitter }).stream;
}

/** Resolves with the socket's end. */
function closing(connection: object): Promise<void> {
  return new Promise((resolve) => {
    const stream = streamOf(connection);
    if (stream === undefined) resolve();
    else stream.once("close", () => resolve());
  });
}
