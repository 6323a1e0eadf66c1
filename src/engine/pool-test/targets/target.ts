/**
 * What a connection pool is tested on: an endpoint that connections are opened to, the work one checkout does on
 * such a connection, the server's own view of them, and the means to make the server's side fail.
 * A target is a plain object; `catalog.ts` lists them by scheme.
 */

/** One connection of the pool under test. */
export interface TargetConnection {
  /** As the server's own view names it (back-end pid, client id, local port). */
  readonly serverId: string | undefined;
  /** Resolves once the connection is known to be gone, with the cause; never rejects. */
  readonly gone: Promise<unknown>;
  /** The work of one checkout. Rejects with a NetkitError; the connection is then to be destroyed. */
  work(signal?: AbortSignal): Promise<WorkDone>;
  /** A cheap round trip: true when the connection answers. */
  validate(signal?: AbortSignal): Promise<boolean>;
  /** Says good-bye in the protocol where it has one; resolves when the socket is closed. Never rejects. */
  close(): Promise<void>;
}

export interface WorkDone {
  readonly bytesReceived: number;
  /** The server ends the connection after this: it is not for the next caller. */
  readonly isLast?: boolean;
}

/** What the server says of this test's connections. */
export interface ServerView {
  /** Where it was read: `pg_stat_activity`, `SHOW STATUS LIKE 'Threads_connected'`, `CLIENT LIST`, `/stats`. */
  readonly source: string;
  /** Connections of this test (by application name, client name or port) where the server can tell, else of all. */
  readonly connections: number;
  readonly scope: "ours" | "all";
  /** The server's own limit (`max_connections`, `maxclients`), when it says. */
  readonly limit: number | undefined;
  readonly version: string | undefined;
}

/** A second way to the server, beside the pool, for looking and for killing. */
export interface ServerDesk extends AsyncDisposable {
  view(signal?: AbortSignal): Promise<ServerView>;
  /**
   * Ends up to `count` of this test's connections at the server's side (all when undefined); how many it ended.
   * Undefined where the server can only tell.
   */
  kill?(count: number | undefined, signal?: AbortSignal): Promise<number>;
}

export interface OpenTarget extends AsyncDisposable {
  /** Without the password, for people. */
  readonly url: string;
  /** What the work is asked in, and by whose code: `simple query, by netkit`. For the record. */
  readonly protocol: string;
  connect(signal?: AbortSignal): Promise<TargetConnection>;
  /** Undefined when the protocol has no such thing. */
  readonly desk: ((signal?: AbortSignal) => Promise<ServerDesk>) | undefined;
  /** Of a driver whose library has a pool of its own; that pool makes the connections, and the target adopts them. */
  readonly native?: NativeDriver | undefined;
}

/** What a library's own pool needs; one kind a driver. */
export type NativeDriver =
  | {
      readonly kind: "pg";
      readonly config: import("pg").PoolConfig;
      readonly adopt: (client: import("pg").Client) => TargetConnection;
    }
  | {
      readonly kind: "mysql2";
      readonly config: import("mysql2").PoolOptions;
      readonly adopt: (connection: import("mysql2/promise").Connection) => TargetConnection;
    }
  | { readonly kind: "undici"; readonly request: HttpRequest };

/** One HTTP request, for a pool that speaks HTTP itself. */
export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
  readonly connect: import("undici").buildConnector.BuildOptions;
  readonly timeoutMs: number;
}
