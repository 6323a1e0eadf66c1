/**
 * A run of another tool as a `netkit.run/1`: what the other file says, and nothing that it does not. What the schema has
 * no null for and the file does not hold is 0, "unknown" or empty, and `quality.reasons` names it.
 */
import { encodeHistogram } from "../../../core/metrics/hdr-codec.ts";
import type { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { type LatencySummary, summarize } from "../../../core/metrics/latency-summary.ts";
import type { ErrorCount, Interval, RunResult } from "../../../core/run-document.ts";

export interface ImportedRun {
  /** `wrk2`, `vegeta`, … */
  readonly source: string;
  /** Of netkit. */
  readonly version: string;
  /** Undefined where neither the file nor the user says. */
  readonly startedAt: Date | undefined;
  readonly urls: readonly string[];
  readonly load: "closed" | "open";
  readonly seconds: number;
  /** As planned, where the file says. */
  readonly plannedSeconds?: number | undefined;
  readonly connections?: number | undefined;
  readonly depth?: number | undefined;
  readonly threads?: number | undefined;
  readonly succeeded: number;
  readonly failed: number;
  /** Unanswered at their time-out. */
  readonly timedOut?: number | undefined;
  readonly bytesSent?: number | undefined;
  readonly bytesReceived?: number | undefined;
  /** Requests per second as the tool itself reckoned it. */
  readonly achieved?: number | undefined;
  readonly response: LatencyHistogram;
  /** Figures of the response time where the histogram does not hold them as the tool wrote them. */
  readonly responseSummary?: LatencySummary | undefined;
  readonly service?: LatencyHistogram | undefined;
  readonly connect?: LatencyHistogram | undefined;
  readonly tls?: LatencyHistogram | undefined;
  readonly failedResponse?: LatencyHistogram | undefined;
  readonly statuses?: Readonly<Record<string, number>> | undefined;
  readonly errors?: readonly ErrorCount[] | undefined;
  readonly intervals?: readonly Interval[] | undefined;
  /** What a reader should know of these figures, besides where they come from. */
  readonly remarks: readonly string[];
}

const EMPTY: LatencySummary = summarize();

/** Of a run that nobody knows the time of. */
const NO_TIME = new Date(0);

/** Empty for an instant beyond the calendar. */
function instantText(instant: Date): string {
  return Number.isNaN(instant.getTime()) ? "" : instant.toISOString();
}

export function composeImported(run: ImportedRun): RunResult {
  const { connections, depth, threads, bytesSent, bytesReceived, timedOut = 0 } = run;
  const distributions = {
    response: run.response,
    service: run.service,
    connect: run.connect,
    tls: run.tls,
    failed: run.failedResponse,
  };
  const histograms: Record<string, string> = {};
  for (const [name, histogram] of Object.entries(distributions)) {
    if (histogram !== undefined && !histogram.isEmpty) histograms[name] = encodeHistogram(histogram);
  }
  const requests = run.succeeded + run.failed + timedOut;
  const reckoned = run.seconds > 0 ? requests / run.seconds : 0;
  return {
    schema: "netkit.run/1",
    command: "flood",
    version: run.version,
    startedAt: instantText(run.startedAt ?? NO_TIME),
    plan: {
      urls: run.urls.length === 0 ? [`imported:${run.source}`] : run.urls,
      protocol: "unknown",
      method: "unknown",
      headers: [],
      bodyBytes: 0,
      load: run.load,
      rate: null,
      arrival: null,
      durationSeconds: run.plannedSeconds ?? null,
      requests: null,
      connections: connections ?? 0,
      depth: depth ?? 0,
      threads: threads ?? 0,
      warmupSeconds: 0,
      timeoutMs: 0,
      newConnection: false,
      insecure: false,
    },
    environment: {
      netkit: run.version,
      node: "unknown",
      platform: "unknown",
      arch: "unknown",
      cpus: 0,
      cpuModel: "unknown",
      memoryBytes: 0,
      hostname: "unknown",
    },
    totals: {
      requests,
      succeeded: run.succeeded,
      failed: run.failed,
      censored: timedOut,
      timedOut,
      unsent: 0,
      bytesSent: bytesSent ?? 0,
      bytesReceived: bytesReceived ?? 0,
      connectionsOpened: 0,
      seconds: run.seconds,
    },
    rate: { offered: null, achieved: run.achieved ?? Math.round(reckoned * 1000) / 1000 },
    latency: {
      response: run.responseSummary ?? summarize(run.response),
      service: summarize(run.service),
      lateness: EMPTY,
      dns: EMPTY,
      connect: summarize(run.connect),
      tls: summarize(run.tls),
      firstByte: EMPTY,
      failed: summarize(run.failedResponse),
    },
    statuses: run.statuses ?? {},
    errors: run.errors ?? [],
    endpoints: [],
    intervals: run.intervals ?? [],
    histograms,
    expectations: [],
    quality: {
      verdict: "suspect",
      reasons: [...reasonsOf(run)],
      cpu: { busy: 0, waiting: null, usPerRequest: null },
      loopLag: EMPTY,
      lateness: EMPTY,
      gc: { pauses: 0, totalMs: 0, maxMs: 0 },
      descriptors: { used: null, limit: null },
      ports: { used: 0, available: null },
    },
    interrupted: false,
  };
}

function* reasonsOf(run: ImportedRun): Generator<string> {
  yield `imported from ${run.source}: how the generator was doing is not known`;
  yield* run.remarks;
  if ((run.intervals ?? []).length === 0) {
    yield "the source has no intervals: compare cannot tell its noise from one run a side, give several";
  }
  if (run.startedAt === undefined) {
    yield "the source does not say when it began: startedAt is 1970; --started-at says it";
  }
  const missing = Object.entries({
    "bytes sent": run.bytesSent,
    "bytes received": run.bytesReceived,
    connections: run.connections,
    depth: run.depth,
    threads: run.threads,
  }).filter(([, value]) => value === undefined);
  const names = [...missing.map(([name]) => name), "connections opened", "time-out", "machine"];
  yield `not in the source, and 0 or unknown here: ${names.join(", ")}`;
}
