/** A clock and its timers, moved by hand. Timers fire in the order of their due times, then of their making. */
import type { Timers } from "../../../src/core/backpressure/timers.ts";
import type { Clock } from "../../../src/core/clock.ts";

interface FakeTimer {
  readonly dueUs: number;
  readonly callback: () => void;
  readonly background: boolean;
}

export class FakeTime implements Clock, Timers {
  #nowUs = 1_000_000;
  readonly #timers = new Set<FakeTimer>();

  nowUs(): number {
    return this.#nowUs;
  }

  set(callback: () => void, delayMs: number, background = false): FakeTimer {
    const timer = { dueUs: this.#nowUs + delayMs * 1000, callback, background };
    this.#timers.add(timer);
    return timer;
  }

  clear(handle: unknown): void {
    this.#timers.delete(handle as FakeTimer);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Timers that are set and would keep a process alive. */
  get foreground(): number {
    return [...this.#timers].filter((timer) => !timer.background).length;
  }

  /** Moves on, firing what falls due at its time, and lets promises run after each. */
  async advance(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1000;
    await settle();
    for (let timer = this.#next(endUs); timer !== undefined; timer = this.#next(endUs)) {
      this.#timers.delete(timer);
      this.#nowUs = Math.max(this.#nowUs, timer.dueUs);
      timer.callback();
      await settle();
    }
    this.#nowUs = endUs;
  }

  /** Time passes in which nothing can fire: an event loop kept busy. */
  block(ms: number): void {
    this.#nowUs += ms * 1000;
  }

  #next(endUs: number): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueUs <= endUs && (first === undefined || timer.dueUs < first.dueUs)) first = timer;
    }
    return first;
  }
}

/** Lets everything that needs no timer run. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
