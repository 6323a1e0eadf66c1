/**
 * Looks at every resource now and then, and knows for how long each has been as it is.
 *
 * Leasing and returning read no clock because of this: they only count `serial` up, and a sweep that finds
 * the number unchanged since an earlier sweep knows that nothing has happened in between. What it says is
 * therefore a lower bound, short by at most one period. Its timer does not keep the process alive.
 */
import type { TimerHandle, Timers } from "../backpressure/timers.ts";
import type { Clock } from "../clock.ts";
import type { Entry } from "./entry.ts";

export interface SweeperOptions<T> {
  /** undefined: nothing depends on time, there are no sweeps. */
  readonly periodMs: number | undefined;
  readonly entries: ReadonlySet<Entry<T>>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The resource is as it is for at least `sameForUs`; `expired` if its lifetime is over. */
  readonly inspect: (entry: Entry<T>, sameForUs: number, expired: boolean) => void;
  /** After each sweep. */
  readonly swept: () => void;
}

export class Sweeper<T> {
  readonly #options: SweeperOptions<T>;
  readonly #wake = () => this.#sweep();
  #timer: TimerHandle | undefined;

  constructor(options: SweeperOptions<T>) {
    this.#options = options;
  }

  /** Sweeps from now on, as long as there are resources. */
  start(): void {
    const { periodMs, timers, entries } = this.#options;
    if (periodMs === undefined || this.#timer !== undefined || entries.size === 0) return;
    this.#timer = timers.set(this.#wake, periodMs, true);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.timers.clear(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const { clock, entries, inspect, swept } = this.#options;
    this.#timer = undefined;
    const nowUs = clock.nowUs();
    for (const entry of entries) {
      if (entry.seenSerial !== entry.serial) {
        entry.seenSerial = entry.serial;
        entry.seenAtUs = nowUs;
      }
      inspect(entry, nowUs - entry.seenAtUs, nowUs >= entry.expiresAtUs);
    }
    swept();
    this.start();
  }
}
