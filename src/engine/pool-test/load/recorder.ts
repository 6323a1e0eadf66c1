/**
 * What callers went through, in numbers. A caller belongs to the measured period by its intended instant: one that
 * came in the warm-up is discarded, one that came in time counts whenever it ends. Throughput and the mean
 * number of callers look at the period itself, whoever came when.
 *
 *     enter ──► leased ──► worked ──► served        each told once; `failed` may follow any but the last
 *       └────────┴───────────┴──────► censored      when the drain is over
 */
import { LinkedList } from "../../../core/backpressure/linked-list.ts";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import type { CheckoutCounts, CountedCode, LittlesLaw } from "../result.ts";
import { Distributions } from "./distributions.ts";
import { Level } from "./level.ts";

/** Told of everything, warm-up included, for those who look for a moment: must be quick and must not throw. */
export interface LoadObserver {
  onServed?(nowUs: number, waitUs: number, totalUs: number): void;
  onFailed?(nowUs: number, error: NetkitError): void;
}

export class Caller {
  previous: Caller | undefined = undefined;
  next: Caller | undefined = undefined;
  /** Microseconds. A lease has been granted from `leasedUs` > 0 on. */
  leasedUs = 0;
  readonly intendedUs: number;
  readonly calledUs: number;
  readonly measured: boolean;

  constructor(intendedUs: number, calledUs: number, measured: boolean) {
    this.intendedUs = intendedUs;
    this.calledUs = calledUs;
    this.measured = measured;
  }
}

// More different codes than this say less; the rest counts as OTHER.
const MOST_CODES = 32;
const OTHER_CODE = "NK_OTHER";

export class LoadRecorder {
  readonly distributions = new Distributions();
  /** Of all callers, those of the warm-up too. */
  readonly underWay: Level;
  readonly waiting: Level;
  readonly active: Level;
  /** Since the beginning of the load, for progress and timelines. */
  servedSoFar = 0;
  failedSoFar = 0;
  readonly #startUs: number;
  readonly #observer: LoadObserver;
  readonly #callers = new LinkedList<Caller>();
  readonly #codes = new Map<string, { count: number; readonly example: string }>();
  #endUs: number;
  #entered = 0;
  #succeeded = 0;
  #failed = 0;
  #timedOut = 0;
  #refused = 0;
  #censored = 0;
  #censoredWaiting = 0;
  #overflowed = 0;
  #bytesReceived = 0;
  #leases = 0;
  #firstLeases = 0;
  #saysFirst = true;
  /** Within the measured period, whoever came when. */
  #servedInside = 0;
  #finishedInside = 0;
  #residenceUs = 0;
  #onEmpty: (() => void) | undefined;

  /** The measured period, in microseconds of the clock. */
  constructor(startUs: number, endUs: number, observer: LoadObserver = {}) {
    this.#startUs = startUs;
    this.#endUs = endUs;
    this.#observer = observer;
    this.underWay = new Level(startUs, endUs);
    this.waiting = new Level(startUs, endUs);
    this.active = new Level(startUs, endUs);
  }

  get outstanding(): number {
    return this.#callers.length;
  }

  get seconds(): number {
    return Math.max(0, this.#endUs - this.#startUs) / 1e6;
  }

  /** The period ends here, earlier than planned. */
  endAt(nowUs: number): void {
    this.#endUs = Math.max(this.#startUs, Math.min(this.#endUs, nowUs));
    for (const level of [this.underWay, this.waiting, this.active]) level.endAt(this.#endUs);
  }

  enter(intendedUs: number, nowUs: number): Caller {
    const caller = new Caller(intendedUs, nowUs, this.#isInside(intendedUs));
    this.#callers.push(caller);
    this.underWay.change(1, nowUs);
    this.waiting.change(1, nowUs);
    if (caller.measured) this.#entered++;
    return caller;
  }

  /** Sent − intended, of an open load. */
  late(caller: Caller): void {
    if (caller.measured) this.distributions.lateness.record(caller.calledUs - caller.intendedUs);
  }

  /** As many callers as allowed are under way: this one is not sent. */
  overflow(intendedUs: number): void {
    if (!this.#isInside(intendedUs)) return;
    this.#entered++;
    this.#overflowed++;
  }

  leased(caller: Caller, isFirst: boolean | undefined, nowUs: number): void {
    caller.leasedUs = nowUs;
    this.waiting.change(-1, nowUs);
    this.active.change(1, nowUs);
    this.#leases++;
    if (isFirst === undefined) this.#saysFirst = false;
    else if (isFirst) this.#firstLeases++;
    if (caller.measured) this.distributions.wait.record(nowUs - caller.intendedUs);
  }

  worked(caller: Caller, bytesReceived: number, nowUs: number): void {
    if (!caller.measured) return;
    this.#bytesReceived += bytesReceived;
    this.distributions.query.record(nowUs - caller.leasedUs);
  }

  served(caller: Caller, nowUs: number): void {
    const waitUs = caller.leasedUs - caller.intendedUs;
    const totalUs = nowUs - caller.intendedUs;
    this.servedSoFar++;
    if (this.#leave(caller, nowUs)) this.#servedInside++;
    if (caller.measured) {
      this.#succeeded++;
      this.distributions.hold.record(nowUs - caller.leasedUs);
      this.distributions.total.record(totalUs);
    }
    this.#observer.onServed?.(nowUs, waitUs, totalUs);
  }

  failed(caller: Caller, error: unknown, nowUs: number): void {
    const known =
      error instanceof NetkitError ? error : wrapSystemError(error, "work on a pooled connection");
    this.failedSoFar++;
    this.#leave(caller, nowUs);
    if (caller.measured) this.#countFailure(caller, known, nowUs);
    this.#observer.onFailed?.(nowUs, known);
  }

  /** Who is still under way has been so for at least this long. Told once, at the end. */
  censorAll(nowUs: number): void {
    for (let caller = this.#callers.shift(); caller !== undefined; caller = this.#callers.shift()) {
      if (!caller.measured) continue;
      const { wait, hold, total } = this.distributions;
      this.#censored++;
      total.record(nowUs - caller.intendedUs);
      if (caller.leasedUs > 0) hold.record(nowUs - caller.leasedUs);
      else {
        this.#censoredWaiting++;
        wait.record(nowUs - caller.intendedUs);
      }
    }
  }

  /** Resolves once nobody is under way. */
  empty(): Promise<void> {
    if (this.#callers.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  counts(): CheckoutCounts {
    return {
      callers: this.#entered,
      succeeded: this.#succeeded,
      failed: this.#failed,
      censored: this.#censored + this.#timedOut,
      timedOut: this.#timedOut,
      censoredWaiting: this.#censoredWaiting,
      overflowed: this.#overflowed,
      refused: this.#refused,
      bytesReceived: this.#bytesReceived,
    };
  }

  /** Leases of a connection that had been leased before, of all callers; null when the pool does not say. */
  get reused(): number | null {
    return this.#saysFirst ? this.#leases - this.#firstLeases : null;
  }

  /** Served in the measured period, per second of it. */
  get throughput(): number {
    return this.seconds > 0 ? this.#servedInside / this.seconds : 0;
  }

  errors(): CountedCode[] {
    return [...this.#codes]
      .map(([code, { count, example }]) => ({ code, count, example }))
      .sort((one, other) => other.count - one.count || (one.code < other.code ? -1 : 1));
  }

  /** @param tolerance largest share by which N and X·R may differ */
  littlesLaw(tolerance: number): LittlesLaw | null {
    const concurrency = this.underWay.mean(this.#endUs);
    if (this.#finishedInside === 0 || concurrency === 0) return null;
    const throughput = this.#finishedInside / this.seconds;
    const residenceSeconds = this.#residenceUs / this.#finishedInside / 1e6;
    const deviation = Math.abs(concurrency - throughput * residenceSeconds) / concurrency;
    return { concurrency, throughput, residenceSeconds, deviation, holds: deviation <= tolerance };
  }

  #isInside(nowUs: number): boolean {
    return nowUs >= this.#startUs && nowUs < this.#endUs;
  }

  /** Whether it ended within the measured period. */
  #leave(caller: Caller, nowUs: number): boolean {
    this.#callers.remove(caller);
    this.underWay.change(-1, nowUs);
    (caller.leasedUs > 0 ? this.active : this.waiting).change(-1, nowUs);
    const inside = this.#isInside(nowUs);
    if (inside) {
      this.#finishedInside++;
      this.#residenceUs += nowUs - caller.calledUs;
    }
    if (this.#callers.length === 0) this.#onEmpty?.();
    return inside;
  }

  #countFailure(caller: Caller, error: NetkitError, nowUs: number): void {
    const ageUs = nowUs - caller.intendedUs;
    if (error.code === "NK_POOL_ACQUIRE_TIMEOUT") {
      // Its wait was at least this long: left out, the percentiles would look better the worse it gets.
      this.#timedOut++;
      this.distributions.wait.record(ageUs);
      this.distributions.total.record(ageUs);
    } else {
      this.#failed++;
      if (error.code === "NK_POOL_QUEUE_FULL") this.#refused++;
      this.distributions.failed.record(ageUs);
    }
    const code = this.#codes.has(error.code) || this.#codes.size < MOST_CODES ? error.code : OTHER_CODE;
    const known = this.#codes.get(code);
    if (known !== undefined) known.count++;
    else {
      this.#codes.set(code, { count: 1, example: failureWords(error) });
    }
  }
}

/** With the words of what is behind it: a pool says only that it could not connect, and the server why. */
export function failureWords({ message, why, cause }: NetkitError): string {
  const own = why === undefined ? message : `${message}: ${why}`;
  return cause instanceof NetkitError && cause.why !== undefined && cause.why !== why
    ? `${own}: ${cause.why}`
    : own;
}
