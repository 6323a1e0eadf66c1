/**
 * The pool's own gauges over time. `active` and `waiting` of the means come from the callers themselves, exactly;
 * `idle` and `creating` only the pool knows, so they are sampled and weighted by time.
 */
import type { TimerHandle, Timers } from "../../../core/backpressure/timers.ts";
import type { Clock } from "../../../core/clock.ts";
import type { PoolUnderTest } from "../pools/pool.ts";
import type { GaugeSample, MeanGauges } from "../result.ts";
import type { LoadRecorder } from "./recorder.ts";

/** Samples for the means; a lease may be shorter, hence no `active` from here. */
const SAMPLE_MS = 10;
/** Points of a timeline at most. */
const POINTS = 120;

export interface SamplerOptions {
  readonly pool: PoolUnderTest;
  readonly recorder: LoadRecorder;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The measured period. */
  readonly startUs: number;
  readonly endUs: number;
}

export class GaugeSampler implements Disposable {
  readonly timeline: GaugeSample[] = [];
  readonly #options: SamplerOptions;
  readonly #everyUs: number;
  #timer: TimerHandle;
  #lastUs = 0;
  #weighedUs = 0;
  #idleArea = 0;
  #creatingArea = 0;
  #saysCreating = true;
  #pointUs: number;
  #served = 0;
  #failed = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#everyUs = Math.max((options.endUs - options.startUs) / POINTS, SAMPLE_MS * 1000);
    this.#pointUs = options.startUs;
    this.#timer = options.timers.set(this.#sample, SAMPLE_MS, true);
  }

  means(nowUs: number): MeanGauges {
    const { recorder } = this.#options;
    return {
      active: recorder.active.mean(nowUs),
      waiting: recorder.waiting.mean(nowUs),
      idle: this.#weighedUs > 0 ? this.#idleArea / this.#weighedUs : 0,
      creating: this.#saysCreating && this.#weighedUs > 0 ? this.#creatingArea / this.#weighedUs : null,
    };
  }

  [Symbol.dispose](): void {
    this.#options.timers.clear(this.#timer);
  }

  readonly #sample = (): void => {
    const { pool, recorder, clock, timers, startUs, endUs } = this.#options;
    const nowUs = clock.nowUs();
    if (nowUs <= endUs) this.#timer = timers.set(this.#sample, SAMPLE_MS, true);
    if (nowUs < startUs) {
      this.#served = recorder.servedSoFar;
      this.#failed = recorder.failedSoFar;
      this.#lastUs = nowUs;
      return;
    }
    const { active, idle, waiting, creating } = pool.gauges();
    const weightUs = nowUs - Math.max(this.#lastUs, startUs);
    this.#lastUs = nowUs;
    this.#weighedUs += weightUs;
    this.#idleArea += idle * weightUs;
    if (creating === undefined) this.#saysCreating = false;
    else this.#creatingArea += creating * weightUs;
    if (nowUs < this.#pointUs) return;
    this.#pointUs += this.#everyUs * Math.ceil((nowUs - this.#pointUs + 1) / this.#everyUs);
    this.timeline.push({
      at: (nowUs - startUs) / 1e6,
      active,
      idle,
      waiting,
      creating: creating ?? null,
      served: recorder.servedSoFar - this.#served,
      failed: recorder.failedSoFar - this.#failed,
    });
    this.#served = recorder.servedSoFar;
    this.#failed = recorder.failedSoFar;
  };
}
