/**
 * One call of the factory (create, validate or destroy) with a time limit.
 *
 * - Exactly one of `done` and `failed` is called, unless the attempt is abandoned: then neither is.
 * - A result that comes after the time-out or after being abandoned goes to `late`: a connection that was
 *   opened too late still has to be closed. A failure that comes that late has been reported already.
 * - Neither the factory nor the outcome is called before the constructor has returned.
 * - No timer outlives the attempt.
 */
import type { TimerHandle, Timers } from "../backpressure/timers.ts";

export interface Outcome<R> {
  done(result: R): void;
  failed(error: unknown): void;
  late?(result: R): void;
}

export interface TimeLimit {
  readonly timers: Timers;
  /** Infinity: none. */
  readonly timeoutMs: number;
  readonly onTimeout: () => Error;
}

export interface Attempt {
  /** Gives up: aborts the call's signal, and nobody is told. Harmless when it has ended. */
  abandon(reason: unknown): void;
}

export class TimedAttempt<R> implements Attempt {
  readonly #outcome: Outcome<R>;
  readonly #limit: TimeLimit;
  readonly #stop = new AbortController();
  #timer: TimerHandle | undefined;
  #ended = false;

  constructor(work: (signal: AbortSignal) => R | Promise<R>, limit: TimeLimit, outcome: Outcome<R>) {
    this.#outcome = outcome;
    this.#limit = limit;
    if (limit.timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = limit.timers.set(() => this.#timedOut(), limit.timeoutMs);
    }
    called(work, this.#stop.signal).then(
      (result) => (this.#end() ? outcome.done(result) : outcome.late?.(result)),
      (error: unknown) => {
        if (this.#end()) outcome.failed(error);
      },
    );
  }

  abandon(reason: unknown): void {
    if (this.#end()) this.#stop.abort(reason);
  }

  #timedOut(): void {
    if (!this.#end()) return;
    const error = this.#limit.onTimeout();
    this.#stop.abort(error);
    this.#outcome.failed(error);
  }

  /** True for the first caller only. */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#limit.timers.clear(this.#timer);
    return true;
  }
}

/** Never called before the constructor has returned, nor after an abandon. One that throws is one that rejects. */
async function called<R>(work: (signal: AbortSignal) => R | Promise<R>, signal: AbortSignal): Promise<R> {
  await undefined;
  signal.throwIfAborted();
  return work(signal);
}
