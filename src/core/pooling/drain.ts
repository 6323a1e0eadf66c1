/**
 * The end of a pool: one promise for everybody who asks, and one deadline, the nearest that was asked for.
 */
import { delayMsUntil, type TimerHandle, type Timers } from "../backpressure/timers.ts";
import type { Clock } from "../clock.ts";

/** How a drain ended: leases that came back in time, and those whose resource was taken away at the deadline. */
export interface DrainResult {
  readonly returned: number;
  readonly revoked: number;
}

export class Drain {
  readonly promise: Promise<DrainResult>;
  readonly #leasedAtStart: number;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onDeadline: () => void;
  #resolve!: (result: DrainResult) => void;
  #dueUs = Number.POSITIVE_INFINITY;
  #timer: TimerHandle | undefined;

  constructor(leasedAtStart: number, clock: Clock, timers: Timers, onDeadline: () => void) {
    this.#leasedAtStart = leasedAtStart;
    this.#clock = clock;
    this.#timers = timers;
    this.#onDeadline = onDeadline;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Infinity leaves the deadline as it is; 0 or less is now. */
  bringForward(deadlineMs: number): void {
    const nowUs = this.#clock.nowUs();
    const dueUs = nowUs + deadlineMs * 1000;
    if (dueUs >= this.#dueUs) return;
    this.#dueUs = dueUs;
    this.#timers.clear(this.#timer);
    if (deadlineMs <= 0) this.#onDeadline();
    else this.#timer = this.#timers.set(this.#onDeadline, delayMsUntil(dueUs, nowUs));
  }

  /** All is destroyed; `revoked` leases did not come back by themselves. */
  finish(revoked: number): void {
    this.#timers.clear(this.#timer);
    this.#resolve({ returned: this.#leasedAtStart - revoked, revoked });
  }
}
