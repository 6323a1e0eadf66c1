/**
 * From merged counters and histograms to the result document.
 */

import type { ParsedExpectation } from "../../core/expectation.ts";
import { encodeHistogram } from "../../core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { summarize } from "../../core/metrics/latency-summary.ts";
import type { HandshakeResult, PlanRecord, Quality, RunResult } from "../../core/run-document.ts";
import { isSecretName, MASK, maskText } from "../../core/secrets.ts";
import type { Collector } from "./collector.ts";
import { datagramResult } from "./datagram-result.ts";
import { describeProtocol } from "./describe-protocol.ts";
import { describeWay } from "./describe-way.ts";
import { describeEnvironment, descriptorUse, ephemeralPorts } from "./environment.ts";
import { judgeExpectations } from "./expectations.ts";
import { fanOutResult } from "./fan-out-result.ts";
import { heldResult, type Opening } from "./held-result.ts";
import type { ThreadHealth } from "./messages.ts";
import { type FloodPlan, isFanOut } from "./plan.ts";
import { judge } from "./quality.ts";
import { type Counters, METRICS } from "./recorder.ts";
import { throughputResult } from "./throughput-result.ts";

export interface RunFacts {
  /** Of netkit. */
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  readonly baseline: RunResult | undefined;
  readonly startedAt: Date;
  /** End of the warm-up, and end of the last request: µs on the shared clock. */
  readonly measureFromUs: number;
  readonly lastEndUs: number;
  readonly health: readonly ThreadHealth[];
  readonly opening: Opening;
  readonly interrupted: boolean;
}

export function compose(plan: FloodPlan, collector: Collector, facts: RunFacts): RunResult {
  const { counters } = collector;
  const elapsed = Math.max(0, facts.lastEndUs - facts.measureFromUs) / 1e6;
  const seconds = measuredSeconds(plan, elapsed, facts.interrupted);
  const histograms: Record<string, string> = {};
  for (const metric of METRICS) {
    const histogram = collector.histogram(metric);
    if (!histogram.isEmpty) histograms[metric] = encodeHistogram(histogram);
  }
  const latency = {
    response: summarize(collector.histogram("response")),
    service: summarize(collector.histogram("service")),
    lateness: summarize(collector.histogram("lateness")),
    dns: summarize(collector.histogram("dns")),
    connect: summarize(collector.histogram("connect")),
    tls: summarize(collector.histogram("tls")),
    firstByte: summarize(collector.histogram("firstByte")),
    failed: summarize(collector.histogram("failed")),
  };
  const result: Omit<RunResult, "expectations"> = {
    schema: "netkit.run/1",
    command: "flood",
    version: facts.version,
    startedAt: facts.startedAt.toISOString(),
    plan: recordPlan(plan, counters),
    environment: describeEnvironment(facts.version),
    totals: {
      requests: collector.requests,
      succeeded: counters.succeeded,
      failed: counters.failed,
      censored: counters.censored,
      timedOut: counters.timedOut,
      unsent: counters.unsent,
      bytesSent: Math.round(counters.bytesSent),
      bytesReceived: counters.bytesReceived,
      connectionsOpened: counters.connectionsOpened,
      seconds: Math.round(seconds * 1e6) / 1e6,
    },
    rate: {
      offered: plan.load.kind === "open" ? plan.load.ratePerSecond : null,
      achieved: Math.round(achievedRate(plan, collector, elapsed, facts.interrupted) * 1000) / 1000,
    },
    latency,
    ...(plan.tls.resume === true ? { handshakes: handshakesOf(counters) } : {}),
    ...(plan.load.kind === "hold" ? standing(plan, collector, facts.opening, seconds) : {}),
    ...(plan.protocol.kind === "datagram" ? { datagrams: datagramResult(counters, seconds) } : {}),
    ...(isFanOut(plan) ? { fanOut: fanOutResult(plan, collector, seconds) } : {}),
    statuses: collector.statuses(),
    errors: collector.errors().map((error) => ({ ...error, example: maskText(error.example) })),
    endpoints: collector.endpoints(),
    intervals: collector.intervals(elapsed),
    histograms,
    quality: assess(plan, collector, facts.health, seconds),
    interrupted: facts.interrupted,
  };
  return {
    ...result,
    expectations: judgeExpectations(facts.expectations, result, collector, facts.baseline),
  };
}

/**
 * The time that rates refer to. A planned duration counts as planned: a straggler that is waited for after its
 * end does not lower the rate of the others. Without one, time ends with the last answer.
 */
function measuredSeconds(plan: FloodPlan, elapsed: number, interrupted: boolean): number {
  if (plan.stop.kind === "requests") return elapsed;
  return interrupted ? Math.min(elapsed, plan.stop.seconds) : plan.stop.seconds;
}

/** Closed loop: answers per second. Open loop: requests sent per second of the schedule. */
function achievedRate(plan: FloodPlan, collector: Collector, elapsed: number, interrupted: boolean): number {
  const { counters } = collector;
  const { load, stop } = plan;
  const seconds = measuredSeconds(plan, elapsed, interrupted);
  if (load.kind !== "open") return seconds > 0 ? counters.inTime / seconds : 0;
  const scheduled = stop.kind === "duration" ? stop.seconds : stop.count / load.ratePerSecond;
  const sending = interrupted ? Math.min(elapsed, scheduled) : scheduled;
  return sending > 0 ? counters.sent / sending : 0;
}

/** Local ports for connections to one place; null where nobody knows, or none are taken. */
function portsOf({ way }: FloodPlan): number | null {
  const each = way.unixSocket === undefined ? ephemeralPorts() : null;
  return each === null ? null : each * Math.max(1, way.localAddresses.length);
}

function assess(
  plan: FloodPlan,
  collector: Collector,
  health: readonly ThreadHealth[],
  seconds: number,
): Quality {
  const loopLag = new LatencyHistogram();
  for (const thread of health) if (thread.loopLag !== undefined) loopLag.addSnapshot(thread.loopLag);
  const most = (pick: (thread: ThreadHealth) => number) => Math.max(0, ...health.map(pick));
  const cpuUs = health.reduce((sum, thread) => sum + thread.cpuUs, 0);
  const generatorLateness = collector.histogram("generatorLateness");
  const descriptors = descriptorUse();
  const ports = { used: collector.counters.connectionsOpened, available: portsOf(plan) };
  const waiting = health.some((thread) => Number.isNaN(thread.waiting)) ? Number.NaN : most((t) => t.waiting);
  const busy = most((thread) => thread.busy);
  const gcMaxMs = most((thread) => thread.gc.maxMs);
  const verdict = judge({
    load: plan.load.kind === "open" ? "open" : "closed",
    busy,
    waiting,
    loopLag,
    generatorLateness,
    gcMaxMs,
    descriptors,
    ports,
    seconds,
    due: collector.counters.sent + collector.counters.unsent,
    unsent: collector.counters.unsent,
  });
  const share = (value: number) => Math.round(value * 1e4) / 1e4;
  return {
    ...verdict,
    cpu: {
      busy: share(busy),
      waiting: Number.isNaN(waiting) ? null : share(waiting),
      usPerRequest:
        Number.isNaN(cpuUs) || collector.requests === 0
          ? null
          : Math.round((cpuUs / collector.requests) * 100) / 100,
    },
    loopLag: summarize(loopLag),
    lateness: summarize(generatorLateness),
    gc: {
      pauses: health.reduce((sum, thread) => sum + thread.gc.pauses, 0),
      totalMs: Math.round(health.reduce((sum, thread) => sum + thread.gc.totalMs, 0) * 100) / 100,
      maxMs: Math.round(gcMaxMs * 100) / 100,
    },
    descriptors,
    ports,
  };
}

/** Of connections without requests. */
function standing(
  plan: FloodPlan,
  collector: Collector,
  opening: Opening,
  seconds: number,
): Pick<RunResult, "held" | "throughput"> {
  return plan.protocol.kind === "stream"
    ? { throughput: throughputResult(collector, seconds) }
    : { held: heldResult(plan, collector, opening) };
}

function handshakesOf({ connectionsOpened, resumedConnections }: Counters): HandshakeResult {
  return { full: connectionsOpened - resumedConnections, resumed: resumedConnections };
}

function recordPlan(plan: FloodPlan, counters: Counters): PlanRecord {
  return {
    urls: plan.targets.map((target) => target.url),
    protocol: describeProtocol(plan.protocol, counters),
    method: plan.request.method,
    headers: plan.request.headers.map(([name, value]) => [name, isSecretName(name) ? MASK : value] as const),
    bodyBytes: plan.request.body?.length ?? 0,
    ...(plan.request.bodies === undefined ? {} : { rows: plan.request.bodies.length }),
    load: plan.protocol.kind === "stream" ? "stream" : plan.load.kind,
    rate: plan.load.kind === "open" ? plan.load.ratePerSecond : null,
    arrival: plan.load.kind === "open" ? plan.load.arrival : null,
    durationSeconds: plan.stop.kind === "duration" ? plan.stop.seconds : null,
    requests: plan.stop.kind === "requests" ? plan.stop.count : null,
    connections: plan.connections,
    depth: plan.depth,
    threads: plan.threads,
    warmupSeconds: plan.warmupSeconds,
    timeoutMs: plan.timeoutMs,
    ...describeWay(plan),
    newConnection: plan.newConnection,
    ...(plan.requestsPerConnection === undefined
      ? {}
      : { requestsPerConnection: plan.requestsPerConnection }),
    ...(plan.connectRate === undefined ? {} : { connectRate: plan.connectRate }),
    insecure: !plan.tls.verify,
  };
}
