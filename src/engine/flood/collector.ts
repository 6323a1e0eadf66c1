/**
 * Joins the snapshots of all generator threads into seconds and totals. Histograms add bucket by bucket, so
 * the merged percentiles are those of all samples together.
 */
import { encodeHistogram } from "../../core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { summarize } from "../../core/metrics/latency-summary.ts";
import type { EndpointResult, ErrorCount, Interval } from "../../core/run-document.ts";
import type { FloodPlan } from "./plan.ts";
import {
  addCounters,
  type Counters,
  type ErrorTally,
  METRICS,
  type Metric,
  type Snapshot,
  zeroCounters,
} from "./recorder.ts";

/** One second of all threads together. */
interface Second {
  readonly response: LatencyHistogram;
  requests: number;
  failed: number;
  censored: number;
  timedOut: number;
  bytes: number;
  bytesSent: number;
  inFlight: number;
  /** Connections that stood at its end. */
  open: number;
}

interface TargetTotals {
  readonly counters: { succeeded: number; failed: number; censored: number };
  readonly response: LatencyHistogram;
  readonly service: LatencyHistogram;
  readonly failed: LatencyHistogram;
  readonly statuses: Map<number, number>;
}

/** A tail of the drain shorter than this joins the second before it, in seconds. */
const SHORT_TAIL = 0.5;

export class Collector {
  readonly counters: Counters = zeroCounters();
  readonly #histograms = new Map<Metric, LatencyHistogram>();
  readonly #seconds: Second[] = [];
  readonly #targets: readonly TargetTotals[];
  readonly #errors = new Map<string, { count: number; example: string }>();
  readonly #plan: FloodPlan;

  constructor(plan: FloodPlan) {
    this.#plan = plan;
    for (const metric of METRICS) this.#histograms.set(metric, new LatencyHistogram());
    this.#targets = plan.targets.map(() => ({
      counters: { succeeded: 0, failed: 0, censored: 0 },
      response: new LatencyHistogram(),
      service: new LatencyHistogram(),
      failed: new LatencyHistogram(),
      statuses: new Map<number, number>(),
    }));
  }

  add(index: number, snapshot: Snapshot, inFlight: number, open: number): void {
    const second = this.#secondAt(index);
    const { counters, histograms } = snapshot;
    addCounters(this.counters, counters);
    second.requests += counters.succeeded + counters.failed + counters.censored;
    second.failed += counters.failed;
    second.censored += counters.censored;
    second.timedOut += counters.timedOut;
    second.bytes += counters.bytesReceived;
    second.bytesSent += counters.bytesSent;
    second.inFlight += inFlight;
    second.open += open;
    if (histograms.response !== undefined) second.response.addSnapshot(histograms.response);
    for (const metric of METRICS) {
      const taken = histograms[metric];
      if (taken !== undefined) this.histogram(metric).addSnapshot(taken);
    }
    snapshot.targets.forEach((taken, i) => {
      const total = this.#targets[i]!;
      addCounters(total.counters, taken.counters);
      if (taken.response !== undefined) total.response.addSnapshot(taken.response);
      if (taken.service !== undefined) total.service.addSnapshot(taken.service);
      if (taken.failed !== undefined) total.failed.addSnapshot(taken.failed);
      for (const [status, count] of taken.statuses) {
        total.statuses.set(status, (total.statuses.get(status) ?? 0) + count);
      }
    });
    for (const [kind, tally] of snapshot.errors) this.#addError(kind, tally);
  }

  histogram(metric: Metric): LatencyHistogram {
    return this.#histograms.get(metric)!;
  }

  get requests(): number {
    return this.counters.succeeded + this.counters.failed + this.counters.censored;
  }

  /** Figures of the newest whole second, for the live line. */
  get newest(): {
    readonly requests: number;
    readonly response: LatencyHistogram;
    readonly inFlight: number;
  } {
    return this.#seconds.at(-1) ?? { requests: 0, response: new LatencyHistogram(), inFlight: 0 };
  }

  /** Bytes of each second. */
  get traffic(): readonly { readonly sent: number; readonly received: number }[] {
    return this.#seconds.map(({ bytes, bytesSent }) => ({ sent: bytesSent, received: bytes }));
  }

  /** Connections that stood at the end of each second. */
  get open(): readonly number[] {
    return this.#seconds.map(({ open }) => open);
  }

  /** A distribution of the whole run; of one of several endpoints, those that are kept by endpoint. */
  distribution(metric: Metric, endpoint: string | undefined): LatencyHistogram | undefined {
    const index = this.#plan.targets.findIndex((target) => target.name === endpoint);
    if (index === -1 || this.#targets.length === 1) return this.histogram(metric);
    const target = this.#targets[index]!;
    return metric === "response" || metric === "service" || metric === "failed" ? target[metric] : undefined;
  }

  /** Seconds `from` (inclusive) to `to` (exclusive) as one. */
  window(from: number, to: number): Readonly<Second> {
    const joined = emptySecond();
    for (const second of this.#seconds.slice(from, to)) join(joined, second);
    return joined;
  }

  /** Seconds that lie wholly in the planned time: the drain is not one of them. */
  get wholeSeconds(): number {
    const planned = this.#plan.stop.kind === "duration" ? this.#plan.stop.seconds : this.#seconds.length - 1;
    return Math.max(0, Math.min(this.#seconds.length, Math.floor(planned)));
  }

  statuses(): Record<string, number> {
    return joinStatuses(this.#targets);
  }

  errors(): ErrorCount[] {
    const rows: ErrorCount[] = [...this.#errors].map(([kind, tally]) => ({ kind, ...tally }));
    for (const [status, count] of Object.entries(this.statuses())) {
      if (Number(status) < 400) continue;
      const target = this.#plan.targets.find((_, i) => this.#targets[i]!.statuses.has(Number(status)));
      const example = `${this.#plan.request.method} ${target?.path ?? "/"} was answered with status ${status}`;
      rows.push({ kind: `status-${status}`, count, example });
    }
    return rows.sort((a, b) => b.count - a.count);
  }

  endpoints(): EndpointResult[] {
    const only = this.#targets.length === 1;
    return this.#plan.targets.map((target, i) => {
      const total = this.#targets[i]!;
      const { succeeded, failed, censored } = total.counters;
      return {
        name: target.name,
        url: target.url,
        totals: { requests: succeeded + failed + censored, succeeded, failed, censored },
        latency: {
          response: summarize(only ? this.histogram("response") : total.response),
          service: summarize(only ? this.histogram("service") : total.service),
          failed: summarize(only ? this.histogram("failed") : total.failed),
        },
        statuses: joinStatuses([total]),
      };
    });
  }

  /** `seconds`: measured time up to the last answer. */
  intervals(seconds: number): Interval[] {
    const rows = this.#seconds.map((second, start) => ({
      second,
      start,
      length: Math.min(1, seconds - start),
    }));
    // Nothing happened between the last answer and the end: an interrupt before the first one leaves such a row.
    while (rows.length > 0 && isNothing(rows.at(-1)!)) rows.pop();
    for (
      let last = rows.at(-1);
      rows.length > 1 && last !== undefined && last.length < SHORT_TAIL;
      last = rows.at(-1)
    ) {
      const before = rows.at(-2)!;
      join(before.second, last.second);
      before.length += Math.max(0, last.length);
      rows.pop();
    }
    return rows.map(({ second, start, length }) => {
      const summary = summarize(second.response);
      return {
        start,
        seconds: Math.round(length * 1e6) / 1e6,
        requests: second.requests,
        failed: second.failed,
        bytes: second.bytes,
        inFlight: second.inFlight,
        p50: summary.p50,
        p90: summary.p90,
        p99: summary.p99,
        max: summary.max,
        histogram: encodeHistogram(second.response),
      };
    });
  }

  #secondAt(index: number): Second {
    while (this.#seconds.length <= index) {
      this.#seconds.push(emptySecond());
    }
    return this.#seconds[index]!;
  }

  #addError(kind: string, tally: ErrorTally): void {
    const known = this.#errors.get(kind);
    if (known === undefined) this.#errors.set(kind, { count: tally.count, example: tally.example });
    else known.count += tally.count;
  }
}

function isNothing({ second, length }: { readonly second: Second; readonly length: number }): boolean {
  return length <= 0 && second.requests === 0 && second.bytes === 0;
}

function emptySecond(): Second {
  return {
    response: new LatencyHistogram(),
    requests: 0,
    failed: 0,
    censored: 0,
    timedOut: 0,
    bytes: 0,
    bytesSent: 0,
    inFlight: 0,
    open: 0,
  };
}

/** The later second is added to the earlier; what is in flight is as at the end of the later. */
function join(earlier: Second, later: Second): void {
  earlier.response.add(later.response);
  earlier.requests += later.requests;
  earlier.failed += later.failed;
  earlier.censored += later.censored;
  earlier.timedOut += later.timedOut;
  earlier.bytes += later.bytes;
  earlier.bytesSent += later.bytesSent;
  earlier.inFlight = later.inFlight;
  earlier.open = later.open;
}

function joinStatuses(targets: readonly TargetTotals[]): Record<string, number> {
  const joined: Record<string, number> = {};
  for (const target of targets) {
    for (const [status, count] of target.statuses) joined[status] = (joined[status] ?? 0) + count;
  }
  return joined;
}
