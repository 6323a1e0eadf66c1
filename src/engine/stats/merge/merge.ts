/**
 * Several runs of one plan as the run that they are together. Counts and histograms add up, and every percentile comes
 * from the summed histograms: merge(a, b) is what one run with both their requests would have written. Where a file
 * keeps no histogram (endpoints of several, the generator's own health), percentiles are null.
 */
import { decodeHistogram, encodeHistogram } from "../../../core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { type LatencySummary, summarize } from "../../../core/metrics/latency-summary.ts";
import type {
  EndpointResult,
  ErrorCount,
  HandshakeResult,
  HeldResult,
  Interval,
  Latencies,
  Quality,
  RunResult,
  Totals,
  Verdict,
} from "../../../core/run-document.ts";
import { mergeDatagrams } from "./datagrams.ts";
import { mergeFanOut } from "./fan-out.ts";
import { checkedOrder, type WholeRun } from "./mergeable.ts";
import { addSummaries, momentsOf } from "./summaries.ts";

const VERDICTS: readonly Verdict[] = ["valid", "suspect", "invalid"];

/** @throws NetkitError of stage file for runs that are unlike or overlap, and for a damaged histogram */
export function mergeRuns(named: readonly WholeRun[]): RunResult {
  const sorted = checkedOrder(named);
  const runs = sorted.map(({ run }) => run);
  const [first] = runs as [RunResult, ...RunResult[]];
  const totals = sumTotals(runs.map((run) => run.totals));
  const { latency, histograms } = mergeLatencies(sorted);
  const fanOut = mergeFanOut(sorted);
  if (fanOut?.delivery !== undefined) histograms.delivery = fanOut.delivery;
  return {
    ...first,
    plan: {
      ...first.plan,
      durationSeconds: sumOrNull(runs.map(({ plan }) => plan.durationSeconds)),
      requests: sumOrNull(runs.map(({ plan }) => plan.requests)),
    },
    totals,
    rate: {
      offered: first.rate.offered,
      achieved: weightedMean(runs.map(({ rate, totals: { seconds } }) => [rate.achieved, seconds])),
    },
    latency,
    ...mergeHeld(runs),
    ...mergeThroughput(runs),
    ...mergeHandshakes(runs),
    ...mergeDatagrams(runs),
    ...(fanOut === undefined ? {} : { fanOut: fanOut.fanOut }),
    statuses: sumCounts(runs.map(({ statuses }) => statuses)),
    errors: sumErrors(runs.flatMap(({ errors }) => errors)),
    endpoints: mergeEndpoints(runs.flatMap(({ endpoints }) => endpoints)),
    intervals: lineUp(runs),
    histograms,
    // They were promised of one run each, and judged there.
    expectations: [],
    quality: runs.map(({ quality }) => quality).reduce(worseQuality),
    interrupted: runs.some(({ interrupted }) => interrupted),
  };
}

function sumTotals(all: readonly Totals[]): Totals {
  const sum = (key: keyof Totals): number => all.reduce((total, one) => total + one[key], 0);
  return {
    requests: sum("requests"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
    censored: sum("censored"),
    timedOut: sum("timedOut"),
    unsent: sum("unsent"),
    bytesSent: sum("bytesSent"),
    bytesReceived: sum("bytesReceived"),
    connectionsOpened: sum("connectionsOpened"),
    seconds: Math.round(sum("seconds") * 1e6) / 1e6,
  };
}

/** Those of runs one behind the other are as many as all of them. */
function mergeHeld(runs: readonly RunResult[]): Pick<RunResult, "held"> {
  const all = runs.flatMap(({ held }) => held ?? []);
  if (all.length < runs.length) return {};
  const sum = (of: (one: HeldResult) => number): number => all.reduce((total, one) => total + of(one), 0);
  const opened = sum((one) => one.opened);
  const bytes = sum((one) => (one.residentBytesEach ?? 0) * one.opened);
  return {
    held: {
      asked: sum((one) => one.asked),
      opened,
      failed: sum((one) => one.failed),
      lost: sum((one) => one.lost),
      live: sum((one) => one.live),
      openingSeconds: Math.round(sum((one) => one.openingSeconds) * 1e6) / 1e6,
      residentBytesEach: opened === 0 || bytes === 0 ? null : Math.round(bytes / opened),
      seconds: all.flatMap(({ seconds }) => seconds),
    },
  };
}

function mergeThroughput(runs: readonly RunResult[]): Pick<RunResult, "throughput"> {
  const all = runs.flatMap(({ throughput }) => throughput ?? []);
  if (all.length < runs.length) return {};
  const { seconds, bytesSent, bytesReceived } = sumTotals(runs.map(({ totals }) => totals));
  const perSecond = (bytes: number) => (seconds > 0 ? Math.round(bytes / seconds) : 0);
  return {
    throughput: {
      sentPerSecond: perSecond(bytesSent),
      receivedPerSecond: perSecond(bytesReceived),
      lost: all.reduce((sum, { lost }) => sum + lost, 0),
      seconds: all.flatMap((one) => one.seconds),
    },
  };
}

/** Nothing where a run does not say. */
function mergeHandshakes(runs: readonly RunResult[]): Pick<RunResult, "handshakes"> {
  const all = runs.flatMap(({ handshakes }) => handshakes ?? []);
  if (all.length < runs.length) return {};
  const sum = (key: keyof HandshakeResult): number => all.reduce((total, one) => total + one[key], 0);
  return { handshakes: { full: sum("full"), resumed: sum("resumed") } };
}

function mergeLatencies(sorted: readonly WholeRun[]): Pick<RunResult, "latency"> & {
  histograms: Record<string, string>;
} {
  const names = Object.keys(sorted[0]!.run.latency) as (keyof Latencies)[];
  const latency: Partial<Record<keyof Latencies, LatencySummary>> = {};
  const histograms: Record<string, string> = {};
  for (const metric of names) {
    const sum = new LatencyHistogram();
    for (const { name, run } of sorted) {
      const encoded = run.histograms[metric];
      if (encoded === undefined) continue;
      sum.add(decodeHistogram(encoded, momentsOf(run.latency[metric]), `${name}: histograms.${metric}`));
    }
    latency[metric] = summarize(sum);
    if (!sum.isEmpty) histograms[metric] = encodeHistogram(sum);
  }
  return { latency: latency as Latencies, histograms };
}

/** Each run's seconds behind those of the run before: the time between runs is no time of theirs. */
function lineUp(runs: readonly RunResult[]): readonly Interval[] {
  let offset = 0;
  return runs.flatMap(({ intervals, totals }) => {
    const from = offset;
    offset += totals.seconds;
    return intervals.map((interval) => ({
      ...interval,
      start: Math.round((from + interval.start) * 1e6) / 1e6,
    }));
  });
}

function mergeEndpoints(all: readonly EndpointResult[]): readonly EndpointResult[] {
  const merged = new Map<string, EndpointResult>();
  for (const endpoint of all) {
    const before = merged.get(endpoint.name);
    merged.set(endpoint.name, before === undefined ? endpoint : addEndpoints(before, endpoint));
  }
  return [...merged.values()];
}

function addEndpoints(a: EndpointResult, b: EndpointResult): EndpointResult {
  return {
    ...a,
    totals: {
      requests: a.totals.requests + b.totals.requests,
      succeeded: a.totals.succeeded + b.totals.succeeded,
      failed: a.totals.failed + b.totals.failed,
      censored: a.totals.censored + b.totals.censored,
    },
    latency: {
      response: addSummaries(a.latency.response, b.latency.response),
      service: addSummaries(a.latency.service, b.latency.service),
      failed: addSummaries(a.latency.failed, b.latency.failed),
    },
    statuses: sumCounts([a.statuses, b.statuses]),
  };
}

function sumCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const counts of all)
    for (const [key, count] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

function sumErrors(all: readonly ErrorCount[]): readonly ErrorCount[] {
  const sum = new Map<string, ErrorCount>();
  for (const error of all) {
    const before = sum.get(error.kind);
    sum.set(error.kind, before === undefined ? error : { ...before, count: before.count + error.count });
  }
  return [...sum.values()].toSorted((a, b) => b.count - a.count);
}

/** A merged run is as good as the worst of its parts. */
function worseQuality(a: Quality, b: Quality): Quality {
  const worst = VERDICTS.indexOf(a.verdict) >= VERDICTS.indexOf(b.verdict) ? a : b;
  return {
    ...worst,
    reasons: [...new Set([...a.reasons, ...b.reasons])],
    loopLag: addSummaries(a.loopLag, b.loopLag),
    lateness: addSummaries(a.lateness, b.lateness),
    gc: {
      pauses: a.gc.pauses + b.gc.pauses,
      totalMs: Math.round((a.gc.totalMs + b.gc.totalMs) * 100) / 100,
      maxMs: Math.max(a.gc.maxMs, b.gc.maxMs),
    },
  };
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
}

function weightedMean(values: readonly (readonly [value: number, weight: number])[]): number {
  const weights = values.reduce((sum, [, weight]) => sum + weight, 0);
  const sum = values.reduce((total, [value, weight]) => total + value * weight, 0);
  return weights === 0 ? 0 : Math.round((sum / weights) * 1000) / 1000;
}
