/**
 * PostgreSQL by node-postgres, a client a connection; the server's view is `pg_stat_activity`, by application name.
 * The driver opens and ends connections, so that all of its ways to log in and its TLS are what is tested; queries go over
 * its socket by `postgres-wire.ts`, or with `--through-driver` by the driver too. Both speak the simple query protocol.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import type { Client, ClientConfig } from "pg";
import type { TargetPlan, WorkPlan } from "../plan.ts";
import { driverError, endedSoon, goneError, orAborted } from "./failures.ts";
import { PostgresWire, queryMessage } from "./postgres-wire.ts";
import { quickSockets } from "./quick-socket.ts";
import type { OpenTarget, ServerDesk, ServerView, TargetConnection, WorkDone } from "./target.ts";
import { databaseOf, driverTls, inTurn } from "./url-options.ts";

type Query = Extract<WorkPlan, { kind: "query" }>;

const DEFAULT_WORK: Query = { kind: "query", queries: ["SELECT 1"], transaction: false };

export async function openPostgres(plan: TargetPlan): Promise<OpenTarget> {
  const { default: pg } = await import("pg");
  const { endpoint } = plan;
  const name = `netkit pool-test ${randomBytes(4).toString("hex")}`;
  const work = plan.work.kind === "query" ? plan.work : DEFAULT_WORK;
  const tls = driverTls(plan);
  const config: ClientConfig = {
    ...(plan.unixSocket === undefined
      ? { host: endpoint.host, port: endpoint.port }
      : folderAndPort(plan.unixSocket)),
    user: endpoint.username ?? "postgres",
    ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
    database: databaseOf(endpoint) ?? endpoint.username ?? "postgres",
    application_name: name,
    connectionTimeoutMillis: plan.connectTimeoutMs,
    query_timeout: plan.workTimeoutMs,
    ssl: tls ?? false,
    // TLS reads by itself, and the driver's own reading is part of what is measured through it.
    ...(tls === undefined && !plan.throughDriver ? { stream: quickSockets() } : {}),
  };
  const subject = endpoint.display;
  const connect = async (signal?: AbortSignal, application_name = name): Promise<Client> => {
    const client = new pg.Client({ ...config, application_name });
    // Without a listener an error between two queries would end the process.
    client.on("error", () => undefined);
    try {
      await orAborted(
        () => client.connect(),
        signal,
        () => destroy(client),
      );
      return client;
    } catch (error) {
      destroy(client);
      throw signal?.aborted === true ? error : driverError(error, "connect to", subject);
    }
  };
  const adopt = (client: Client): TargetConnection => {
    const asking = plan.throughDriver
      ? byDriver(client, subject)
      : byWire(client, subject, plan.workTimeoutMs);
    return new PostgresConnection(client, asking, work, subject);
  };
  return {
    url: subject,
    protocol: `simple query, by ${plan.throughDriver ? "pg" : "netkit on pg's connections"}`,
    connect: async (signal) => adopt(await connect(signal)),
    // Under another name, so that it neither counts nor ends a desk.
    desk: async (signal) => new PostgresDesk(await connect(signal, `${name} desk`), name, subject),
    native: { kind: "pg", config, adopt },
    async [Symbol.asyncDispose]() {},
  };
}

/** `/run/postgresql/.s.PGSQL.5432`, of which the driver makes the name by itself. */
function folderAndPort(file: string): { readonly host: string; readonly port: number } {
  return { host: dirname(file), port: Number(/[0-9]+$/.exec(file)![0]) };
}

interface Internals {
  readonly connection: { readonly stream: Socket };
  readonly processID: number | null;
}

function internals(client: Client): Internals {
  return client as unknown as Internals;
}

function destroy(client: Client): void {
  internals(client).connection.stream.destroy();
}

/** How one query is asked on a connection that the driver has made. */
interface Asking {
  /** Rejects with a NetkitError. */
  ask(text: string): Promise<WorkDone>;
  /** Why the connection ended, when that was said on it. */
  readonly cause: unknown;
}

function byDriver(client: Client, subject: string): Asking {
  const { stream } = internals(client).connection;
  return {
    async ask(text) {
      const before = stream.bytesRead;
      try {
        await client.query(text);
      } catch (error) {
        throw driverError(error, "query", subject);
      }
      return { bytesReceived: stream.bytesRead - before };
    },
    cause: undefined,
  };
}

/** The texts are a handful, and are asked again and again. */
function byWire(client: Client, subject: string, timeoutMs: number): Asking {
  const wire = new PostgresWire(internals(client).connection.stream, subject, timeoutMs);
  const messages = new Map<string, Buffer>();
  return {
    ask(text) {
      const known = messages.get(text);
      const message = known ?? queryMessage(text);
      if (known === undefined) messages.set(text, message);
      return wire.ask(message);
    },
    get cause() {
      return wire.cause;
    },
  };
}

class PostgresConnection implements TargetConnection {
  readonly serverId: string | undefined;
  readonly gone: Promise<unknown>;
  readonly #client: Client;
  readonly #asking: Asking;
  readonly #subject: string;
  readonly #transaction: boolean;
  readonly #next: () => string;
  #ended = false;

  constructor(client: Client, asking: Asking, { queries, transaction }: Query, subject: string) {
    this.#client = client;
    this.#asking = asking;
    this.#subject = subject;
    this.#transaction = transaction;
    this.#next = inTurn(queries);
    this.serverId = internals(client).processID?.toString();
    this.gone = new Promise((resolve) => {
      const end = (cause?: unknown): void => {
        this.#ended = true;
        resolve(asking.cause ?? goneError(subject, cause));
      };
      client.once("error", end);
      client.once("end", () => end());
    });
  }

  work(signal?: AbortSignal): Promise<WorkDone> {
    return this.#transaction ? this.#inTransaction(signal) : this.#ask(this.#next(), signal);
  }

  async validate(signal?: AbortSignal): Promise<boolean> {
    if (this.#ended) return false;
    try {
      await this.#ask("SELECT 1", signal);
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const end = Promise.race([this.#client.end(), this.gone]);
    await endedSoon(end, () => destroy(this.#client));
    await this.gone;
  }

  async #inTransaction(signal: AbortSignal | undefined): Promise<WorkDone> {
    let bytesReceived = 0;
    for (const text of ["BEGIN", this.#next(), "COMMIT"]) {
      bytesReceived += (await this.#ask(text, signal)).bytesReceived;
    }
    return { bytesReceived };
  }

  #ask(text: string, signal: AbortSignal | undefined): Promise<WorkDone> {
    if (this.#ended) return Promise.reject(this.#asking.cause ?? goneError(this.#subject));
    // One promise less, on the way of every checkout.
    if (signal === undefined) return this.#asking.ask(text);
    return orAborted(
      () => this.#asking.ask(text),
      signal,
      () => destroy(this.#client),
    );
  }
}

class PostgresDesk implements ServerDesk {
  readonly #client: Client;
  readonly #name: string;
  readonly #subject: string;

  constructor(client: Client, name: string, subject: string) {
    this.#client = client;
    this.#name = name;
    this.#subject = subject;
  }

  async view(): Promise<ServerView> {
    const rows = await this.#ask(
      "SELECT count(*)::int AS connections, current_setting('max_connections')::int AS most, current_setting('server_version') AS version FROM pg_stat_activity WHERE application_name = $1",
      [this.#name],
    );
    const [{ connections, most, version }] = rows as [{ connections: number; most: number; version: string }];
    return {
      source: "pg_stat_activity",
      connections,
      scope: "ours",
      limit: most,
      version: `PostgreSQL ${version.split(" ")[0]}`,
    };
  }

  async kill(count: number | undefined): Promise<number> {
    const rows = await this.#ask(
      "SELECT pg_terminate_backend(pid) AS ended FROM (SELECT pid FROM pg_stat_activity WHERE application_name = $1 LIMIT $2) AS ours",
      [this.#name, count ?? null],
    );
    return (rows as { ended: boolean }[]).filter(({ ended }) => ended).length;
  }

  async #ask(text: string, values: readonly unknown[]): Promise<readonly unknown[]> {
    try {
      return (await this.#client.query(text, [...values])).rows;
    } catch (error) {
      throw driverError(error, "ask", this.#subject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endedSoon(this.#client.end(), () => destroy(this.#client));
  }
}
