/**
 * What `--expect` can ask of a connect: names to figures over all its paths.
 *
 * The bare name of a phase is its slowest path (`total<300ms`: each of them); `total.p99` is a percentile over
 * the paths of a repetition. A phase that no path went through has no figure, and so satisfies nothing.
 */
import {
  checkExpectation,
  evaluate,
  type Judgement,
  type KnownMetrics,
  type ParsedExpectation,
  percentileOf,
} from "../../core/expectation.ts";
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { PHASE_NAMES } from "./result.ts";
import type { Tally } from "./tally.ts";

const DURATIONS = ["total", ...PHASE_NAMES] as const;
const STATISTICS = ["pNN", "min", "mean", "max"] as const;

export const CONNECT_METRICS: KnownMetrics = {
  ...Object.fromEntries(DURATIONS.map((name) => [name, "duration" as const])),
  "tls.daysLeft": "number",
  loss: "share",
  jitter: "duration",
  status: "number",
  size: "size",
  throughput: "byte-rate",
  ...Object.fromEntries(
    DURATIONS.flatMap((name) => STATISTICS.map((statistic) => [`${name}.${statistic}`, "duration" as const])),
  ),
};

/** Refuses before the first connection what could not be judged after it. @throws NetkitError `NK_USAGE` */
export function checkExpectations(expectations: readonly ParsedExpectation[]): void {
  for (const expectation of expectations) {
    checkExpectation(expectation, CONNECT_METRICS, {
      windows: false,
      baseline: false,
      list: "netkit connect --help",
    });
  }
}

export function judgeExpectations(expectations: readonly ParsedExpectation[], tally: Tally): Judgement[] {
  const lookup = { known: CONNECT_METRICS, value: (metric: string) => figure(metric, tally) };
  return expectations.map((expectation) => evaluate(expectation, lookup));
}

/** Of several paths the one that is worst for whoever expects a bound from above; days left: the fewest. */
function figure(metric: string, tally: Tally): number | undefined {
  switch (metric) {
    case "tls.daysLeft":
      return tally.leastDaysLeft;
    case "loss":
      return tally.sent === 0 ? undefined : tally.failed / tally.sent;
    case "jitter":
      return tally.jitterUs;
    case "status":
      return tally.lastStatus;
    case "size":
      return tally.mostBytes;
    case "throughput":
      return tally.leastThroughput;
    default: {
      const [name, statistic] = metric.split(/\.(.*)/s, 2) as [(typeof DURATIONS)[number], string?];
      return statisticOf(name === "total" ? tally.total : tally.phase(name), statistic);
    }
  }
}

function statisticOf(histogram: LatencyHistogram | undefined, statistic = "max"): number | undefined {
  const percentile = percentileOf(statistic)?.percentile;
  if (percentile !== undefined) return histogram?.valueAtPercentile(percentile);
  return histogram?.[statistic as "min" | "mean" | "max"];
}
