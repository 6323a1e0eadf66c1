/**
 * What a pool test found: the `netkit.pool-test/1` document, plain data. Times are microseconds unless the name
 * says otherwise; null is "not known" or "nothing measured", never zero.
 */
import type { Judgement } from "../../core/expectation.ts";
import type { LatencySummary } from "../../core/metrics/latency-summary.ts";
import type { PoolName } from "./pools/pool.ts";

export type { Judgement, LatencySummary };

/**
 * Failures have `failed` for themselves. Callers censored (acquire time-out, or still under way when the drain
 * ended) are inside of `wait`, `hold` and `total`, as far as they came, at their age: "at least this long".
 */
export interface CheckoutLatencies {
  /** From the intended instant to the lease (closed loop: from the call). */
  readonly wait: LatencySummary;
  /** From the lease to its return. */
  readonly hold: LatencySummary;
  /** The work alone, inside of hold. */
  readonly query: LatencySummary;
  /** From the intended instant to the return. */
  readonly total: LatencySummary;
  /** Open load: from the intended instant to the call. Closed: count 0. */
  readonly lateness: LatencySummary;
  /** From the intended instant to the failure. */
  readonly failed: LatencySummary;
  /** How long connections took to be made. */
  readonly creation: LatencySummary;
}

export interface CheckoutCounts {
  /** Callers of the measured period: always succeeded + failed + censored + overflowed. */
  readonly callers: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Not known to the end: the acquire time-out passed, or still under way when the drain ended. */
  readonly censored: number;
  /** Parts of `censored`. */
  readonly timedOut: number;
  readonly censoredWaiting: number;
  /** Open load: arrived while as many callers as allowed were under way; not sent. */
  readonly overflowed: number;
  /** Part of `failed`: the queue was full. */
  readonly refused: number;
  readonly bytesReceived: number;
}

/** What became of connections, from the pool's start to its end, warm-up included. */
export interface ConnectionCounts {
  readonly created: number;
  readonly createFailed: number;
  /** Leases of a connection that had been leased before; null when the pool does not say. */
  readonly reused: number | null;
  readonly validated: number;
  readonly validationFailed: number;
  /** By the pool's own word for why, up to the end of the load. */
  readonly destroyed: Readonly<Record<string, number>>;
  /** Leases that the pool reported as leaked. */
  readonly leaksReported: number;
  /** Connections open at most at one time, as the pool opened them. */
  readonly maxOpen: number;
  /** Not closed a moment after the pool was. */
  readonly leftOpen: number;
}

export interface CountedCode {
  /** Stable: `NK_POOL_ACQUIRE_TIMEOUT`. */
  readonly code: string;
  readonly count: number;
  readonly example: string;
}

/** Time-weighted means of the measured period, as the pool says. */
export interface MeanGauges {
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  /** Null when the pool does not say. */
  readonly creating: number | null;
}

/** The state at one instant. */
export interface GaugeSample {
  /** Seconds since the end of the warm-up. */
  readonly at: number;
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  readonly creating: number | null;
  /** Served since the sample before. */
  readonly served: number;
  readonly failed: number;
}

/** N = X·R, with N measured apart from X and R. */
export interface LittlesLaw {
  /** N: time-weighted mean of the callers under way. */
  readonly concurrency: number;
  /** X: finished callers per second. */
  readonly throughput: number;
  /** R: mean time a caller was under way, in seconds. */
  readonly residenceSeconds: number;
  /** |N − X·R| / N. */
  readonly deviation: number;
  readonly holds: boolean;
}

/** The server's own view, sampled during the run. */
export interface ServerSide {
  readonly source: string;
  readonly scope: "ours" | "all";
  /** Seen at most, and where the pool was then. */
  readonly maxConnections: number;
  readonly samples: number;
  /** The server's limit, when it says. */
  readonly limit: number | null;
  readonly version: string | null;
  /** Null when the scope is all connections of the server: then it cannot be compared. */
  readonly agrees: boolean | null;
}

/** One run of one size. */
export interface SizeRun {
  readonly size: number;
  /** 1 … repeat. */
  readonly round: number;
  /** Position in the order carried out, from 1. */
  readonly order: number;
  readonly startedAt: string;
  /** Measured time: the planned duration, or what there was of it. */
  readonly seconds: number;
  /** Served per second. */
  readonly throughput: number;
  /** Arrivals per second by plan; null in closed loop. */
  readonly offered: number | null;
  readonly counts: CheckoutCounts;
  readonly latency: CheckoutLatencies;
  /** Base64 HdrHistogram V2 compressed, by name as in `latency`; an empty one is left out. */
  readonly histograms: Readonly<Record<string, string>>;
  readonly errors: readonly CountedCode[];
  readonly connections: ConnectionCounts;
  readonly gauges: MeanGauges;
  readonly timeline: readonly GaugeSample[];
  /** Longest wait ÷ median wait; null where the median is 0 or nobody was served. */
  readonly fairness: number | null;
  /** Closed loop: most served ÷ fewest served of the clients; null in open loop, or when one was never served. */
  readonly clientSpread: number | null;
  /** Null when nothing was served. */
  readonly littlesLaw: LittlesLaw | null;
  readonly server: ServerSide | null;
  /** Share of the time in which this process's event loop was not idle; null where it is not known. */
  readonly loopBusy: number | null;
  readonly suspect: boolean;
  /** Why it is suspect, in words. */
  readonly reasons: readonly string[];
  /** It ended early; its figures are of the time it had. */
  readonly interrupted: boolean;
}

/** A mean over runs and its 95 % confidence interval (Student's t); null bounds with fewer than two runs. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** All runs of one size together. */
export interface SizeRow {
  readonly size: number;
  readonly runs: number;
  /** Served per second. */
  readonly throughput: Estimate;
  /** Microseconds; null when nothing was served. */
  readonly waitMean: Estimate | null;
  readonly waitP99: Estimate | null;
  /** Over all runs, merged exactly. */
  readonly latency: CheckoutLatencies;
  readonly histograms: Readonly<Record<string, string>>;
  readonly counts: CheckoutCounts;
  readonly fairness: number | null;
  /** All expectations hold at this size. */
  readonly expectations: readonly Judgement[];
  /** A run of it is. */
  readonly suspect: boolean;
}

/** X(N) = lambda·N / (1 + sigma·(N − 1) + kappa·N·(N − 1)). */
export interface UslFitResult {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
  /** Size of the most throughput, √((1 − sigma)/kappa); null when there is none. */
  readonly knee: number | null;
  readonly peakThroughput: number | null;
  readonly r2: number;
  /** Of the fitted curve at each size, 95 %. */
  readonly band: readonly {
    readonly size: number;
    readonly fitted: number;
    readonly low: number;
    readonly high: number;
  }[];
}

export interface ConfigLine {
  /** `pg`, `HikariCP`, `database/sql`, `mysql2`, `SQLAlchemy`. */
  readonly library: string;
  readonly line: string;
}

export interface RecommendationResult {
  readonly size: number;
  /** One sentence. */
  readonly reason: string;
  /** All expectations hold at that size, and at no smaller one tried; null without expectations. */
  readonly meetsExpectations: boolean | null;
  readonly config: readonly ConfigLine[];
}

export interface SweepResult {
  /** In the order carried out. */
  readonly order: readonly number[];
  /** Null with fewer than three sizes, or when nothing fits. */
  readonly usl: UslFitResult | null;
  /** More makes it worse from this size on; null when it does not, as far as tried. */
  readonly worseFrom: number | null;
  readonly recommendation: RecommendationResult | null;
}

export interface Finding {
  readonly severity: "info" | "warning" | "error";
  /** Stable: `server-disagrees`, `littles-law`, `more-is-worse`, `deadlock`, `leak`, `overflow` … */
  readonly code: string;
  /** One sentence, with units. */
  readonly text: string;
  /** The next thing to try; null where there is nothing to do. */
  readonly next: string | null;
  /** Undefined in meaning for findings of the whole test: null. */
  readonly size: number | null;
}

export interface ChaosResult {
  readonly kind: "kill" | "restart" | "slow" | "refuse";
  /** How it was done: `pg_terminate_backend`, `KILL`, `CLIENT KILL`, `relay`. */
  readonly means: string;
  readonly atSeconds: number;
  readonly forSeconds: number;
  /** Connections ended at the server's side. */
  readonly killed: number;
  /** From the end of the fault until checkouts go as before it, at most; null when they never did, or none went before. */
  readonly recoveryMs: number | null;
  /** Failures that callers saw from the fault on. */
  readonly failures: readonly CountedCode[];
  readonly throughputBefore: number;
  readonly throughputAfter: number | null;
  readonly waitP99BeforeUs: number | null;
  readonly waitP99DuringUs: number | null;
  readonly waitP99AfterUs: number | null;
  /** Connections still open when pool and load had ended. */
  readonly leaked: number;
  readonly reconnects: {
    readonly count: number;
    readonly failed: number;
    /** Most attempts, failed ones too, that ended within any 100 ms: the herd. */
    readonly peakPer100Ms: number;
    /** The same within any millisecond. */
    readonly atOnce: number;
  };
  readonly timeline: readonly GaugeSample[];
}

export interface LeakResult {
  readonly planted: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly thresholdMs: number;
  /** Slow, but not leaked, leases that were held meanwhile. */
  readonly slowLeases: number;
  /** From the threshold to the report, the slowest. */
  readonly slowestReportMs: number | null;
  /** The pool has no leak detection. */
  readonly supported: boolean;
  readonly stacks: readonly string[];
}

export interface NestedResult {
  readonly callers: number;
  readonly depth: number;
  /** Tn·(Cm − 1) + 1: the smallest size that cannot deadlock. */
  readonly predictedSize: number;
  readonly rows: readonly {
    readonly size: number;
    readonly outcome: "finished" | "deadlock";
    /** Until all had finished, or were told to give up. */
    readonly tookMs: number;
  }[];
  /** The smallest size seen to finish; null when none did. */
  readonly smallestSafe: number | null;
  readonly agrees: boolean;
}

/** One question about how the pool behaves, with its answer. */
export interface ProbeCheck {
  /** `queue-limit`, `acquire-timeout`, `cancellation`, `idle-timeout`, `max-lifetime`, `keep-alive` … */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not-supported";
  /** One sentence, with what was seen. */
  readonly detail: string;
}

export interface ProbesResult {
  readonly leak: LeakResult | null;
  readonly nested: NestedResult | null;
  readonly exhaustion: readonly ProbeCheck[] | null;
  readonly idle: readonly ProbeCheck[] | null;
}

/** The plan as written to the file: readable values, no passwords, no bodies. */
export interface PoolTestPlanRecord {
  readonly url: string;
  readonly pool: PoolName;
  /** Settings the pool has no counterpart for. */
  readonly ignoredSettings: readonly string[];
  readonly acquireTimeoutMs: number | null;
  readonly maxWaiting: number | null;
  readonly idleTimeoutMs: number | null;
  readonly maxLifetimeMs: number | null;
  readonly validateAfterIdleMs: number | null;
  readonly leakAfterMs: number | null;
  /** `default`, or what is done, shortened. */
  readonly work: string;
  /** What it is asked in, and by whose code: `simple query, by pg`. */
  readonly protocol: string;
  readonly holdMs: number;
  readonly load: "closed" | "open";
  readonly clients: number | null;
  readonly rate: number | null;
  readonly arrival: "constant" | "poisson" | null;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
  readonly sizes: readonly number[];
  readonly repeat: number;
  readonly seed: number;
}

export interface PoolTestEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: number;
}

export interface PoolTestResult {
  readonly schema: "netkit.pool-test/1";
  readonly command: "pool-test";
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly plan: PoolTestPlanRecord;
  readonly environment: PoolTestEnvironment;
  /** As the server says; null when it does not. */
  readonly serverVersion: string | null;
  /** In the order carried out. */
  readonly runs: readonly SizeRun[];
  /** By size, ascending. */
  readonly rows: readonly SizeRow[];
  /** Null with one size. */
  readonly sweep: SweepResult | null;
  readonly chaos: ChaosResult | null;
  readonly probes: ProbesResult;
  readonly findings: readonly Finding[];
  /** Of the recommended size of a sweep, else of the only one. */
  readonly expectations: readonly Judgement[];
  readonly interrupted: boolean;
}

/** Told a few times a second while a size is measured. */
export interface PoolTestProgress {
  readonly phase: "warm-up" | "measuring" | "draining";
  readonly size: number;
  readonly run: number;
  readonly runs: number;
  readonly elapsedSeconds: number;
  readonly totalSeconds: number;
  readonly served: number;
  readonly failed: number;
  readonly waiting: number;
}
