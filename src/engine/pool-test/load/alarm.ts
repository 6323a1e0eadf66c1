/**
 * Wakes the event loop at an instant. Its own timers count whole milliseconds and come up to one late, which a
 * pool with sub-millisecond waits would show as a wait of its own.
 */
import { Ticker } from "../../../core/backpressure/ticker.ts";
import { MAX_TIMER_MS, type Timers } from "../../../core/backpressure/timers.ts";
import { type Clock, nowUs } from "../../../core/clock.ts";

export interface Alarm extends Disposable {
  /** Wake at `dueUs` (clock of core/clock.ts), once; Infinity: never. A later call replaces it. */
  arm(dueUs: number): void;
}

/** Instants this close are the same one: sums of fractions of microseconds do not come out even. */
export const HAIR_US = 1e-3;

export type AlarmMaker = (wake: () => void) => Alarm;

// A timer of n ms fires n to n + 1 ms later, and late when the loop is busy.
const POLL_FROM_US = 1_500;

/**
 * Sleeps up to the last millisecond and a half, and polls the loop from there on: about 20 µs late, everything
 * else goes on meanwhile, but a processor is kept busy while an instant is that near.
 */
export const pollingAlarm: AlarmMaker = (wake) => {
  let targetUs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let polling = false;
  let disposed = false;
  const look = (): void => {
    polling = false;
    timer = undefined;
    if (disposed || targetUs === Number.POSITIVE_INFINITY) return;
    const gapUs = targetUs - nowUs();
    if (gapUs <= 0) {
      targetUs = Number.POSITIVE_INFINITY;
      wake();
    } else plan(gapUs);
  };
  const plan = (gapUs: number): void => {
    clearTimeout(timer);
    timer = undefined;
    if (gapUs === Number.POSITIVE_INFINITY) return;
    if (gapUs > POLL_FROM_US + 1_000) {
      timer = setTimeout(look, Math.min(Math.floor((gapUs - POLL_FROM_US) / 1000), MAX_TIMER_MS));
    } else if (!polling) {
      polling = true;
      setImmediate(look);
    }
  };
  return {
    arm(dueUs) {
      if (dueUs === targetUs || disposed) return;
      targetUs = dueUs;
      plan(dueUs - nowUs());
    },
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(timer);
    },
  };
};

/** About 0.1 ms late without keeping a processor busy: a helper thread sleeps. Only from the compiled program. */
export const tickerAlarm: AlarmMaker = (wake) => new Ticker(wake);

/** As fine as the timers are; with timers that are moved by hand it is exact. */
export function timersAlarm(clock: Clock, timers: Timers): AlarmMaker {
  return (wake) => {
    let targetUs = Number.POSITIVE_INFINITY;
    let handle: unknown;
    const look = (): void => {
      handle = undefined;
      const gapUs = targetUs - clock.nowUs();
      if (gapUs > HAIR_US) handle = timers.set(look, gapUs / 1000);
      else {
        targetUs = Number.POSITIVE_INFINITY;
        wake();
      }
    };
    return {
      arm(dueUs) {
        if (dueUs === targetUs) return;
        targetUs = dueUs;
        if (handle !== undefined) timers.clear(handle);
        handle =
          dueUs === Number.POSITIVE_INFINITY
            ? undefined
            : timers.set(look, Math.max(0, dueUs - clock.nowUs()) / 1000);
      },
      [Symbol.dispose]() {
        if (handle !== undefined) timers.clear(handle);
        targetUs = Number.POSITIVE_INFINITY;
      },
    };
  };
}
