/** The course of a load in tenths of a second: what went well, what failed, how long callers waited. */

import type { NetkitError } from "../../../core/errors.ts";
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { failureWords, type LoadObserver } from "../load/recorder.ts";
import type { CountedCode } from "../result.ts";

const BUCKET_US = 100_000;
/** As long must all be well again before a pool counts as recovered. */
const STEADY_BUCKETS = 5;
/** Of the throughput before: what half a second wavers by on a quiet machine is less. */
const STEADY_SHARE = 0.8;
/** On a machine that wavers by more, as little as any half a second before the fault had; but never less than this. */
const LEAST_SHARE = 0.5;

interface Bucket {
  served: number;
  failed: number;
}

export class Course implements LoadObserver {
  readonly #startUs: () => number;
  readonly #buckets: Bucket[] = [];
  readonly #waits: { readonly atUs: number; readonly waitUs: number }[] = [];
  readonly #failures: { readonly atUs: number; readonly error: NetkitError }[] = [];

  /** @param startUs of bucket 0; asked when something is told */
  constructor(startUs: () => number) {
    this.#startUs = startUs;
  }

  onServed(nowUs: number, waitUs: number): void {
    const atUs = nowUs - this.#startUs();
    const bucket = this.#bucket(atUs);
    if (bucket === undefined) return;
    bucket.served++;
    this.#waits.push({ atUs, waitUs });
  }

  onFailed(nowUs: number, error: NetkitError): void {
    const atUs = nowUs - this.#startUs();
    const bucket = this.#bucket(atUs);
    if (bucket === undefined) return;
    bucket.failed++;
    this.#failures.push({ atUs, error });
  }

  /** Served per second. */
  throughput(fromUs: number, toUs: number): number | null {
    const [from, to] = [Math.ceil(fromUs / BUCKET_US), Math.floor(toUs / BUCKET_US)];
    if (to <= from) return null;
    let served = 0;
    for (let at = from; at < to; at++) served += this.#buckets[at]?.served ?? 0;
    return served / (((to - from) * BUCKET_US) / 1e6);
  }

  waitP99(fromUs: number, toUs: number): number | null {
    const histogram = new LatencyHistogram();
    for (const { atUs, waitUs } of this.#waits) if (atUs >= fromUs && atUs < toUs) histogram.record(waitUs);
    return histogram.valueAtPercentile(99) ?? null;
  }

  failuresFrom(fromUs: number): CountedCode[] {
    const counts = new Map<string, CountedCode>();
    for (const { atUs, error } of this.#failures) {
      if (atUs < fromUs) continue;
      const { code } = error;
      const before = counts.get(code);
      const example = before?.example ?? failureWords(error);
      counts.set(code, { code, count: (before?.count ?? 0) + 1, example });
    }
    return [...counts.values()].sort((one, other) => other.count - one.count);
  }

  /**
   * Microseconds from `sinceUs` until all went for half a second as it did before `faultUs`, in whole tenths of the
   * course; undefined when it did not, or when nothing went before.
   */
  recoveredAfterUs(faultUs: number, sinceUs: number, endUs: number): number | undefined {
    const enough = this.#servedAsBefore(faultUs);
    if (enough === 0) return undefined;
    const last = Math.floor(endUs / BUCKET_US);
    for (let at = Math.ceil(sinceUs / BUCKET_US); at + STEADY_BUCKETS <= last; at++) {
      const { served, failed } = this.#steady(at);
      if (failed === 0 && served >= enough) return at * BUCKET_US - sinceUs;
    }
    return undefined;
  }

  /** In half a second; 0 when nothing was served. */
  #servedAsBefore(faultUs: number): number {
    const mean = (this.throughput(0, faultUs) ?? 0) * ((STEADY_BUCKETS * BUCKET_US) / 1e6);
    let least = mean * STEADY_SHARE;
    for (let at = 0; at + STEADY_BUCKETS <= Math.floor(faultUs / BUCKET_US); at++) {
      least = Math.min(least, this.#steady(at).served);
    }
    return Math.max(least, mean * LEAST_SHARE);
  }

  /** The half second from a bucket on. */
  #steady(from: number): Readonly<Bucket> {
    const sum = { served: 0, failed: 0 };
    for (let at = from; at < from + STEADY_BUCKETS; at++) {
      sum.served += this.#buckets[at]?.served ?? 0;
      sum.failed += this.#buckets[at]?.failed ?? 0;
    }
    return sum;
  }

  #bucket(atUs: number): Bucket | undefined {
    if (!(atUs >= 0)) return undefined;
    const at = Math.floor(atUs / BUCKET_US);
    while (this.#buckets.length <= at) this.#buckets.push({ served: 0, failed: 0 });
    return this.#buckets[at];
  }
}
