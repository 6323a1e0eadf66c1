/**
 * What `--expect` can ask of a flood: names to figures, over the whole run, by window, by endpoint, and of a
 * baseline run.
 *
 * A bare `p99` is the response time's. `error_rate` counts failures and time-outs: both are answers that a
 * user did not get. `rate` is `rate.achieved` of the result; of a window or an endpoint, answers per second.
 */
import { usageError } from "../../core/errors.ts";
import {
  checkExpectation,
  type ExpectationLookup,
  evaluate,
  type Judgement,
  type KnownMetrics,
  type ParsedExpectation,
  percentileOf,
  type WindowValue,
} from "../../core/expectation.ts";
import { decodeHistogram } from "../../core/metrics/hdr-codec.ts";
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { RunResult, Totals } from "../../core/run-document.ts";
import type { Collector } from "./collector.ts";
import { type FloodPlan, isFanOut } from "./plan.ts";

const DISTRIBUTIONS = [
  "response",
  "service",
  "lateness",
  "firstByte",
  "connect",
  "tls",
  "dns",
  "failed",
  "delivery",
] as const;

type Distribution = (typeof DISTRIBUTIONS)[number];

const STATISTICS = ["pNN", "min", "mean", "max"] as const;

export const FLOOD_METRICS: KnownMetrics = {
  ...Object.fromEntries(STATISTICS.map((statistic) => [statistic, "duration" as const])),
  ...Object.fromEntries(
    DISTRIBUTIONS.flatMap((name) =>
      STATISTICS.map((statistic) => [`${name}.${statistic}`, "duration" as const]),
    ),
  ),
  rate: "rate",
  throughput: "byte-rate",
  error_rate: "share",
  censored_rate: "share",
  requests: "number",
  succeeded: "number",
  failed: "number",
  censored: "number",
  live: "number",
  lost: "number",
};

/** Refuses before the run what could not be judged after it. @throws NetkitError `NK_USAGE` */
export function checkExpectations(
  expectations: readonly ParsedExpectation[],
  plan: FloodPlan,
  baseline: RunResult | undefined,
): void {
  const endpoints = plan.targets.map((target) => target.name);
  for (const expectation of expectations) {
    checkExpectation(expectation, FLOOD_METRICS, {
      endpoints,
      windows: true,
      baseline: baseline !== undefined,
      list: "netkit flood --help",
    });
    checkKept(expectation, endpoints.length);
    checkStanding(expectation, plan);
    if (baseline !== undefined) checkBaseline(expectation, baseline);
  }
}

/**
 * By the second are kept the counts and the response time of all endpoints together; of one endpoint of several its
 * counts and these distributions. Everything else is known of the whole run only.
 */
const KEPT_BY_ENDPOINT: readonly Distribution[] = ["response", "service", "failed"];

function checkKept({ text, metric, endpoint, windowSeconds }: ParsedExpectation, endpoints: number): void {
  const { distribution } = latencyOf(metric);
  const isPart = endpoint !== undefined && endpoints > 1;
  if (isPart && (metric === "throughput" || !KEPT_BY_ENDPOINT.includes(distribution))) {
    throw usageError(
      `"${text}" asks of one endpoint for ${metric}, which is known of the whole run only`,
      `leave [${endpoint}] away`,
      text,
    );
  }
  if (windowSeconds === undefined) return;
  if (!Number.isInteger(windowSeconds)) {
    throw usageError(
      `"${text}" has a window that is no whole number of seconds`,
      "write it like 'p99<300ms over 10s'",
      text,
    );
  }
  if (isPart || distribution !== "response") {
    const what = isPart ? "one endpoint of several" : metric;
    throw usageError(
      `"${text}" has "over", and ${what} is known of the whole run only`,
      'leave "over" away',
      text,
    );
  }
}

/** What is asked of connections on which nothing is asked. */
function checkStanding({ text, metric }: ParsedExpectation, plan: FloodPlan): void {
  const isHeld = plan.load.kind === "hold";
  const isFannedOut = isFanOut(plan);
  if (metric.startsWith("delivery.") && !isFannedOut) {
    throw usageError(`"${text}" asks for ${metric}, which is known of a fan-out only`, "add --fan-out", text);
  }
  if (metric === "live" ? isHeld : metric !== "lost" || isHeld || isFannedOut) return;
  throw usageError(
    `"${text}" asks for ${metric}, which is known of held connections${metric === "lost" ? " and a fan-out" : ""} only`,
    metric === "lost" ? "add --hold or --fan-out" : "add --hold",
    text,
  );
}

/** A figure that the baseline does not have would break the expectation, but only after the run. */
function checkBaseline({ text, metric, endpoint, limit }: ParsedExpectation, baseline: RunResult): void {
  if (limit.kind === "absolute" || figureOfRun(baseline, metric, endpoint) !== undefined) return;
  const of = endpoint === undefined ? "" : ` of [${endpoint}]`;
  throw usageError(
    `"${text}" compares with a baseline that has no ${metric}${of}`,
    "expect something that the baseline measured too, or name another --baseline",
    text,
  );
}

type Measured = Pick<RunResult, "totals" | "rate" | "endpoints" | "held" | "throughput" | "fanOut">;

export function judgeExpectations(
  expectations: readonly ParsedExpectation[],
  measured: Measured,
  collector: Collector,
  baseline: RunResult | undefined,
): Judgement[] {
  const lookup: ExpectationLookup = {
    known: FLOOD_METRICS,
    endpoints: measured.endpoints.map((endpoint) => endpoint.name),
    value: (metric, endpoint) =>
      figure(metric, (name) => collector.distribution(name, endpoint), countsOf(measured, endpoint)),
    windows: (metric, length) => windows(collector, metric, length, measured.throughput !== undefined),
    ...(baseline === undefined
      ? {}
      : { baseline: (metric: string, endpoint?: string) => figureOfRun(baseline, metric, endpoint) }),
  };
  return expectations.map((expectation) => evaluate(expectation, lookup));
}

interface Counts {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly censored: number;
  readonly timedOut: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Of connections that are held, and of messages that were to be received; else unknown. */
  readonly live?: number | undefined;
  readonly lost?: number | undefined;
  /** Of a stream: bytes a second, both ways. */
  readonly streamed?: number | undefined;
  /** Per second, as the result has it. */
  readonly rate: number;
}

function countsOf(measured: Measured, endpoint: string | undefined): Counts {
  const whole: Totals = measured.totals;
  const part = measured.endpoints.find((candidate) => candidate.name === endpoint)?.totals;
  const only = part === undefined || measured.endpoints.length === 1;
  return {
    requests: whole.requests,
    succeeded: whole.succeeded,
    failed: whole.failed,
    censored: whole.censored,
    ...(only ? {} : part),
    // Time-outs are not kept by endpoint; there a censored request counts as an error.
    timedOut: only ? whole.timedOut : part.censored,
    bytes: whole.bytesReceived,
    seconds: whole.seconds,
    live: measured.held?.live,
    lost: measured.fanOut?.lost ?? measured.held?.lost ?? measured.throughput?.lost,
    streamed: streamedOf(measured),
    rate: only
      ? measured.rate.achieved
      : whole.seconds > 0
        ? (part.succeeded + part.failed) / whole.seconds
        : 0,
  };
}

function streamedOf({ throughput }: Measured): number | undefined {
  return throughput === undefined ? undefined : throughput.sentPerSecond + throughput.receivedPerSecond;
}

function figure(
  metric: string,
  distribution: (name: Distribution) => LatencyHistogram | undefined,
  counts: Counts,
): number | undefined {
  const { requests, seconds } = counts;
  switch (metric) {
    case "rate":
      return counts.rate;
    case "throughput":
      // Of a stream it is both ways: mostly there is but one.
      if (counts.streamed !== undefined) return counts.streamed;
      return seconds > 0 ? counts.bytes / seconds : 0;
    case "error_rate":
      return requests > 0 ? (counts.failed + counts.timedOut) / requests : undefined;
    case "censored_rate":
      return requests > 0 ? counts.censored / requests : undefined;
    case "requests":
    case "succeeded":
    case "failed":
    case "censored":
    case "live":
    case "lost":
      return counts[metric];
    default:
      return latencyFigure(metric, distribution);
  }
}

/** `service.p99` is the p99 of the service time; without a name before it, of the response time. */
function latencyOf(metric: string): { readonly distribution: Distribution; readonly statistic: string } {
  const named = DISTRIBUTIONS.find((name) => metric.startsWith(`${name}.`));
  return named === undefined
    ? { distribution: "response", statistic: metric }
    : { distribution: named, statistic: metric.slice(named.length + 1) };
}

function latencyFigure(
  metric: string,
  distributionOf: (name: Distribution) => LatencyHistogram | undefined,
): number | undefined {
  const { distribution, statistic } = latencyOf(metric);
  const histogram = distributionOf(distribution);
  const percentile = percentileOf(statistic)?.percentile;
  if (percentile !== undefined) return histogram?.valueAtPercentile(percentile);
  return histogram?.[statistic as "min" | "mean" | "max"];
}

/** `length`: whole seconds. */
function* windows(
  collector: Collector,
  metric: string,
  length: number,
  isStream: boolean,
): Iterable<WindowValue> {
  for (let start = 0; start + length <= collector.wholeSeconds; start++) {
    const { response, requests, failed, timedOut, censored, bytes, bytesSent } = collector.window(
      start,
      start + length,
    );
    const counts: Counts = {
      requests,
      failed,
      censored,
      timedOut,
      succeeded: requests - failed - censored,
      bytes,
      seconds: length,
      streamed: isStream ? (bytes + bytesSent) / length : undefined,
      rate: (requests - censored) / length,
    };
    const value = figure(metric, (name) => (name === "response" ? response : undefined), counts);
    yield { start, value };
  }
}

/** Of one endpoint a saved run keeps the summary only: the percentiles in it, and nothing between them. */
function figureOfRun(run: RunResult, metric: string, endpoint: string | undefined): number | undefined {
  if (endpoint !== undefined) {
    const part = run.endpoints.find(({ name }) => name === endpoint);
    if (part === undefined) return undefined;
    if (run.endpoints.length > 1) return figureOfEndpoint(run, part, metric);
  }
  const distribution = (name: Distribution) => {
    const encoded = run.histograms[name];
    return encoded === undefined ? undefined : decodeHistogram(encoded);
  };
  return figure(metric, distribution, countsOf(run, undefined));
}

function figureOfEndpoint(
  run: RunResult,
  part: RunResult["endpoints"][number],
  metric: string,
): number | undefined {
  const [first, second] = metric.split(".", 2) as [string, string | undefined];
  const isDistribution = Object.hasOwn(part.latency, first);
  const summary = part.latency[isDistribution ? (first as keyof typeof part.latency) : "response"];
  const statistic = isDistribution ? metric.slice(first.length + 1) : metric;
  const key = statistic.replace(".", "_");
  if (Object.hasOwn(summary, key)) {
    const value = summary[key as keyof typeof summary];
    return typeof value === "number" ? value : undefined;
  }
  if (isDistribution || second !== undefined) return undefined;
  return figure(metric, () => undefined, countsOf(run, part.name));
}
