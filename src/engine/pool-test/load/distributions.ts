/** The seven distributions of a pool test, by name: recorded apart, merged exactly, never mixed. */
import { encodeHistogram } from "../../../core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { summarize } from "../../../core/metrics/latency-summary.ts";
import type { CheckoutLatencies } from "../result.ts";

export const DISTRIBUTIONS = [
  "wait",
  "hold",
  "query",
  "total",
  "lateness",
  "failed",
  "creation",
] as const satisfies readonly (keyof CheckoutLatencies)[];

export type DistributionName = (typeof DISTRIBUTIONS)[number];

export class Distributions {
  readonly wait = new LatencyHistogram();
  readonly hold = new LatencyHistogram();
  readonly query = new LatencyHistogram();
  readonly total = new LatencyHistogram();
  readonly lateness = new LatencyHistogram();
  readonly failed = new LatencyHistogram();
  readonly creation = new LatencyHistogram();

  add(other: Distributions): void {
    for (const name of DISTRIBUTIONS) this[name].add(other[name]);
  }

  summaries(): CheckoutLatencies {
    return {
      wait: summarize(this.wait),
      hold: summarize(this.hold),
      query: summarize(this.query),
      total: summarize(this.total),
      lateness: summarize(this.lateness),
      failed: summarize(this.failed),
      creation: summarize(this.creation),
    };
  }

  /** Base64 HdrHistogram V2 compressed; empty ones are left out. */
  encoded(): Record<string, string> {
    const filled = DISTRIBUTIONS.filter((name) => !this[name].isEmpty);
    return Object.fromEntries(filled.map((name) => [name, encodeHistogram(this[name])]));
  }
}
