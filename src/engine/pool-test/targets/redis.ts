/** Redis by ioredis, a client a connection; the server's view is `CLIENT LIST`, by client name. */
import { randomBytes } from "node:crypto";
import type { Redis, RedisOptions } from "ioredis";
import type { TargetPlan, WorkPlan } from "../plan.ts";
import { driverError, endedSoon, goneError, orAborted } from "./failures.ts";
import type { OpenTarget, ServerDesk, ServerView, TargetConnection } from "./target.ts";
import { databaseOf, driverTls, inTurn } from "./url-options.ts";

type Commands = Extract<WorkPlan, { kind: "command" }>;

const DEFAULT_WORK: Commands = { kind: "command", commands: [["PING"]], transaction: false };

export async function openRedis(plan: TargetPlan): Promise<OpenTarget> {
  const { Redis } = await import("ioredis");
  const { endpoint } = plan;
  const name = `netkit-pool-test-${randomBytes(4).toString("hex")}`;
  const work = plan.work.kind === "command" ? plan.work : DEFAULT_WORK;
  const tls = driverTls(plan);
  const options: RedisOptions = {
    ...(plan.unixSocket === undefined
      ? { host: endpoint.host, port: endpoint.port }
      : { path: plan.unixSocket }),
    ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
    ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
    ...(tls === undefined ? {} : { tls }),
    db: Number(databaseOf(endpoint) ?? 0) || 0,
    connectionName: name,
    connectTimeout: plan.connectTimeoutMs,
    commandTimeout: plan.workTimeoutMs,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // The pool under test is who connects anew.
    retryStrategy: () => null,
    // It is ended at once. Where it has ended already, this is how long a timer of ioredis goes on.
    disconnectTimeout: 1,
  };
  const subject = endpoint.display;
  const connect = async (signal?: AbortSignal, connectionName = name): Promise<Redis> => {
    const client = new Redis({ ...options, connectionName });
    let cause: unknown;
    // It rejects with "closed" and tells the reason here, first; what follows is what came of it.
    client.on("error", (error) => {
      cause ??= error;
    });
    try {
      await orAborted(
        () => client.connect(),
        signal,
        () => drop(client),
      );
      return client;
    } catch (error) {
      drop(client);
      throw signal?.aborted === true ? error : driverError(cause ?? error, "connect to", subject);
    }
  };
  return {
    url: subject,
    protocol: "RESP, by ioredis",
    async connect(signal) {
      const client = await connect(signal);
      try {
        const ask = (): Promise<unknown> => client.client("ID");
        const id = await orAborted(ask, signal, () => drop(client));
        return new RedisConnection(client, String(id), work, subject);
      } catch (error) {
        drop(client);
        throw signal?.aborted === true ? error : driverError(error, "connect to", subject);
      }
    },
    // Under another name, so that it neither counts nor ends a desk.
    desk: async (signal) => new RedisDesk(await connect(signal, `${name}-desk`), name, subject),
    async [Symbol.asyncDispose]() {},
  };
}

/** At once. Once its stream is gone `disconnect` would only leave a timer behind. */
function drop(client: Redis): void {
  const { stream } = client;
  if (stream?.destroyed === true) return;
  client.disconnect();
  stream?.destroy();
}

class RedisConnection implements TargetConnection {
  readonly serverId: string;
  readonly gone: Promise<unknown>;
  readonly #client: Redis;
  readonly #subject: string;
  readonly #transaction: boolean;
  readonly #next: () => readonly string[];
  #ended = false;

  constructor(client: Redis, serverId: string, { commands, transaction }: Commands, subject: string) {
    this.#client = client;
    this.serverId = serverId;
    this.#subject = subject;
    this.#transaction = transaction;
    this.#next = inTurn(commands);
    this.gone = new Promise((resolve) => {
      client.once("end", () => {
        this.#ended = true;
        resolve(goneError(subject));
      });
    });
  }

  async work(signal?: AbortSignal) {
    const before = this.#client.stream?.bytesRead ?? 0;
    const [command, ...words] = this.#next() as [string, ...string[]];
    const asked = (): Promise<unknown> => this.#client.call(command, ...words);
    await this.#ask(this.#transaction ? () => this.#inTransaction(asked) : asked, signal);
    return { bytesReceived: (this.#client.stream?.bytesRead ?? before) - before };
  }

  async validate(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#ask(() => this.#client.ping(), signal);
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    await endedSoon(this.#client.quit(), () => drop(this.#client));
  }

  /** All three go out at once. */
  async #inTransaction(asked: () => Promise<unknown>): Promise<void> {
    const steps = [this.#client.call("MULTI"), asked(), this.#client.call("EXEC")];
    const results = (await Promise.all(steps)).at(-1) as readonly unknown[] | null;
    const failed = results?.find((result) => result instanceof Error);
    if (failed !== undefined) throw failed;
  }

  async #ask(command: () => Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    if (this.#ended) throw goneError(this.#subject);
    try {
      await orAborted(command, signal, () => drop(this.#client));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw this.#ended ? goneError(this.#subject, error) : driverError(error, "ask", this.#subject);
    }
  }
}

class RedisDesk implements ServerDesk {
  readonly #client: Redis;
  readonly #name: string;
  readonly #subject: string;

  constructor(client: Redis, name: string, subject: string) {
    this.#client = client;
    this.#name = name;
    this.#subject = subject;
  }

  async view(): Promise<ServerView> {
    try {
      const [ids, most, info] = await Promise.all([
        this.#others(),
        // Hosted servers may forbid it.
        this.#client.config("GET", "maxclients").catch(() => undefined),
        this.#client.info("server"),
      ]);
      const limit = Number((most as readonly string[] | undefined)?.[1]);
      return {
        source: "CLIENT LIST",
        connections: ids.length,
        scope: "ours",
        limit: Number.isFinite(limit) ? limit : undefined,
        version: `Redis ${/redis_version:(\S+)/.exec(info)?.[1] ?? "of unknown version"}`,
      };
    } catch (error) {
      throw driverError(error, "ask", this.#subject);
    }
  }

  async kill(count: number | undefined): Promise<number> {
    let ended = 0;
    for (const id of (await this.#others()).slice(0, count)) {
      ended += Number(await this.#client.call("CLIENT", "KILL", "ID", id).catch(() => 0));
    }
    return ended;
  }

  /** Ids of this test's connections. */
  async #others(): Promise<readonly string[]> {
    return String(await this.#client.client("LIST"))
      .split("\n")
      .filter((line) => line.includes(` name=${this.#name} `))
      .map((line) => /\bid=(\d+)/.exec(line)?.[1] ?? "")
      .filter((id) => id !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endedSoon(this.#client.quit(), () => drop(this.#client));
  }
}
