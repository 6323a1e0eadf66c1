/**
 * How far a stamp may be off: the longest that the event loop was late while it was watched.
 *
 * `monitorEventLoopDelay` counts its own resolution as delay, and every timer of libuv is late by up to a millisecond
 * because it counts in whole ones. So a timer's lateness is taken apart by the time that the loop itself says it
 * worked: what it worked is lateness; what it slept too long is so only beyond that millisecond (the process was
 * ready to run and did not get a processor).
 *
 *      timer due ──────────────► fires
 *                ├─ lateness ──┤   = worked (counts) + granularity ≤ 1 ms (does not) + not scheduled (counts)
 */
import { performance } from "node:perf_hooks";

/** Short against what is measured, long against what a tick costs (some 20 microseconds). */
const INTERVAL_MS = 5;
const GRANULARITY_MS = 1;

/** What of a timer's lateness another event would have felt, too. All in milliseconds. */
export function feltLatenessMs(latenessMs: number, workedMs: number): number {
  if (latenessMs <= 0) return 0;
  const worked = Math.min(latenessMs, workedMs);
  return worked + Math.max(0, latenessMs - worked - GRANULARITY_MS);
}

/** Watches from its making to `stop`. Does not keep the process alive. */
export class LoopDelayMeter implements Disposable {
  #longestMs = 0;
  #lastMs = performance.now();
  #lastWorkedMs = workedMs();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#arm();
  }

  /** Microseconds. What is late and has not been told yet is part of it. */
  stop(): number {
    if (this.#timer !== undefined) this.#take();
    this[Symbol.dispose]();
    return Math.round(this.#longestMs * 1000);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#take();
      this.#arm();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  #take(): void {
    const nowMs = performance.now();
    const worked = workedMs();
    const felt = feltLatenessMs(nowMs - this.#lastMs - INTERVAL_MS, worked - this.#lastWorkedMs);
    this.#longestMs = Math.max(this.#longestMs, felt);
    this.#lastMs = nowMs;
    this.#lastWorkedMs = worked;
  }
}

/** Of this thread's loop, since it began: all but its waiting for events. */
function workedMs(): number {
  return performance.eventLoopUtilization().active;
}
