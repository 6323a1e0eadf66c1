/**
 * What a flood found, and what stats reads: the `netkit.run/1` document, plain data. Times are microseconds unless the name says
 * otherwise. Percentiles are for reading; what merges is `histograms` (base64 HdrHistogram V2, compressed).
 */
import type { Judgement } from "./expectation.ts";
import type { LatencySummary } from "./metrics/latency-summary.ts";

export type { LatencySummary };

export interface Latencies {
  /**
   * End − intended: what a user of the target waits. Censored requests are inside at their age, which means "at
   * least this long"; their share is `totals.censored / totals.requests`. The same holds for `service`.
   */
  readonly response: LatencySummary;
  /** End − sent: what the target took. */
  readonly service: LatencySummary;
  /** Sent − intended. Closed loop: 0 by definition, count 0. */
  readonly lateness: LatencySummary;
  readonly dns: LatencySummary;
  readonly connect: LatencySummary;
  readonly tls: LatencySummary;
  /** First byte of the answer − sent. */
  readonly firstByte: LatencySummary;
  /** Response time of failed requests; never mixed with the others. */
  readonly failed: LatencySummary;
}

export interface Totals {
  /** Always succeeded + failed + censored. */
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Unanswered at their time-out or at the end of the run, counted at their age. */
  readonly censored: number;
  /** Part of `censored`: the time-out passed. */
  readonly timedOut: number;
  /** Part of `censored`: due by the plan, but no connection was free before the run ended. */
  readonly unsent: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly connectionsOpened: number;
  /** What rates refer to, warm-up excluded: the planned duration, or the time up to the last answer. */
  readonly seconds: number;
}

export interface ErrorCount {
  /** Stable: `status-500`, `connect-refused`, `reset`, `closed`, `timeout`, `protocol`, `tls` … */
  readonly kind: string;
  readonly count: number;
  readonly example: string;
}

export interface EndpointResult {
  readonly name: string;
  readonly url: string;
  readonly totals: Pick<Totals, "requests" | "succeeded" | "failed" | "censored">;
  readonly latency: Pick<Latencies, "response" | "service" | "failed">;
  readonly statuses: Readonly<Record<string, number>>;
}

/** One second of the run, by completion time. Starts at 0 = end of the warm-up. */
export interface Interval {
  readonly start: number;
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly bytes: number;
  /** At the end of the interval. */
  readonly inFlight: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** Response time, base64 HdrHistogram V2 compressed. */
  readonly histogram: string;
}

export type Verdict = "valid" | "suspect" | "invalid";

export interface Quality {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** Shares of one core's time, the busiest generator thread. */
  readonly cpu: {
    /** Event loop not idle. */
    readonly busy: number;
    /** Runnable, but the operating system ran somebody else; null where it cannot be read. */
    readonly waiting: number | null;
    /** CPU time of the whole process per request; null without requests. */
    readonly usPerRequest: number | null;
  };
  /** How late a 20 ms timer fired in the generator threads. */
  readonly loopLag: LatencySummary;
  /** Sent − intended of requests for which a connection was free: the generator's own lateness. */
  readonly lateness: LatencySummary;
  readonly gc: { readonly pauses: number; readonly totalMs: number; readonly maxMs: number };
  /** Open descriptors at the end, and the process limit where known. */
  readonly descriptors: { readonly used: number | null; readonly limit: number | null };
  /** Local ports the run used up, and the size of the ephemeral range where known. */
  readonly ports: { readonly used: number; readonly available: number | null };
}

export interface RunEnvironment {
  readonly netkit: string;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly hostname: string;
}

/** The plan as written to the file: readable values, no key material, no body bytes. */
export interface PlanRecord {
  readonly urls: readonly string[];
  /** In words: `HTTP/1.1`, `frames, length of 4 bytes, echo` … */
  readonly protocol: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyBytes: number;
  /** Of `--data`: messages that took turns; `bodyBytes` is the first one's. */
  readonly rows?: number | undefined;
  readonly load: "closed" | "open" | "hold" | "stream";
  readonly rate: number | null;
  readonly arrival: string | null;
  readonly durationSeconds: number | null;
  readonly requests: number | null;
  readonly connections: number;
  readonly depth: number;
  readonly threads: number;
  readonly warmupSeconds: number;
  readonly timeoutMs: number;
  /** Where connections went and by which TLS, in words, when flags said so. */
  readonly way?: string | undefined;
  readonly newConnection: boolean;
  /** Of one connection, before the next one takes its place. */
  readonly requestsPerConnection?: number | undefined;
  /** Connections begun per second. */
  readonly connectRate?: number | undefined;
  readonly insecure: boolean;
}

/** Connections that were opened and kept without being asked anything. */
export interface HeldResult {
  readonly asked: number;
  readonly opened: number;
  /** Attempts that came to nothing. */
  readonly failed: number;
  /** Opened, and gone before the end. */
  readonly lost: number;
  /** At the end. */
  readonly live: number;
  /** From the first dial to the last connection. */
  readonly openingSeconds: number;
  /** By how much netkit's resident memory grew while they were opened, for each; null where it did not. */
  readonly residentBytesEach: number | null;
  /** Live at the end of each second. */
  readonly seconds: readonly number[];
}

/** Bytes of a run without requests. */
export interface ThroughputResult {
  /** Bytes a second over the measured time; what was sent is what the system has taken. */
  readonly sentPerSecond: number;
  readonly receivedPerSecond: number;
  /** Connections that ended before the end. */
  readonly lost: number;
  /** Bytes of each second. */
  readonly seconds: readonly { readonly sent: number; readonly received: number }[];
}

/** TLS handshakes of a run that asked for sessions to be resumed. */
export interface HandshakeResult {
  readonly full: number;
  readonly resumed: number;
}

/** What became of datagrams beside their requests. Shares are of what was sent or arrived; jitter is RFC 3550's. */
export interface DatagramResult {
  readonly sent: number;
  /** First answers, late ones too. */
  readonly arrived: number;
  /** Sent and never answered, as far as they were waited for. */
  readonly lost: number;
  /** Of `arrived`: after the time-out, and behind a later one (RFC 4737). */
  readonly late: number;
  readonly reordered: number;
  /** Second and further answers; not in `arrived`. */
  readonly duplicates: number;
  /** Datagrams that answer nothing that was sent. */
  readonly stray: number;
  /** Mean of the interarrival jitter over all answers, there and back; null without answers. */
  readonly jitterUs: number | null;
  readonly sentPerSecond: number;
  readonly arrivedPerSecond: number;
}

/** What became of messages that one connection sent and the others were to receive. */
export interface FanOutResult {
  /** Connections beside the sender's, as asked for. */
  readonly listeners: number;
  /** Sent. */
  readonly messages: number;
  /** Receipts: one for each listener that was there when a message was sent. */
  readonly expected: number;
  /** First receipts, late ones too. */
  readonly delivered: number;
  readonly lost: number;
  /** Of `delivered`: after the time-out, and behind a later one. */
  readonly late: number;
  readonly reordered: number;
  /** Second and further receipts; not in `delivered`. */
  readonly duplicates: number;
  /** Messages of somebody else. */
  readonly stray: number;
  /** Connections that ended before the end. */
  readonly connectionsLost: number;
  /** Receipts. */
  readonly perSecond: number;
  /** From sending to each receipt. */
  readonly latency: LatencySummary;
}

export interface RunResult {
  readonly schema: "netkit.run/1";
  readonly command: "flood";
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly plan: PlanRecord;
  readonly environment: RunEnvironment;
  readonly totals: Totals;
  readonly rate: {
    /** Per second; null in closed loop. */
    readonly offered: number | null;
    /** Open loop: requests sent per second of the schedule. Closed loop: requests completed per second. */
    readonly achieved: number;
  };
  readonly latency: Latencies;
  /** With `--hold` only. */
  readonly held?: HeldResult | undefined;
  /** With `--sink` or `--source` only. */
  readonly throughput?: ThroughputResult | undefined;
  /** With `--tls-resume` only. */
  readonly handshakes?: HandshakeResult | undefined;
  /** Of `udp:` only. */
  readonly datagrams?: DatagramResult | undefined;
  /** With `--fan-out` only. */
  readonly fanOut?: FanOutResult | undefined;
  /** By status code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: readonly ErrorCount[];
  readonly endpoints: readonly EndpointResult[];
  readonly intervals: readonly Interval[];
  /** Base64 HdrHistogram V2 compressed; an empty distribution is left out. */
  readonly histograms: Readonly<Record<string, string>>;
  readonly expectations: readonly Judgement[];
  readonly quality: Quality;
  readonly interrupted: boolean;
}
