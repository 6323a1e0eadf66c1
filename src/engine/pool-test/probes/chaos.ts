/**
 * The server's side fails in the middle of a load: what callers see, how long it takes until all is as before, how many
 * connections are made anew at once, and whether any stay behind.
 *
 *     |── before ──|── fault ──|── after ──────────|
 *     0         atSeconds  + forSeconds      durationSeconds
 */

import type { TimerHandle } from "../../../core/backpressure/timers.ts";
import { runLoad } from "../load/run-load.ts";
import type { ChaosPlan } from "../plan.ts";
import type { ProbeContext } from "../pool-test.ts";
import { endPool } from "../pools/end-pool.ts";
import type { PoolHooks } from "../pools/pool.ts";
import type { ChaosResult } from "../result.ts";
import { openTarget } from "../targets/catalog.ts";
import { Relay } from "../targets/relay.ts";
import type { ServerDesk } from "../targets/target.ts";
import { Course } from "./course.ts";

/** After the load: the server may take a moment to notice that a connection is gone. */
const LEAK_LOOK_MS = 300;
const HERD_US = 100_000;

export async function runChaos(context: ProbeContext): Promise<ChaosResult | null> {
  const { plan, time, signal, abort, size } = context;
  const { chaos } = plan;
  if (chaos === undefined) return null;
  await using relay = await Relay.start(plan.target);
  await using target = await openTarget(relay.plan, signal);
  await using desk = chaos.kind === "kill" ? await target.desk?.(signal).catch(() => undefined) : undefined;
  const { clock, timers } = time;
  let startUs = Number.POSITIVE_INFINITY;
  const course = new Course(() => startUs);
  const made = new Made(() => clock.nowUs());
  const pool = context.createPool(target, { ...plan.settings, size }, made.hooks);
  const means = meansOf(
    chaos,
    desk,
    desk === undefined ? undefined : (await desk.view(signal)).source,
    relay,
  );
  const handles: TimerHandle[] = [];
  let [faultUs, endedUs, killed] = [Number.NaN, Number.NaN, 0];
  const strike = async (): Promise<void> => {
    faultUs = clock.nowUs();
    killed = await means.strike();
    endedUs = clock.nowUs();
    if (chaos.forSeconds === 0) return;
    handles.push(
      timers.set(() => void means.mend().then(() => (endedUs = clock.nowUs())), chaos.forSeconds * 1000),
    );
  };
  let timeline: ChaosResult["timeline"] = [];
  try {
    const outcome = await runLoad({
      ...plan,
      pool,
      time,
      observer: course,
      signal,
      abort,
      onMeasuring: (atUs) => {
        startUs = atUs;
        // A desk that fails to kill leaves a fault without effect, which the result shows.
        handles.push(timers.set(() => void strike().catch(() => undefined), chaos.atSeconds * 1000));
      },
    });
    timeline = outcome.timeline;
  } finally {
    for (const handle of handles) timers.clear(handle);
    await means.mend();
    await endPool(pool, timers, abort);
  }
  await new Promise<void>((resolve) => void timers.set(resolve, LEAK_LOOK_MS));
  const [from, to, end] = [faultUs - startUs, endedUs - startUs, plan.durationSeconds * 1e6];
  const recoveredUs = course.recoveredAfterUs(from, to, end);
  return {
    kind: chaos.kind,
    means: means.name,
    atSeconds: chaos.atSeconds,
    forSeconds: chaos.forSeconds,
    killed,
    recoveryMs: recoveredUs === undefined ? null : recoveredUs / 1000,
    failures: course.failuresFrom(from),
    throughputBefore: course.throughput(0, from) ?? 0,
    throughputAfter: recoveredUs === undefined ? null : course.throughput(to + recoveredUs, end),
    waitP99BeforeUs: course.waitP99(0, from),
    waitP99DuringUs: course.waitP99(from, recoveredUs === undefined ? end : to + recoveredUs),
    waitP99AfterUs: recoveredUs === undefined ? null : course.waitP99(to + recoveredUs, end),
    leaked: relay.open - (desk === undefined ? 0 : 1),
    reconnects: made.since(faultUs),
    timeline,
  };
}

interface Means {
  readonly name: string;
  /** Connections it ended. */
  strike(): Promise<number>;
  mend(): Promise<void>;
}

const KILLERS: Readonly<Record<string, string>> = {
  pg_stat_activity: "pg_terminate_backend",
  "information_schema.PROCESSLIST": "KILL",
  "CLIENT LIST": "CLIENT KILL",
};

function meansOf(
  chaos: ChaosPlan,
  desk: ServerDesk | undefined,
  source: string | undefined,
  relay: Relay,
): Means {
  const through = { name: "the relay", mend: () => relay.accept() };
  switch (chaos.kind) {
    case "kill":
      if (desk?.kill === undefined) return { ...through, strike: async () => relay.reset(chaos.count) };
      return {
        ...through,
        name: KILLERS[source ?? ""] ?? "the server",
        strike: () => desk.kill!(chaos.count),
      };
    case "restart":
      return {
        ...through,
        strike: async () => {
          await relay.refuse();
          return relay.reset();
        },
      };
    case "refuse":
      return {
        ...through,
        strike: async () => {
          await relay.refuse();
          // Those that are open go on; one is taken away, so that a new one is wanted.
          return relay.reset(1);
        },
      };
    case "slow":
      return {
        name: "the relay",
        strike: async () => {
          relay.delayMs = chaos.delayMs;
          return 0;
        },
        mend: async () => {
          relay.delayMs = 0;
        },
      };
  }
}

/** Connections as they are made. */
class Made {
  readonly #nowUs: () => number;
  readonly #atUs: number[] = [];
  readonly #failedAtUs: number[] = [];
  readonly hooks: PoolHooks = {
    onCreated: () => void this.#atUs.push(this.#nowUs()),
    onCreateFailed: () => void this.#failedAtUs.push(this.#nowUs()),
    onDestroyed: () => undefined,
    onLeak: () => undefined,
  };

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  since(fromUs: number): ChaosResult["reconnects"] {
    const made = this.#atUs.filter((at) => at >= fromUs);
    const failed = this.#failedAtUs.filter((at) => at >= fromUs);
    const tries = [...made, ...failed].sort((a, b) => a - b);
    return {
      count: made.length,
      failed: failed.length,
      peakPer100Ms: mostWithin(tries, HERD_US),
      atOnce: mostWithin(tries, HERD_US / 100),
    };
  }
}

/** @param instants ascending */
function mostWithin(instants: readonly number[], us: number): number {
  let most = 0;
  let from = 0;
  for (const [at, instant] of instants.entries()) {
    while (instant - instants[from]! > us) from++;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
