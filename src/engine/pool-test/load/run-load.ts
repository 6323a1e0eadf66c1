/**
 * One load on one pool, from the first caller to the last: warm-up, measured period, bounded drain.
 *
 *     |-- warm-up --|------- measured -------|-- drain --|
 *     callers come ─────────────────────────►│ nobody comes; who is under way may finish, then is censored
 *
 * The signal ends the measured period at that instant; the drain follows as ever, until `abort` ends that too. The pool
 * stays the caller's.
 */
import type { Timers } from "../../../core/backpressure/timers.ts";
import type { Clock } from "../../../core/clock.ts";
import type { LoadPlan } from "../plan.ts";
import type { PoolUnderTest } from "../pools/pool.ts";
import type { GaugeSample, MeanGauges } from "../result.ts";
import type { AlarmMaker } from "./alarm.ts";
import { constantArrivals, poissonArrivals } from "./arrivals.ts";
import type { LoadContext } from "./checkout.ts";
import { startClosed } from "./closed.ts";
import { Delays } from "./delays.ts";
import { GaugeSampler } from "./gauges.ts";
import { startOpen } from "./open.ts";
import { type LoadObserver, LoadRecorder } from "./recorder.ts";

export interface LoadTime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly makeAlarm: AlarmMaker;
}

export interface LoadOptions {
  readonly pool: PoolUnderTest;
  readonly load: LoadPlan;
  readonly holdMs: number;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  readonly drainSeconds: number;
  /** Of Poisson arrivals. */
  readonly seed: number;
  readonly time: LoadTime;
  readonly observer?: LoadObserver | undefined;
  /** Told when the measured period begins, with its instant. */
  readonly onMeasuring?: ((startUs: number) => void) | undefined;
  /** Told when it ends, planned or not. */
  readonly onDraining?: (() => void) | undefined;
  /** Told a few times a second. */
  readonly onTick?: ((recorder: LoadRecorder, nowUs: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly abort?: AbortSignal | undefined;
}

export interface LoadOutcome {
  readonly recorder: LoadRecorder;
  /** The measured period, as it was. */
  readonly startUs: number;
  readonly endUs: number;
  readonly gauges: MeanGauges;
  readonly timeline: readonly GaugeSample[];
  /** Closed load: served in the measured period, by client. */
  readonly servedByClient: readonly number[] | undefined;
  readonly interrupted: boolean;
}

const TICK_MS = 200;

export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  const { pool, load, holdMs, time, signal, warmupSeconds, durationSeconds } = options;
  const { clock, timers } = time;
  using delays = new Delays(time.makeAlarm, clock);
  const beginUs = clock.nowUs();
  const startUs = beginUs + warmupSeconds * 1e6;
  const plannedEndUs = startUs + durationSeconds * 1e6;
  const recorder = new LoadRecorder(startUs, plannedEndUs, options.observer);
  const context: LoadContext = { pool, recorder, delays, clock, holdMs, over: false };
  using sampler = new GaugeSampler({ pool, recorder, clock, timers, startUs, endUs: plannedEndUs });
  using _ticks = every(TICK_MS, timers, () => options.onTick?.(recorder, clock.nowUs()));

  if (warmupSeconds > 0) delays.at(startUs, () => options.onMeasuring?.(startUs));
  else options.onMeasuring?.(startUs);
  const started = start(context, load, beginUs, plannedEndUs, options.seed);
  const interrupted = await untilOrAborted(delays, plannedEndUs, signal);
  const endUs = interrupted ? Math.max(startUs, Math.min(clock.nowUs(), plannedEndUs)) : plannedEndUs;
  recorder.endAt(endUs);
  started.stop();
  options.onDraining?.();

  const deadlineUs = clock.nowUs() + options.drainSeconds * 1e6;
  await Promise.race([recorder.empty(), untilOrAborted(delays, deadlineUs, options.abort)]);
  context.over = true;
  recorder.censorAll(clock.nowUs());
  return {
    recorder,
    startUs,
    endUs,
    gauges: sampler.means(endUs),
    timeline: sampler.timeline,
    servedByClient: started.served,
    interrupted,
  };
}

function start(
  context: LoadContext,
  load: LoadPlan,
  beginUs: number,
  endUs: number,
  seed: number,
): { stop(): void; readonly served?: readonly number[] } {
  switch (load.kind) {
    case "closed":
      return startClosed(context, load.clients, load.thinkMs);
    case "open": {
      const lengthUs = endUs - beginUs;
      const arrivals =
        load.arrival === "poisson"
          ? poissonArrivals(load.ratePerSecond, lengthUs, seed)
          : constantArrivals(load.ratePerSecond, lengthUs);
      return startOpen(context, arrivals, beginUs, load.maxOutstanding);
    }
  }
}

/** Whether the signal came first. */
function untilOrAborted(delays: Delays, dueUs: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(true);
  return new Promise((resolve) => {
    const aborted = (): void => {
      delays.cancel(delay);
      resolve(true);
    };
    const delay = delays.at(dueUs, () => {
      signal?.removeEventListener("abort", aborted);
      resolve(false);
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

function every(ms: number, timers: Timers, callback: () => void): Disposable {
  const fire = (): void => {
    timer = timers.set(fire, ms, true);
    callback();
  };
  let timer = timers.set(fire, ms, true);
  return { [Symbol.dispose]: () => timers.clear(timer) };
}
