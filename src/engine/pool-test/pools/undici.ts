/** The pool of undici: it speaks HTTP itself, so a checkout is a request, and waiting is what it keeps pending. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { buildConnector, Pool } from "undici";
import { usageError } from "../../../core/errors.ts";
import { driverError, statusError } from "../targets/failures.ts";
import type { HttpRequest, OpenTarget, TargetConnection, WorkDone } from "../targets/target.ts";
import { Callers, loadLibrary } from "./library.ts";
import type { PoolGauges, PoolHooks, PoolKind, PoolLease, PoolSettings, PoolUnderTest } from "./pool.ts";

export const undici: PoolKind = {
  name: "undici",
  schemes: ["http", "https"],
  ignores: ["acquireTimeoutMs", "maxWaiting", "maxLifetimeMs", "validateAfterIdleMs", "leakAfterMs"],
  async load() {
    const library = await loadLibrary("undici", () => import("undici"));
    return (target, settings, hooks) =>
      new UndiciPool(library, requestOf(target), target.url, settings, hooks);
  },
};

function requestOf({ native }: OpenTarget): HttpRequest {
  if (native?.kind === "undici") return native.request;
  throw usageError(
    "--pool undici is for http: and https: with HTTP/1.1",
    "leave --pool away, or use an http: URL",
    "--pool",
  );
}

type Library = Pick<typeof import("undici"), "Pool" | "buildConnector">;

class UndiciPool implements PoolUnderTest {
  readonly #pool: Pool;
  readonly #request: HttpRequest;
  readonly #subject: string;
  readonly #size: number;
  #leased = 0;
  readonly #callers = new Callers();
  /** In the order of coming. */
  readonly #turns: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();
  #waiting = 0;

  constructor(
    library: Library,
    request: HttpRequest,
    subject: string,
    settings: PoolSettings,
    hooks: PoolHooks,
  ) {
    this.#request = request;
    this.#subject = subject;
    this.#size = settings.size;
    this.#pool = new library.Pool(request.origin, {
      connections: settings.size,
      pipelining: 1,
      connect: measured(library, request, hooks, this.#sockets),
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      ...(settings.idleTimeoutMs === undefined ? {} : { keepAliveTimeout: settings.idleTimeoutMs }),
    });
  }

  /** A turn at one of its connections: as many at once as it has, in the order of coming. */
  async lease(signal?: AbortSignal): Promise<PoolLease> {
    this.#waiting++;
    try {
      await this.#callers.wait(
        () => this.#turn(),
        signal,
        () => this.#pass(),
      );
    } finally {
      this.#waiting--;
    }
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#pass();
    };
    return { connection: this.#connection(), isFirst: undefined, release, destroy: release };
  }

  gauges(): PoolGauges {
    const { connected, free } = this.#pool.stats;
    return {
      active: this.#leased,
      idle: free ?? 0,
      waiting: this.#waiting,
      creating: Math.max(0, this.#leased - connected),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#callers.isClosed) return;
    this.#callers.close();
    await this.#pool.destroy();
    await Promise.all(Array.from(this.#sockets, (socket) => once(socket, "close")));
  }

  /** Resolves when it is the caller's turn. */
  #turn(): Promise<void> {
    if (this.#leased < this.#size) {
      this.#leased++;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#turns.push(resolve));
  }

  /** To whoever is next, also one who has left meanwhile: that one passes it on. */
  #pass(): void {
    const next = this.#turns.shift();
    if (next === undefined) this.#leased--;
    else next();
  }

  #connection(): TargetConnection {
    return {
      serverId: undefined,
      gone: new Promise(() => undefined),
      work: (signal) => this.#work(signal),
      validate: async () => true,
      close: async () => undefined,
    };
  }

  async #work(signal: AbortSignal | undefined): Promise<WorkDone> {
    const { path, method, headers, body } = this.#request;
    try {
      const answer = await this.#pool.request({
        path,
        method: method as "GET",
        headers: headers.flat() as string[],
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const { byteLength } = await answer.body.arrayBuffer();
      if (answer.statusCode >= 400) throw statusError(this.#subject, answer.statusCode);
      return { bytesReceived: byteLength };
    } catch (error) {
      throw signal?.aborted === true ? error : driverError(error, "ask", this.#subject);
    }
  }
}

/** The library's own connector, that tells how long it took and when a socket has ended. */
function measured(
  library: Library,
  request: HttpRequest,
  hooks: PoolHooks,
  sockets: Set<Socket>,
): buildConnector.connector {
  const connect = library.buildConnector(request.connect);
  return (options, callback) => {
    const beganMs = performance.now();
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error !== null) {
        hooks.onCreateFailed(error);
      } else {
        hooks.onCreated((performance.now() - beganMs) * 1000);
        sockets.add(socket);
        socket.once("close", () => {
          sockets.delete(socket);
          hooks.onDestroyed("unknown");
        });
      }
      callback(...result);
    });
  };
}
