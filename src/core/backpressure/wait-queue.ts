/**
 * Callers that wait their turn. Semaphore, channel, rate limiter and pool all queue on this one.
 *
 * - First come, first served: `serve` always answers the caller that has waited longest.
 * - Every caller is answered exactly once: served, failed, or rejected with its signal's reason.
 * - A caller whose signal aborts leaves at once, at O(1), and nothing of it stays: no listener, no link.
 * - Ten thousand callers on one shared signal cost one event listener.
 */
import { type Cancellable, unwatchAbort, watchAbort } from "./cancellation.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

/** One waiting caller. `detail` is what the owner of the queue wants to know about it. */
class Waiter<T, D> implements Linked<Waiter<T, D>>, Cancellable {
  previous: Waiter<T, D> | undefined = undefined;
  next: Waiter<T, D> | undefined = undefined;
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly detail: D;
  readonly signal: AbortSignal | undefined;
  readonly #leave: (waiter: Waiter<T, D>) => void;

  constructor(detail: D, signal: AbortSignal | undefined, leave: (waiter: Waiter<T, D>) => void) {
    this.detail = detail;
    this.signal = signal;
    this.#leave = leave;
  }

  cancel(reason: unknown): void {
    this.#leave(this);
    this.reject(reason);
  }
}

export class WaitQueue<T, D = undefined> {
  readonly #waiters = new LinkedList<Waiter<T, D>>();
  readonly #leave: (waiter: Waiter<T, D>) => void;

  /** `onCancel` runs after a caller has left because of its signal; `wasHead` if it was next to be served. */
  constructor(onCancel?: (wasHead: boolean) => void) {
    this.#leave = (waiter) => {
      const wasHead = this.#waiters.head === waiter;
      this.#waiters.remove(waiter);
      onCancel?.(wasHead);
    };
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** What the caller that is next to be served said about itself; undefined when nobody waits. */
  get nextDetail(): D | undefined {
    return this.#waiters.head?.detail;
  }

  /** Joins at the end. A signal that has been aborted already rejects, and the caller never joins. */
  park(detail: D, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const waiter = new Waiter<T, D>(detail, signal, this.#leave);
    const promise = new Promise<T>((resolve, reject) => {
      waiter.resolve = resolve;
      waiter.reject = reject;
    });
    this.#waiters.push(waiter);
    if (signal !== undefined) watchAbort(signal, waiter);
    return promise;
  }

  /** Answers the caller at the head. False when nobody waits. */
  serve(value: T): boolean {
    const waiter = this.#shift();
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Rejects the caller at the head. False when nobody waits. */
  fail(reason: unknown): boolean {
    const waiter = this.#shift();
    waiter?.reject(reason);
    return waiter !== undefined;
  }

  #shift(): Waiter<T, D> | undefined {
    const waiter = this.#waiters.shift();
    if (waiter?.signal !== undefined) unwatchAbort(waiter.signal, waiter);
    return waiter;
  }
}
