/**
 * Timers as an argument, so that a test can move time by hand. `systemTimers` is the real thing.
 *
 * A `background` timer does not keep the process alive: upkeep that nobody waits for.
 */
export type TimerHandle = unknown;

export interface Timers {
  set(callback: () => void, delayMs: number, background?: boolean): TimerHandle;
  /** Harmless for a timer that has fired. */
  clear(handle: TimerHandle): void;
}

/** 24.8 days: above this `setTimeout` fires at once (its delay is a signed 32-bit number of milliseconds). */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Callers check the clock when called and set a new timer if they were woken too early. */
export const systemTimers: Timers = {
  set(callback, delayMs, background = false) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS));
    if (background) timer.unref();
    return timer;
  },
  clear(handle) {
    clearTimeout(handle as NodeJS.Timeout);
  },
};

/** Whole milliseconds until `dueUs`, rounded up, at least one: when to look again. */
export function delayMsUntil(dueUs: number, nowUs: number): number {
  return Math.max(1, Math.ceil((dueUs - nowUs) / 1000));
}
