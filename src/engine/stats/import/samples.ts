/** A run that is gathered request by request, as k6 and vegeta log them: histograms, counts, and seconds of its course. */
import { encodeHistogram } from "../../../core/metrics/hdr-codec.ts";
import { type HistogramSnapshot, LatencyHistogram } from "../../../core/metrics/histogram.ts";
import type { ErrorCount, Interval } from "../../../core/run-document.ts";

export interface Sample {
  /** Milliseconds since 1970, of the start. */
  readonly startMs: number;
  readonly durationUs: number;
  /** 0 without an answer. */
  readonly status: number;
  /** Why it failed; undefined for success. */
  readonly error: string | undefined;
  readonly bytesReceived: number;
}

interface Second {
  histogram: LatencyHistogram | HistogramSnapshot;
  requests: number;
  failed: number;
  bytes: number;
}

/** Seconds whose histograms stay open: results come nearly in order, and an open one takes up to 188 kB. */
const OPEN_SECONDS = 60;
/** A clock that jumps further than this makes no course of seconds. */
const LONGEST_SECONDS = 8 * 86_400;

export class SampleGatherer {
  readonly response = new LatencyHistogram();
  readonly failedResponse = new LatencyHistogram();
  readonly #statuses: Record<string, number> = {};
  readonly #errors = new Map<string, { count: number; readonly example: string }>();
  /** By second after the first sample's start; earlier ones are negative. */
  readonly #seconds = new Map<number, Second>();
  readonly #open: Second[] = [];
  #zeroMs: number | undefined;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  succeeded = 0;
  failed = 0;

  add({ startMs, durationUs, status, error, bytesReceived }: Sample): void {
    const endMs = startMs + durationUs / 1000;
    this.#zeroMs ??= startMs;
    this.#firstMs = Math.min(this.#firstMs, startMs);
    this.#lastMs = Math.max(this.#lastMs, endMs);
    if (status > 0) this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    const second = this.#second(Math.floor((endMs - this.#zeroMs) / 1000));
    second.requests++;
    second.bytes += bytesReceived;
    if (error === undefined) {
      this.succeeded++;
      this.response.record(durationUs);
      this.#opened(second).record(durationUs);
      return;
    }
    this.failed++;
    second.failed++;
    this.failedResponse.record(durationUs);
    const kind = status > 0 ? `status-${status}` : "error";
    const before = this.#errors.get(kind);
    if (before === undefined) this.#errors.set(kind, { count: 1, example: error });
    else before.count++;
  }

  get isEmpty(): boolean {
    return this.succeeded + this.failed === 0;
  }

  get startedAt(): Date {
    return new Date(this.#firstMs);
  }

  /** From the first start to the last end. */
  get seconds(): number {
    return Math.max(0, Math.round((this.#lastMs - this.#firstMs) * 1000) / 1e6);
  }

  get statuses(): Readonly<Record<string, number>> {
    return this.#statuses;
  }

  get errors(): readonly ErrorCount[] {
    return [...this.#errors]
      .map(([kind, { count, example }]) => ({ kind, count, example }))
      .sort((a, b) => b.count - a.count);
  }

  /** By completion, gaps included; empty for a file whose clock jumps by days. */
  get intervals(): readonly Interval[] {
    if (this.#seconds.size === 0 || this.seconds > LONGEST_SECONDS) return [];
    const keys = [...this.#seconds.keys()];
    const first = keys.reduce((least, key) => Math.min(least, key), Number.POSITIVE_INFINITY);
    const last = keys.reduce((most, key) => Math.max(most, key), Number.NEGATIVE_INFINITY);
    const from = Math.min(0, first);
    return Array.from({ length: last - from + 1 }, (_, at) => {
      const left = Math.round((this.seconds - at) * 1e6) / 1e6;
      return intervalOf(at, left > 0 && left < 1 ? left : 1, this.#seconds.get(from + at));
    });
  }

  #second(at: number): Second {
    let second = this.#seconds.get(at);
    if (second === undefined) {
      second = { histogram: new LatencyHistogram(), requests: 0, failed: 0, bytes: 0 };
      this.#seconds.set(at, second);
      this.#open.push(second);
      this.#closeOldest();
    }
    return second;
  }

  #opened(second: Second): LatencyHistogram {
    if (second.histogram instanceof LatencyHistogram) return second.histogram;
    const histogram = LatencyHistogram.fromSnapshot(second.histogram);
    second.histogram = histogram;
    this.#open.push(second);
    this.#closeOldest();
    return histogram;
  }

  #closeOldest(): void {
    if (this.#open.length <= OPEN_SECONDS) return;
    const oldest = this.#open.shift()!;
    if (oldest.histogram instanceof LatencyHistogram) oldest.histogram = oldest.histogram.snapshot();
  }
}

function intervalOf(start: number, seconds: number, second: Second | undefined): Interval {
  const found = second?.histogram ?? new LatencyHistogram();
  const histogram = found instanceof LatencyHistogram ? found : LatencyHistogram.fromSnapshot(found);
  const { requests = 0, failed = 0, bytes = 0 } = second ?? {};
  return interval({ start, seconds, requests, failed, bytes, histogram });
}

export interface GatheredInterval
  extends Pick<Interval, "start" | "seconds" | "requests" | "failed" | "bytes"> {
  readonly histogram: LatencyHistogram;
}

/** How many were in flight no source says: 0. */
export function interval({ histogram, ...counts }: GatheredInterval): Interval {
  return {
    ...counts,
    inFlight: 0,
    p50: histogram.valueAtPercentile(50) ?? null,
    p90: histogram.valueAtPercentile(90) ?? null,
    p99: histogram.valueAtPercentile(99) ?? null,
    max: histogram.max ?? null,
    histogram: encodeHistogram(histogram),
  };
}
