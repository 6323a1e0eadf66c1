/**
 * Deadlines that are scanned, not noticed by luck.
 *
 * `DeadlineWheel` watches any number of connections with one coarse, unref'd interval: a watch that is never
 * refreshed expires, whether or not its connection ever makes a sound. `Deadline` bounds one asynchronous
 * operation by a time-out and an AbortSignal, and leaves neither a timer nor a listener behind.
 */
import { MAX_TIMER_MS } from "../backpressure/timers.ts";
import { type Clock, monotonicClock } from "../clock.ts";
import { NetkitError } from "../errors.ts";

/** One watched owner. Made by `DeadlineWheel.watch`; links itself into the wheel, so it costs no other object. */
export class Watch<T> {
  readonly owner: T;
  /**
   * When it expires, in `wheel.nowMs` time. A refresh on the hot path is this one field write,
   * `watch.dueMs = wheel.nowMs + timeoutMs`, and may only move it later; `wheel.set` moves it either way.
   */
  dueMs: number;
  /** The tick of the slot it stands in; 0 when it is not watched. The wheel's own, like the two links. */
  slotTick = 0;
  next: Watch<T> = this;
  previous: Watch<T> = this;

  constructor(owner: T, dueMs: number) {
    this.owner = owner;
    this.dueMs = dueMs;
  }

  get active(): boolean {
    return this.slotTick !== 0;
  }
}

export interface DeadlineWheelOptions {
  /** Resolution in milliseconds. Default 100: an idle time-out of seconds does not need better. */
  readonly tickMs?: number;
  /** Slots of the wheel, a power of two. Default 512: 51 s ahead; longer deadlines go round again. */
  readonly slots?: number;
  readonly clock?: Clock;
}

/** A wheel tick that came late is not held against the peers: it moves the wheel clock by this many ticks at most. */
const MAX_TICKS_PER_TURN = 2;

/**
 *      slot   n      n+1     n+2    …            a watch stands in the slot of the tick at which it was due
 *            ┌──────┬───────┬──────┬─            when it was placed. A refresh only writes `dueMs`; when the
 *      now ► │ w─w  │       │ w    │             hand reaches the slot, what is due expires and the rest
 *            └──────┴───────┴──────┴─            moves on to its new slot.
 *
 * Guarantees: watch, set and cancel are O(1); a refresh is one field write; nothing expires before its
 * time-out, and on a loop that keeps up nothing expires more than four ticks after it. Time in which the
 * event loop stood still does not count as silence of the peer. The interval runs only while something is watched.
 */
export class DeadlineWheel<T> implements Disposable {
  /** Coarse time in milliseconds; moves once a tick, stands still while nothing is watched. */
  nowMs = 0;
  readonly #expire: (owner: T, watch: Watch<T>) => void;
  readonly #tickMs: number;
  readonly #mask: number;
  readonly #slots: Watch<T>[] = [];
  readonly #clock: Clock;
  #tick = 0;
  #size = 0;
  #lastTurnUs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param expire called once for a watch that is due; it is then inactive, and `set` arms it again. */
  constructor(expire: (owner: T, watch: Watch<T>) => void, options: DeadlineWheelOptions = {}) {
    const slots = options.slots ?? 512;
    if (slots < 4 || (slots & (slots - 1)) !== 0) throw new RangeError("slots must be a power of two from 4");
    this.#expire = expire;
    this.#tickMs = options.tickMs ?? 100;
    this.#mask = slots - 1;
    this.#clock = options.clock ?? monotonicClock;
    // Every slot is a ring closed by a sentinel that has no owner.
    for (let slot = 0; slot < slots; slot++) this.#slots.push(new Watch<T>(undefined as T, 0));
  }

  /** Number of active watches. */
  get size(): number {
    return this.#size;
  }

  watch(owner: T, timeoutMs: number): Watch<T> {
    const watch = new Watch(owner, 0);
    this.set(watch, timeoutMs);
    return watch;
  }

  /** Moves the deadline to `timeoutMs` from now, earlier or later; arms an inactive watch again. */
  set(watch: Watch<T>, timeoutMs: number): void {
    watch.dueMs = this.nowMs + timeoutMs;
    if (watch.slotTick === 0) {
      this.#size++;
      if (this.#timer === undefined) this.#start();
    } else if (this.#dueTick(watch) >= watch.slotTick) {
      return; // it will be moved on when the hand gets there
    } else {
      unlink(watch);
    }
    this.#place(watch);
  }

  /** Stops watching; harmless when it is not watched. */
  cancel(watch: Watch<T>): void {
    if (watch.slotTick === 0) return;
    unlink(watch);
    this.#forget(watch);
  }

  /** One turn: what the interval does, and what a test with a fake clock calls. */
  turn(): void {
    const nowUs = this.#clock.nowUs();
    const elapsedMs = (nowUs - this.#lastTurnUs) / 1000;
    this.#lastTurnUs = nowUs;
    this.nowMs += Math.min(elapsedMs, MAX_TICKS_PER_TURN * this.#tickMs);
    const untilTick = Math.floor(this.nowMs / this.#tickMs);
    while (this.#tick < untilTick) this.#visit(++this.#tick);
  }

  /** Forgets every watch without expiring it and stops the interval. */
  [Symbol.dispose](): void {
    for (const sentinel of this.#slots) {
      while (sentinel.next !== sentinel) this.cancel(sentinel.next);
    }
  }

  #start(): void {
    this.#lastTurnUs = this.#clock.nowUs();
    this.#timer = setInterval(() => this.turn(), this.#tickMs);
    this.#timer.unref();
  }

  #forget(watch: Watch<T>): void {
    watch.slotTick = 0;
    if (--this.#size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The first tick at which the deadline has surely passed: a stamp may be as stale as one turn is long. */
  #dueTick(watch: Watch<T>): number {
    return Math.ceil(watch.dueMs / this.#tickMs) + MAX_TICKS_PER_TURN;
  }

  #place(watch: Watch<T>): void {
    const tick = Math.min(Math.max(this.#dueTick(watch), this.#tick + 1), this.#tick + this.#mask);
    watch.slotTick = tick;
    link(watch, this.#slots[tick & this.#mask]!);
  }

  #visit(tick: number): void {
    const slot = this.#slots[tick & this.#mask]!;
    // The ring is taken off first, since what stays on goes into other slots, and callbacks change the wheel.
    const batch = new Watch<T>(undefined as T, 0);
    while (slot.next !== slot) {
      const watch = slot.next;
      unlink(watch);
      link(watch, batch);
    }
    while (batch.next !== batch) {
      const watch = batch.next;
      unlink(watch);
      if (this.#dueTick(watch) > tick) {
        this.#place(watch);
        continue;
      }
      this.#forget(watch);
      try {
        this.#expire(watch.owner, watch);
      } catch (error) {
        // A callback that throws is a bug to be seen, but the others of the batch keep their deadlines.
        while (batch.next !== batch) {
          const rest = batch.next;
          unlink(rest);
          this.#place(rest);
        }
        throw error;
      }
    }
  }
}

function link<T>(watch: Watch<T>, sentinel: Watch<T>): void {
  const last = sentinel.previous;
  watch.previous = last;
  watch.next = sentinel;
  last.next = watch;
  sentinel.previous = watch;
}

function unlink<T>(watch: Watch<T>): void {
  watch.previous.next = watch.next;
  watch.next.previous = watch.previous;
  watch.next = watch;
  watch.previous = watch;
}

export interface DeadlineOptions {
  /** Absent or Infinity: no limit in time. */
  readonly timeoutMs?: number | undefined;
  /** The caller's signal; its reason becomes ours. */
  readonly signal?: AbortSignal | undefined;
  /** What to fail with when the time is over. Default: a NetkitError `NK_TIMEOUT`. */
  readonly timeoutError?: (() => Error) | undefined;
}

/**
 * Time-out and AbortSignal of one operation, as one signal:
 * `using deadline = new Deadline({ timeoutMs: 5000, signal })`. Leaving the scope clears the timer and takes
 * the listener off the caller's signal, so a signal that lives for the whole run gathers nothing.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #onParentAbort = (): void => this.#finish("aborted", this.#parent?.reason);
  #timer: NodeJS.Timeout | undefined;
  #outcome: "pending" | "timeout" | "aborted" | "disposed" = "pending";

  constructor(options: DeadlineOptions) {
    const { timeoutMs, signal, timeoutError } = options;
    this.#parent = signal;
    if (signal?.aborted) {
      this.#onParentAbort();
      return;
    }
    signal?.addEventListener("abort", this.#onParentAbort, { once: true });
    if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(
        () => {
          this.#finish("timeout", timeoutError?.() ?? timedOut(timeoutMs));
        },
        Math.min(timeoutMs, MAX_TIMER_MS),
      );
    }
  }

  /** Aborted when the time is over (reason: the time-out error) or the caller's signal is (its reason). */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get outcome(): "pending" | "timeout" | "aborted" | "disposed" {
    return this.#outcome;
  }

  /**
   * The promise, or a rejection with the signal's reason if that comes first. What the promise does
   * afterwards is ignored: its failure is not an unhandled one.
   */
  race<V>(promise: Promise<V>): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      const { signal } = this.#controller;
      const onAbort = (): void => reject(signal.reason);
      const leave = (): void => signal.removeEventListener("abort", onAbort);
      promise.then(resolve, reject).finally(leave);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  [Symbol.dispose](): void {
    if (this.#outcome === "pending") this.#outcome = "disposed";
    this.#release();
  }

  #finish(outcome: "timeout" | "aborted", reason: unknown): void {
    this.#outcome = outcome;
    this.#release();
    this.#controller.abort(reason);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parent?.removeEventListener("abort", this.#onParentAbort);
  }
}

function timedOut(timeoutMs: number): NetkitError {
  return new NetkitError("request", "NK_TIMEOUT", `not done within ${timeoutMs} ms`, {
    why: "no answer came in time",
    next: "raise --timeout, or look at what the other side waits for",
  });
}
