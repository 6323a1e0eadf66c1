/** MySQL and MariaDB by mysql2; the server's view is its process list, by the ids of our connections. */
import type { Socket } from "node:net";
import type { Connection as Opening } from "mysql2";
import type { Connection, ConnectionOptions } from "mysql2/promise";
import { NetkitError } from "../../../core/errors.ts";
import type { TargetPlan, WorkPlan } from "../plan.ts";
import { driverError, endedSoon, goneError, orAborted, timeoutError } from "./failures.ts";
import type { OpenTarget, ServerDesk, ServerView, TargetConnection } from "./target.ts";
import { databaseOf, driverTls, inTurn } from "./url-options.ts";

type Query = Extract<WorkPlan, { kind: "query" }>;

const DEFAULT_WORK: Query = { kind: "query", queries: ["SELECT 1"], transaction: false };

export async function openMysql(plan: TargetPlan): Promise<OpenTarget> {
  const { createConnection } = await import("mysql2");
  const { endpoint, workTimeoutMs } = plan;
  const work = plan.work.kind === "query" ? plan.work : DEFAULT_WORK;
  const ssl = driverTls(plan);
  const database = databaseOf(endpoint);
  const config: ConnectionOptions = {
    ...(plan.unixSocket === undefined
      ? { host: endpoint.host, port: endpoint.port }
      : { socketPath: plan.unixSocket }),
    user: endpoint.username ?? "root",
    ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
    ...(database === undefined ? {} : { database }),
    // It checks the name only when told to.
    ...(ssl === undefined ? {} : { ssl: { ...ssl, verifyIdentity: ssl.rejectUnauthorized } }),
    connectTimeout: plan.connectTimeoutMs,
  };
  const subject = endpoint.display;
  const ours = new Set<number>();
  const connect = async (signal?: AbortSignal): Promise<Connection> => {
    let opening: Opening | undefined;
    try {
      return await orAborted(
        () => {
          opening = createConnection(config);
          return opened(opening);
        },
        signal,
        () => undefined,
      );
    } catch (error) {
      if (opening !== undefined) drop(opening);
      throw signal?.aborted === true ? error : driverError(error, "connect to", subject);
    }
  };
  const adopt = (connection: Connection): TargetConnection =>
    new MysqlConnection(connection, work, { subject, ours, workTimeoutMs });
  return {
    url: subject,
    protocol: "COM_QUERY, by mysql2",
    connect: async (signal) => adopt(await connect(signal)),
    desk: async (signal) => new MysqlDesk(await connect(signal), ours, subject),
    native: { kind: "mysql2", config: config as import("mysql2").PoolOptions, adopt },
    async [Symbol.asyncDispose]() {},
  };
}

function opened(opening: Opening): Promise<Connection> {
  return new Promise((resolve, reject) => {
    opening.once("connect", () => resolve(opening.promise()));
    // Not only once: an error after the first would end the process.
    opening.on("error", reject);
  });
}

interface Context {
  readonly subject: string;
  readonly ours: Set<number>;
  readonly workTimeoutMs: number;
}

class MysqlConnection implements TargetConnection {
  readonly serverId: string;
  readonly gone: Promise<unknown>;
  readonly #connection: Connection;
  readonly #context: Context;
  readonly #transaction: boolean;
  readonly #next: () => string;
  /** Rejects the query that is under way. */
  #giveUp: ((error: unknown) => void) | undefined;
  #ended = false;

  constructor(connection: Connection, { queries, transaction }: Query, context: Context) {
    this.#connection = connection;
    this.#context = context;
    this.#transaction = transaction;
    this.#next = inTurn(queries);
    const id = connection.threadId;
    this.serverId = String(id);
    context.ours.add(id);
    this.gone = new Promise((resolve) => {
      const end = (cause?: unknown): void => {
        this.#ended = true;
        context.ours.delete(id);
        const error = goneError(context.subject, cause);
        this.#giveUp?.(error);
        resolve(error);
      };
      connection.on("error", end);
      connection.on("end", () => end());
      streamOf(connection)?.once("close", () => end());
    });
  }

  async work(signal?: AbortSignal) {
    const stream = streamOf(this.#connection);
    const before = stream?.bytesRead ?? 0;
    await this.#run(this.#transaction ? ["BEGIN", this.#next(), "COMMIT"] : [this.#next()], signal);
    return { bytesReceived: (stream?.bytesRead ?? before) - before };
  }

  async validate(signal?: AbortSignal): Promise<boolean> {
    if (this.#ended) return false;
    try {
      await orAborted(
        () => this.#connection.ping(),
        signal,
        () => drop(this.#connection),
      );
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#context.ours.delete(Number(this.serverId));
    if (this.#ended) return;
    this.#ended = true;
    await endedSoon(this.#connection.end(), () => drop(this.#connection));
  }

  async #run(queries: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const { subject } = this.#context;
    for (const sql of queries) {
      if (this.#ended) throw goneError(subject);
      try {
        await orAborted(
          () => this.#query(sql),
          signal,
          () => drop(this.#connection),
        );
      } catch (error) {
        throw signal?.aborted === true ? error : driverError(error, "query", subject);
      }
    }
  }

  /** The driver settles no query whose connection was destroyed, nor does it end its timer. */
  #query(sql: string): Promise<unknown> {
    const { subject, workTimeoutMs } = this.#context;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp?.(timeoutError(subject, workTimeoutMs));
        drop(this.#connection);
      }, workTimeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#giveUp = undefined;
      };
      this.#giveUp = (error) => {
        settle();
        reject(error);
      };
      this.#connection.query(sql).finally(settle).then(resolve, reject);
    });
  }
}

function streamOf(connection: Connection | Opening): Socket | undefined {
  const { connection: inner = connection } = connection as { readonly connection?: unknown };
  return (inner as { readonly stream?: Socket }).stream;
}

/** Its own `destroy` ends our side only, and waits for the server. */
function drop(connection: Connection | Opening): void {
  connection.destroy();
  streamOf(connection)?.destroy();
}

class MysqlDesk implements ServerDesk {
  readonly #connection: Connection;
  readonly #ours: ReadonlySet<number>;
  readonly #subject: string;

  constructor(connection: Connection, ours: ReadonlySet<number>, subject: string) {
    this.#connection = connection;
    this.#ours = ours;
    this.#subject = subject;
  }

  async view(): Promise<ServerView> {
    const rows = await this.#ask("SELECT ID AS id FROM information_schema.PROCESSLIST");
    const present = (rows as { id: number | string }[]).filter(({ id }) => this.#ours.has(Number(id)));
    const [facts] = (await this.#ask("SELECT @@max_connections AS most, @@version AS version")) as [
      { most: number | string; version: string },
    ];
    const maker = /mariadb/i.test(facts.version) ? "MariaDB" : "MySQL";
    return {
      source: "information_schema.PROCESSLIST",
      connections: present.length,
      scope: "ours",
      limit: Number(facts.most),
      version: `${maker} ${facts.version.split("-")[0]}`,
    };
  }

  async kill(count: number | undefined): Promise<number> {
    let ended = 0;
    for (const id of [...this.#ours].slice(0, count)) {
      try {
        await this.#ask(`KILL ${id}`);
        ended++;
      } catch (error) {
        // It had gone already.
        if (!(error instanceof NetkitError) || error.code !== "NK_SERVER_ER_NO_SUCH_THREAD") throw error;
      }
    }
    return ended;
  }

  async #ask(sql: string): Promise<readonly unknown[]> {
    try {
      const [rows] = await this.#connection.query(sql);
      return rows as unknown as readonly unknown[];
    } catch (error) {
      throw driverError(error, "ask", this.#subject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endedSoon(this.#connection.end(), () => drop(this.#connection));
  }
}
