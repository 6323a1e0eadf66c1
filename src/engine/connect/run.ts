/**
 * A plan carried out: one path, one for each address, one for each way to compare, or one after the other.
 *
 *     once ─────────► path
 *     all-addresses ► resolve ─► path, path, …            one after the other: at the same time they would disturb
 *     compare ──────► cold ─► again on the same connection (warm) ─► anew with the ticket (resumed)
 *     repeat ───────► path … at start + k × interval ─► tally
 *
 * Guarantees: paths do not overlap; an abort ends the path under way, and what was found until then is the result.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, monotonicClock } from "../../core/clock.ts";
import type { ParsedExpectation } from "../../core/expectation.ts";
import { judgeExpectations } from "./expectations.ts";
import { type PathOptions, PathRun } from "./path.ts";
import type { CompareWay, ConnectMode, ConnectPlan } from "./plan.ts";
import { LookupProcess } from "./resolve/lookup-process.ts";
import { resolve } from "./resolve/resolve.ts";
import { warmUp } from "./resolve/warm-up.ts";
import type { ConnectResult, PathResult, RepeatResult } from "./result.ts";
import { Tally } from "./tally.ts";
import { judgeAll } from "./verdict.ts";
import { rehearse } from "./way/rehearsal.ts";
import type { Trace } from "./way/trace.ts";

export interface RunOptions {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  /** Ends the path under way, and the run. */
  readonly signal: AbortSignal;
  /** Told of every path as it ends, from number 1. */
  readonly onPath?: ((path: PathResult, number: number, soFar: RepeatResult) => void) | undefined;
  readonly trace?: Trace | undefined;
  readonly clock?: Clock | undefined;
  readonly resolving?: PathOptions["resolving"];
}

export async function runConnect(plan: ConnectPlan, options: RunOptions): Promise<ConnectResult> {
  const startedAt = new Date().toISOString();
  using lookups = await lookupsFor(plan, options);
  const base: PathOptions = {
    trace: options.trace,
    clock: options.clock,
    resolving: options.resolving ?? (lookups === undefined ? undefined : { system: lookups }),
  };
  const tally = new Tally();
  const paths: PathResult[] = [];
  const told = (path: PathResult): void => {
    if (plan.mode.kind === "repeat") paths.length = 0;
    paths.push(path);
    tally.add(path);
    options.onPath?.(path, tally.sent, tally.result());
  };
  await modeOf(plan.mode)(plan, base, options, told);
  const repeat = plan.mode.kind === "repeat" ? tally.result() : null;
  const endless = plan.mode.kind === "repeat" && plan.mode.count === undefined;
  return {
    schema: "netkit.connect/1",
    command: "connect",
    version: options.version,
    startedAt,
    url: plan.endpoint.display,
    mode: plan.mode.kind,
    paths,
    repeat,
    expectations: judgeExpectations(options.expectations, tally),
    verdict: repeat === null ? judgeAll(verdictsOf(paths), nounOf(plan.mode)) : judgeRepeat(repeat, tally),
    // Who repeats without a count says himself when it is enough.
    interrupted: options.signal.aborted && !endless,
  };
}

/** getaddrinfo in a process of its own, so that a silent resolver cannot hold this one; and everything warm. */
async function lookupsFor(plan: ConnectPlan, options: RunOptions): Promise<LookupProcess | undefined> {
  const rehearsed = async (rehearsal: ConnectPlan): Promise<void> => {
    await using _run = await PathRun.run(rehearsal, {}, options.signal);
  };
  const needed =
    plan.resolver.kind === "system" && plan.unixSocket === undefined && options.resolving === undefined;
  const [lookups] = await Promise.all([
    needed ? LookupProcess.start() : undefined,
    warmUp(plan.resolver),
    rehearse(plan, rehearsed),
  ]);
  return lookups;
}

type Carry = (
  plan: ConnectPlan,
  base: PathOptions,
  options: RunOptions,
  told: (path: PathResult) => void,
) => Promise<void>;

function modeOf(mode: ConnectMode): Carry {
  switch (mode.kind) {
    case "once":
      return runOnce;
    case "all-addresses":
      return runAllAddresses;
    case "compare":
      return (plan, base, options, told) => runComparison(plan, mode.ways, base, options, told);
    case "repeat":
      return (plan, base, options, told) => runRepeat(plan, mode, base, options, told);
  }
}

const runOnce: Carry = async (plan, base, { signal }, told) => {
  await using run = await PathRun.run(plan, base, signal);
  told(run.result);
};

const runAllAddresses: Carry = async (plan, base, options, told) => {
  const { host, port } = plan.proxy ?? plan.endpoint;
  const { signal, clock = monotonicClock } = options;
  const resolved = await resolve(plan, { host, port }, { ...base.resolving, clock }, signal);
  // The path fails as the resolution did, and says so in its own words.
  if (resolved.kind === "failed") return await runOnce(plan, base, options, told);
  const addresses = [...resolved.first, ...(await resolved.later)];
  const resolution = resolved.report();
  resolved.close();
  for (const address of addresses) {
    await using run = await PathRun.run(
      plan,
      { ...base, label: address.address, address, resolution },
      signal,
    );
    told(run.result);
    if (signal.aborted) return;
  }
};

async function runComparison(
  plan: ConnectPlan,
  ways: readonly CompareWay[],
  base: PathOptions,
  { signal }: RunOptions,
  told: (path: PathResult) => void,
): Promise<void> {
  await using cold = await PathRun.run(plan, { ...base, label: "cold" }, signal);
  const first = cold.result;
  for (const way of ways) {
    if (way === "cold" || first.error !== null) {
      told(first);
      if (first.error !== null) return;
    } else if (way === "warm") {
      told((await cold.again("warm")) ?? notKept(first));
    } else {
      // The peer's ticket, and the address that is known to answer: the gain of resumption alone.
      const { remote, resolution } = first;
      const address = remote ?? undefined;
      const known = { address, resolution: resolution ?? undefined };
      const options = { ...base, ...known, label: "resumed", session: cold.session };
      await using resumed = await PathRun.run(plan, options, signal);
      told(resumed.result);
    }
    if (signal.aborted) return;
  }
}

/** What a second request would have needed. */
function notKept(cold: PathResult): PathResult {
  const title = "the connection cannot be used a second time";
  const why = "the peer closed it after its first answer, or the protocol has one dialogue a connection";
  return {
    ...cold,
    label: "warm",
    resolution: null,
    attempts: [],
    probe: null,
    phases: [],
    totalUs: 0,
    bytesSent: 0,
    bytesReceived: 0,
    error: { stage: "protocol", code: "NK_NOT_KEPT", message: title, why, next: null },
    verdict: { outcome: "failed", layer: "protocol", title, evidence: [why], next: null },
  };
}

async function runRepeat(
  plan: ConnectPlan,
  { count = Number.POSITIVE_INFINITY, intervalMs }: Extract<ConnectMode, { kind: "repeat" }>,
  base: PathOptions,
  { signal, clock = monotonicClock }: RunOptions,
  told: (path: PathResult) => void,
): Promise<void> {
  const startUs = clock.nowUs();
  for (let number = 0; number < count && !signal.aborted; number++) {
    const leftMs = (startUs - clock.nowUs()) / 1000 + number * intervalMs;
    if (leftMs > 0 && !(await waited(leftMs, signal))) return;
    await using run = await PathRun.run(plan, base, signal);
    told(run.result);
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}

function verdictsOf(paths: readonly PathResult[]): PathResult["verdict"][] {
  return paths.map(({ verdict }) => verdict);
}

function nounOf(mode: ConnectMode): string {
  return mode.kind === "all-addresses" ? "addresses" : "ways";
}

function judgeRepeat(repeat: RepeatResult, tally: Tally): ConnectResult["verdict"] {
  const { sent, succeeded } = repeat;
  const last = tally.lastVerdict;
  if (last === undefined) return judgeAll([], "paths");
  const failure = tally.lastFailure;
  if (failure === undefined) {
    if (sent === 1) return last;
    const title =
      last.outcome === "ok"
        ? `all ${sent} paths went well`
        : `all ${sent} paths were answered; ${last.title}`;
    return { ...last, title };
  }
  if (succeeded === 0) return failure;
  return {
    outcome: "degraded",
    layer: failure.layer,
    title: `${sent - succeeded} of ${sent} paths failed`,
    evidence: [failure.title],
    next: failure.next,
  };
}
