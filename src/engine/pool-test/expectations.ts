/**
 * What `--expect` can ask of a pool test: names to figures of one size, all its runs together.
 *
 * `wait.p99<5ms`, `total.max<1s`, `rate>=950/s`, `error_rate<1%`, `timeouts==0`. A bare distribution is its mean.
 */
import {
  checkExpectation,
  evaluate,
  type Judgement,
  type KnownMetrics,
  type ParsedExpectation,
  percentileOf,
} from "../../core/expectation.ts";
import { DISTRIBUTIONS, type DistributionName, type Distributions } from "./load/distributions.ts";
import type { CheckoutCounts } from "./result.ts";

const STATISTICS = ["pNN", "min", "mean", "max"] as const;

export const POOL_TEST_METRICS: KnownMetrics = {
  ...Object.fromEntries(DISTRIBUTIONS.map((name) => [name, "duration" as const])),
  ...Object.fromEntries(
    DISTRIBUTIONS.flatMap((name) => STATISTICS.map((of) => [`${name}.${of}`, "duration" as const])),
  ),
  rate: "rate",
  error_rate: "share",
  errors: "number",
  timeouts: "number",
  overflow: "number",
  fairness: "number",
  created: "number",
  leaks: "number",
};

/** All that can be asked of one size. */
export interface Measured {
  readonly distributions: Distributions;
  readonly counts: CheckoutCounts;
  /** Served per second, mean of the runs. */
  readonly throughput: number;
  readonly fairness: number | null;
  /** Connections made, of the run that made most. */
  readonly created: number;
  readonly leaksReported: number;
}

/** Refuses before the first connection what could not be judged after it. @throws NetkitError `NK_USAGE` */
export function checkExpectations(expectations: readonly ParsedExpectation[]): void {
  for (const expectation of expectations) {
    checkExpectation(expectation, POOL_TEST_METRICS, {
      windows: false,
      baseline: false,
      list: "netkit pool-test --help",
    });
  }
}

export function judgeExpectations(
  expectations: readonly ParsedExpectation[],
  measured: Measured,
): Judgement[] {
  const lookup = { known: POOL_TEST_METRICS, value: (metric: string) => figure(metric, measured) };
  return expectations.map((expectation) => evaluate(expectation, lookup));
}

/** Callers that were not served: failed, timed out, turned away, or never known to end. */
export function unserved({ failed, censored, overflowed }: CheckoutCounts): number {
  return failed + censored + overflowed;
}

function figure(metric: string, measured: Measured): number | undefined {
  const { counts } = measured;
  switch (metric) {
    case "rate":
      return measured.throughput;
    case "error_rate":
      return counts.callers === 0 ? undefined : unserved(counts) / counts.callers;
    case "errors":
      return unserved(counts);
    case "timeouts":
      return counts.timedOut;
    case "overflow":
      return counts.overflowed;
    case "fairness":
      return measured.fairness ?? undefined;
    case "created":
      return measured.created;
    case "leaks":
      return measured.leaksReported;
    default: {
      const [name, statistic = "mean"] = metric.split(/\.(.*)/s, 2) as [DistributionName, string?];
      const histogram = measured.distributions[name];
      const percentile = percentileOf(statistic)?.percentile;
      if (percentile !== undefined) return histogram.valueAtPercentile(percentile);
      return histogram[statistic as "min" | "mean" | "max"];
    }
  }
}
