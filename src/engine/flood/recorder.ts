/**
 * Histograms and counters of one generator thread. The hot path writes raw numbers; a Snapshot (plain,
 * mergeable, only what happened since the last one) leaves the thread about once a second.
 */
import { type HistogramSnapshot, LatencyHistogram } from "../../core/metrics/histogram.ts";
import { type Agreed, type Loss, lossOfIdle } from "./drivers/driver.ts";

/** The distributions of a run, in the order of the result document. */
export const METRICS = [
  "response",
  "service",
  "lateness",
  "generatorLateness",
  "dns",
  "connect",
  "tls",
  "firstByte",
  "failed",
  "delivery",
] as const;

export type Metric = (typeof METRICS)[number];

export interface Counters {
  succeeded: number;
  failed: number;
  censored: number;
  timedOut: number;
  unsent: number;
  /** Answered before the end of the planned time, with whatever status. */
  inTime: number;
  /** Sent in the measured window, whatever came of it. */
  sent: number;
  bytesSent: number;
  bytesReceived: number;
  connectionsOpened: number;
  /** Of them, those on which ALPN agreed on HTTP/2. */
  http2Connections: number;
  /** Of them, those whose TLS session was one of before. */
  resumedConnections: number;
  /** While connections were held: those that ended before the end, and attempts that failed. */
  connectionsLost: number;
  connectionsFailed: number;
  /** Of datagrams: first answers, of them late ones and those out of order, second answers, and what nobody had asked for. */
  datagramsArrived: number;
  datagramsLate: number;
  datagramsReordered: number;
  datagramsDuplicated: number;
  datagramsStray: number;
  /** Sum over the first answers of the jitter as it stood then, µs. */
  datagramsJitterUs: number;
  /** Of a fan-out: receipts that were to come, that came, of them late ones and those out of order; second ones; others'. */
  deliveriesExpected: number;
  deliveries: number;
  deliveriesLate: number;
  deliveriesReordered: number;
  deliveriesDuplicated: number;
  deliveriesStray: number;
}

export interface ErrorTally {
  count: number;
  readonly example: string;
}

export interface TargetSnapshot {
  readonly counters: Pick<Counters, "succeeded" | "failed" | "censored">;
  readonly response: HistogramSnapshot | undefined;
  readonly service: HistogramSnapshot | undefined;
  readonly failed: HistogramSnapshot | undefined;
  /** Pairs of status code and count. */
  readonly statuses: readonly (readonly [number, number])[];
}

export interface Snapshot {
  readonly counters: Counters;
  readonly histograms: Partial<Record<Metric, HistogramSnapshot>>;
  readonly targets: readonly TargetSnapshot[];
  readonly errors: ReadonlyMap<string, ErrorTally>;
}

export function zeroCounters(): Counters {
  return {
    succeeded: 0,
    failed: 0,
    censored: 0,
    timedOut: 0,
    unsent: 0,
    inTime: 0,
    sent: 0,
    bytesSent: 0,
    bytesReceived: 0,
    connectionsOpened: 0,
    http2Connections: 0,
    resumedConnections: 0,
    connectionsLost: 0,
    connectionsFailed: 0,
    datagramsArrived: 0,
    datagramsLate: 0,
    datagramsReordered: 0,
    datagramsDuplicated: 0,
    datagramsStray: 0,
    datagramsJitterUs: 0,
    deliveriesExpected: 0,
    deliveries: 0,
    deliveriesLate: 0,
    deliveriesReordered: 0,
    deliveriesDuplicated: 0,
    deliveriesStray: 0,
  };
}

/** Adds `from` into `into`, key by key. */
export function addCounters<T extends object>(into: T, from: T): void {
  for (const key of Object.keys(from) as (keyof T)[]) {
    (into[key] as number) += from[key] as number;
  }
}

/** What one of several targets received; a run with one target keeps only the totals. */
class TargetRecorder {
  readonly counters = { succeeded: 0, failed: 0, censored: 0 };
  readonly response = new LatencyHistogram();
  readonly service = new LatencyHistogram();
  readonly failed = new LatencyHistogram();
  readonly statuses = new Float64Array(1000);

  snapshot(): TargetSnapshot {
    const statuses: (readonly [number, number])[] = [];
    for (let status = 100; status < 1000; status++) {
      const count = this.statuses[status]!;
      if (count > 0) statuses.push([status, count]);
    }
    const taken = {
      counters: { ...this.counters },
      response: take(this.response),
      service: take(this.service),
      failed: take(this.failed),
      statuses,
    };
    this.statuses.fill(0);
    this.counters.succeeded = 0;
    this.counters.failed = 0;
    this.counters.censored = 0;
    return taken;
  }
}

function take(histogram: LatencyHistogram): HistogramSnapshot | undefined {
  if (histogram.isEmpty) return undefined;
  const snapshot = histogram.snapshot();
  histogram.reset();
  return snapshot;
}

export class Recorder {
  counters = zeroCounters();
  readonly #histograms: Record<Metric, LatencyHistogram>;
  readonly #response: LatencyHistogram;
  readonly #service: LatencyHistogram;
  readonly #firstByte: LatencyHistogram;
  readonly #failed: LatencyHistogram;
  readonly #targets: readonly TargetRecorder[];
  readonly #holds: boolean;
  #errors = new Map<string, ErrorTally>();

  /** @param holds connections that are lost count, although nothing was asked on them */
  constructor(targets: number, holds = false) {
    this.#holds = holds;
    const histograms = Object.fromEntries(METRICS.map((name) => [name, new LatencyHistogram()]));
    this.#histograms = histograms as Record<Metric, LatencyHistogram>;
    this.#response = this.#histograms.response;
    this.#service = this.#histograms.service;
    this.#firstByte = this.#histograms.firstByte;
    this.#failed = this.#histograms.failed;
    this.#targets = Array.from({ length: targets }, () => new TargetRecorder());
  }

  /** A connection stands; times in µs, `tlsUs` NaN without TLS. */
  opened(connectUs: number, tlsUs: number, agreed?: Agreed): void {
    const { counters } = this;
    counters.connectionsOpened++;
    if (agreed?.protocol === "h2") counters.http2Connections++;
    if (agreed?.resumed === true) counters.resumedConnections++;
    this.record("connect", connectUs);
    if (!Number.isNaN(tlsUs)) this.record("tls", tlsUs);
  }

  /** A connection is gone, or could not be opened. */
  lost(wasOpening: boolean, loss: Loss): void {
    if (!this.#holds) return;
    const { kind, example } = lossOfIdle(loss);
    if (wasOpening) this.counters.connectionsFailed++;
    else this.counters.connectionsLost++;
    this.error(kind, example);
  }

  /** A complete answer; times in µs. Statuses of 400 and more are failures. */
  answered(target: number, status: number, responseUs: number, serviceUs: number, firstByteUs: number): void {
    const of = this.#targets[target]!;
    of.statuses[status]!++;
    if (status >= 400) {
      this.counters.failed++;
      of.counters.failed++;
      this.#failed.record(responseUs);
      if (this.#targets.length > 1) of.failed.record(responseUs);
      return;
    }
    this.counters.succeeded++;
    of.counters.succeeded++;
    this.#response.record(responseUs);
    this.#service.record(serviceUs);
    this.#firstByte.record(firstByteUs);
    if (this.#targets.length > 1) {
      of.response.record(responseUs);
      of.service.record(serviceUs);
    }
  }

  /** A request that ended without a complete answer. */
  failed(target: number, ageUs: number, kind: string, example: string): void {
    const of = this.#targets[target]!;
    this.counters.failed++;
    of.counters.failed++;
    this.#failed.record(ageUs);
    if (this.#targets.length > 1) of.failed.record(ageUs);
    this.error(kind, example);
  }

  /** A request nobody answered: "at least this long". `serviceUs` is NaN when it was never sent. */
  censored(target: number, responseUs: number, serviceUs: number): void {
    const of = this.#targets[target]!;
    this.counters.censored++;
    of.counters.censored++;
    this.#response.record(responseUs);
    if (this.#targets.length > 1) of.response.record(responseUs);
    if (Number.isNaN(serviceUs)) return;
    this.#service.record(serviceUs);
    if (this.#targets.length > 1) of.service.record(serviceUs);
  }

  record(metric: Metric, us: number): void {
    this.#histograms[metric].record(us);
  }

  error(kind: string, example: string): void {
    const tally = this.#errors.get(kind);
    if (tally === undefined) this.#errors.set(kind, { count: 1, example });
    else tally.count++;
  }

  /** All since the last snapshot; the recorder starts again from zero. */
  snapshot(): Snapshot {
    const histograms: Partial<Record<Metric, HistogramSnapshot>> = {};
    for (const metric of METRICS) {
      const taken = take(this.#histograms[metric]);
      if (taken !== undefined) histograms[metric] = taken;
    }
    const snapshot: Snapshot = {
      counters: this.counters,
      histograms,
      targets: this.#targets.map((target) => target.snapshot()),
      errors: this.#errors,
    };
    this.counters = zeroCounters();
    this.#errors = new Map();
    return snapshot;
  }
}
