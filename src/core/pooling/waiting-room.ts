/**
 * Callers that wait for a lease: a FIFO queue with a limit and one time-out for all.
 *
 * Since all wait equally long and stand in the order of coming, only the first can be due: one timer serves
 * ten thousand callers, and there is none when nobody waits.
 */
import { delayMsUntil, type TimerHandle, type Timers } from "../backpressure/timers.ts";
import { WaitQueue } from "../backpressure/wait-queue.ts";
import type { Clock } from "../clock.ts";
import { NetkitError } from "../errors.ts";
import type { CheckoutSite } from "./leak.ts";
import type { Lease } from "./lease.ts";

/** What the pool remembers about a waiting caller. */
export interface Ticket {
  readonly sinceUs: number;
  readonly site: CheckoutSite | undefined;
}

export interface WaitingRoomOptions {
  /** Just now: those for whom a resource may still be made or validated wait for nobody's return, and come on top. */
  readonly limit: () => number;
  /** undefined: no time-out. */
  readonly timeoutMs: number | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The state of the pool, for a message: "10 of 10 leased". */
  readonly describe: () => string;
}

export class WaitingRoom<T> {
  readonly #options: WaitingRoomOptions;
  readonly #queue: WaitQueue<Lease<T>, Ticket>;
  readonly #wake = () => this.#rejectOverdue();
  #timer: TimerHandle | undefined;
  #timedOut = 0;
  #cancelled = 0;
  #refused = 0;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
    this.#queue = new WaitQueue(() => {
      this.#cancelled++;
      this.#left();
    });
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Callers who got no lease from here, by reason. */
  counts() {
    return { timedOut: this.#timedOut, cancelled: this.#cancelled, refused: this.#refused };
  }

  /** Who is next. */
  get next(): Ticket | undefined {
    return this.#queue.nextDetail;
  }

  /** Rejects with `NK_POOL_QUEUE_FULL`, `NK_POOL_ACQUIRE_TIMEOUT`, the signal's reason, or what `fail` is given. */
  wait(site: CheckoutSite | undefined, signal: AbortSignal | undefined): Promise<Lease<T>> {
    const { limit, clock, timeoutMs } = this.#options;
    if (this.#queue.length >= limit()) {
      this.#refused++;
      return Promise.reject(
        new NetkitError(
          "resource",
          "NK_POOL_QUEUE_FULL",
          `${this.#queue.length} callers wait for the pool already`,
          {
            why: this.#options.describe(),
            next: "make the pool larger, hold leases for less time, or let more callers wait",
          },
        ),
      );
    }
    const sinceUs = clock.nowUs();
    const promise = this.#queue.park({ sinceUs, site }, signal);
    if (timeoutMs !== undefined && this.#timer === undefined) this.#setTimer(sinceUs, sinceUs);
    return promise;
  }

  serve(lease: Lease<T>): void {
    this.#queue.serve(lease);
    this.#left();
  }

  /** Rejects the caller who is next. False when nobody waits. */
  fail(error: unknown): boolean {
    const failed = this.#queue.fail(error);
    this.#left();
    return failed;
  }

  #left(): void {
    if (this.#queue.length > 0 || this.#timer === undefined) return;
    this.#options.timers.clear(this.#timer);
    this.#timer = undefined;
  }

  #rejectOverdue(): void {
    this.#timer = undefined;
    const timeoutUs = this.#options.timeoutMs! * 1000;
    const nowUs = this.#options.clock.nowUs();
    for (let ticket = this.next; ticket !== undefined; ticket = this.next) {
      if (nowUs < ticket.sinceUs + timeoutUs) {
        this.#setTimer(ticket.sinceUs, nowUs);
        return;
      }
      this.#timedOut++;
      this.#queue.fail(this.#timeoutError());
    }
  }

  #setTimer(sinceUs: number, nowUs: number): void {
    const dueUs = sinceUs + this.#options.timeoutMs! * 1000;
    this.#timer = this.#options.timers.set(this.#wake, delayMsUntil(dueUs, nowUs));
  }

  #timeoutError(): NetkitError {
    return new NetkitError(
      "resource",
      "NK_POOL_ACQUIRE_TIMEOUT",
      `no pooled resource came free within ${this.#options.timeoutMs} ms`,
      {
        why: this.#options.describe(),
        next: "make the pool larger, hold leases for less time, or look for leases that are not returned",
      },
    );
  }
}
