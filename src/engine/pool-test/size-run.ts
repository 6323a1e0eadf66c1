/**
 * One run of one size: a fresh pool, its load, its end, and the figures of it with their own doubts.
 */
import { type Clock, monotonicClock } from "../../core/clock.ts";
import { formatMicros, formatShare } from "../../core/units.ts";
import { ConnectionTally } from "./load/connections.ts";
import { Distributions } from "./load/distributions.ts";
import type { LoadObserver, LoadRecorder } from "./load/recorder.ts";
import { type LoadOutcome, type LoadTime, runLoad } from "./load/run-load.ts";
import { ServerWatch } from "./load/server-watch.ts";
import type { PoolTestPlan } from "./plan.ts";
import { endPool } from "./pools/end-pool.ts";
import type { PoolHooks, PoolSettings, PoolUnderTest } from "./pools/pool.ts";
import type { PoolTestProgress, SizeRun } from "./result.ts";
import type { OpenTarget, ServerDesk } from "./targets/target.ts";

export type CreatePool = (target: OpenTarget, settings: PoolSettings, hooks: PoolHooks) => PoolUnderTest;

export interface SizeRunOptions {
  readonly plan: PoolTestPlan;
  readonly target: OpenTarget;
  readonly createPool: CreatePool;
  /** Undefined where the server has no view of its own. */
  readonly desk: ServerDesk | undefined;
  readonly size: number;
  /** 1 … repeat. */
  readonly round: number;
  /** From 1. */
  readonly order: number;
  /** Of all. */
  readonly runs: number;
  readonly time: LoadTime;
  readonly signal?: AbortSignal | undefined;
  readonly abort?: AbortSignal | undefined;
  readonly observer?: LoadObserver | undefined;
  readonly onProgress?: ((progress: PoolTestProgress) => void) | undefined;
}

export interface SizeRunOutcome {
  readonly run: SizeRun;
  /** To be merged with other runs of the size. */
  readonly distributions: Distributions;
}

/** N = X·R must hold this well. */
export const LITTLE_TOLERANCE = 0.05;
/** For the news of the last connections to come in. */
const GRACE_MS = 500;
const GRACE_STEP_MS = 10;
const LATENESS_SUSPECT_US = 5_000;

export async function runSize(options: SizeRunOptions): Promise<SizeRunOutcome> {
  const { plan, size, time } = options;
  const startedAt = new Date().toISOString();
  const connections = new ConnectionTally();
  const pool = options.createPool(
    connections.watch(options.target),
    { ...plan.settings, size },
    connections.hooks,
  );
  const poolOpen = (): number => {
    const { active, idle } = pool.gauges();
    return Math.max(connections.open, active + idle);
  };
  const loop = loopOf(time.clock);
  let outcome: LoadOutcome;
  let server: SizeRun["server"] = null;
  try {
    using watch =
      options.desk === undefined ? undefined : new ServerWatch(options.desk, poolOpen, time.timers);
    let phase: PoolTestProgress["phase"] = "warm-up";
    const progress = progressOf(options);
    outcome = await runLoad({
      ...plan,
      pool,
      seed: plan.seed + options.round,
      time,
      observer: options.observer,
      signal: options.signal,
      abort: options.abort,
      onMeasuring: () => {
        phase = "measuring";
        loop.start();
        watch?.start();
      },
      onDraining: () => {
        phase = "draining";
        loop.stop();
      },
      onTick: (recorder, nowUs) => progress(phase, recorder, nowUs),
    });
    server = watch?.result() ?? null;
  } finally {
    connections.closing();
    await closed(pool, connections, time, options.abort);
  }

  const { recorder, gauges, timeline, servedByClient, interrupted } = outcome;
  const distributions = new Distributions();
  distributions.add(recorder.distributions);
  distributions.creation.add(connections.creation);
  const figures = {
    seconds: recorder.seconds,
    throughput: recorder.throughput,
    counts: recorder.counts(),
    latency: distributions.summaries(),
    littlesLaw: recorder.littlesLaw(LITTLE_TOLERANCE),
    loopBusy: loop.busy(),
  };
  const reasons = doubts(figures);
  return {
    distributions,
    run: {
      size,
      round: options.round,
      order: options.order,
      startedAt,
      ...figures,
      offered: plan.load.kind === "open" ? plan.load.ratePerSecond : null,
      histograms: distributions.encoded(),
      errors: recorder.errors(),
      connections: connections.counts(recorder.reused),
      gauges,
      timeline,
      fairness: fairnessOf(distributions),
      clientSpread: spreadOf(servedByClient),
      server,
      suspect: reasons.length > 0,
      reasons,
      interrupted,
    },
  };
}

/** Longest wait ÷ median wait; null where that says nothing. */
export function fairnessOf({ wait }: Distributions): number | null {
  const median = wait.valueAtPercentile(50);
  return median === undefined || median === 0 ? null : wait.max! / median;
}

function spreadOf(served: readonly number[] | undefined): number | null {
  if (served === undefined) return null;
  const fewest = Math.min(...served);
  return fewest > 0 ? Math.max(...served) / fewest : null;
}

type Figures = Pick<SizeRun, "latency" | "littlesLaw">;

/** Why the figures may not say what they seem to, each with what to do about it. */
function doubts({ latency, littlesLaw }: Figures): string[] {
  const reasons: string[] = [];
  if (littlesLaw !== null && !littlesLaw.holds) {
    reasons.push(
      `callers under way and throughput × time differ by ${formatShare(littlesLaw.deviation)} (Little's law): the run was not steady, measure longer or with less load`,
    );
  }
  const lateness = latency.lateness.p99 ?? 0;
  if (lateness >= LATENESS_SUSPECT_US) {
    reasons.push(
      `callers came ${formatMicros(lateness)} late at p99: this process was too busy for the rate, lower --rate`,
    );
  }
  return reasons;
}

/** How busy this process's event loop was; nothing to say under a clock that is not the machine's. */
function loopOf(clock: Clock): { start(): void; stop(): void; busy(): number | null } {
  const { eventLoopUtilization } = performance;
  let begun: ReturnType<typeof eventLoopUtilization> | undefined;
  let busy: number | null = null;
  return {
    start() {
      if (clock === monotonicClock) begun = eventLoopUtilization();
    },
    stop() {
      if (begun !== undefined) busy = eventLoopUtilization(begun).utilization;
    },
    busy: () => busy,
  };
}

function progressOf({ plan, size, order, runs, onProgress, time }: SizeRunOptions) {
  const beginUs = time.clock.nowUs();
  return (phase: PoolTestProgress["phase"], recorder: LoadRecorder, nowUs: number): void =>
    onProgress?.({
      phase,
      size,
      run: order,
      runs,
      elapsedSeconds: (nowUs - beginUs) / 1e6,
      totalSeconds: plan.warmupSeconds + plan.durationSeconds,
      served: recorder.servedSoFar,
      failed: recorder.failedSoFar,
      waiting: recorder.waiting.value,
    });
}

/** Some libraries tell of the last connection only after they have ended. What does not end shows in what is left open. */
async function closed(
  pool: PoolUnderTest,
  connections: ConnectionTally,
  { timers }: LoadTime,
  abort: AbortSignal | undefined,
): Promise<void> {
  await endPool(pool, timers, abort);
  for (let leftMs = GRACE_MS; connections.open > 0 && leftMs > 0; leftMs -= GRACE_STEP_MS) {
    if (abort?.aborted) return;
    await new Promise<void>((resolve) => void timers.set(resolve, GRACE_STEP_MS));
  }
}
