/**
 * What a pool test is to do, as plain data: on what, through which pool, the work of one checkout, the load, the
 * sizes to try, and what is to go wrong on the way.
 */
import type { Endpoint, SchemeFor } from "../../core/endpoint.ts";
import type { DialTls } from "../../core/lifecycle/dial-types.ts";
import type { PoolName, PoolSettings } from "./pools/pool.ts";

export type PoolTestEndpoint = Endpoint<SchemeFor<"pool-test">>;

/** The work of one checkout. A connection's turns go through a list in order, from the start again. */
export type WorkPlan =
  /** The cheapest that the protocol has: `SELECT 1`, `PING`, a GET of the URL's path, one small echo. */
  | { readonly kind: "default" }
  | { readonly kind: "query"; readonly queries: readonly string[]; readonly transaction: boolean }
  /** Redis commands, each split into words. */
  | {
      readonly kind: "command";
      readonly commands: readonly (readonly string[])[];
      readonly transaction: boolean;
    }
  | {
      readonly kind: "request";
      readonly method: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array | undefined;
    }
  /** Sent and awaited back, byte for byte: tcp, tls, framed, ws. */
  | { readonly kind: "echo"; readonly payload: Uint8Array };

/** What a target needs to be opened. */
export interface TargetPlan {
  readonly endpoint: PoolTestEndpoint;
  readonly work: WorkPlan;
  readonly tls: DialTls;
  /** Forces a version; undefined: by ALPN, HTTP/1.1 without TLS. */
  readonly http: "1.1" | "2" | undefined;
  /** The socket's file, also where drivers want its folder. */
  readonly unixSocket: string | undefined;
  /** Whether the driver does the work too, or only opens connections; where there is a choice. */
  readonly throughDriver: boolean;
  /** The admin listener of the `netkit serve` that is the target, to be asked for its view; undefined: not asked. */
  readonly admin: Endpoint | undefined;
  /** Milliseconds for a connection to be ready, and for the work of one checkout. */
  readonly connectTimeoutMs: number;
  readonly workTimeoutMs: number;
}

export type LoadPlan =
  /** Each client takes a lease, works, holds, gives it back, thinks, and comes again. */
  | { readonly kind: "closed"; readonly clients: number; readonly thinkMs: number }
  /** Arrivals at planned instants, whatever happened before. */
  | {
      readonly kind: "open";
      readonly ratePerSecond: number;
      readonly arrival: "constant" | "poisson";
      /** Callers under way at most; arrivals above it are counted as overflow, at once and by name. */
      readonly maxOutstanding: number;
    };

export interface ChaosPlan {
  /**
   * `kill`: the server's side ends connections; `restart`: nothing answers for a while; `slow`: answers come
   * late for a while; `refuse`: new connections are refused for a while.
   */
  readonly kind: "kill" | "restart" | "slow" | "refuse";
  /** Seconds after the warm-up. */
  readonly atSeconds: number;
  /** How long the fault lasts; not for `kill`. */
  readonly forSeconds: number;
  /** `kill`: connections to end; undefined: all. */
  readonly count: number | undefined;
  /** `slow`: added to each answer, in milliseconds. */
  readonly delayMs: number;
}

/** Questions that are asked of the pool on its own, apart from the load. Undefined: not asked. */
export interface ProbePlan {
  readonly leak: { readonly planted: number } | undefined;
  /** Each caller takes `depth` leases one inside the other (`Cm`); `callers` at once (`Tn`). */
  readonly nested: { readonly callers: number; readonly depth: number } | undefined;
  readonly exhaustion: boolean;
  readonly idle: boolean;
}

export interface PoolTestPlan {
  readonly target: TargetPlan;
  readonly pool: PoolName;
  /** All but the size, which `sizes` gives. */
  readonly settings: Omit<PoolSettings, "size">;
  /** Milliseconds a lease is kept after its work. */
  readonly holdMs: number;
  readonly load: LoadPlan;
  /** Measured, each run of each size. */
  readonly durationSeconds: number;
  /** Before it, excluded from all figures. */
  readonly warmupSeconds: number;
  /** After it, for callers under way; then they are counted as censored. */
  readonly drainSeconds: number;
  /** At least one; several make a sweep. */
  readonly sizes: readonly number[];
  /** Runs of each size. */
  readonly repeat: number;
  /** Of the order of sizes and of Poisson arrivals. */
  readonly seed: number;
  readonly chaos: ChaosPlan | undefined;
  readonly probes: ProbePlan;
}
