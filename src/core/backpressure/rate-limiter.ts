/**
 * A token bucket: on average `ratePerSecond` tokens, at most `burst` at once after a pause.
 *
 * The bucket is not a counter that is topped up but an absolute schedule: token k after the bucket was last
 * full is due at `fullAtUs + (k - burst) / rate`. No interval is ever added to another, so the long-run rate
 * is exact to the precision of the clock, and a timer that comes late delays tokens without losing any:
 *
 *     due        |    |    |    |    |    |         every 1/rate
 *     granted    |    |         ||   |    |         timer late: two at once, then on schedule again
 *
 * - Takers are served in the order of asking, whatever they ask for; `tryTake` never overtakes one.
 * - Without waiting takers no window of length T sees more than burst + rate * T tokens; tokens that nobody
 *   wants while the bucket is full are lost. A taker that returns soon (5 ms, or one interval) after it was
 *   served late counts as having waited all along.
 * - At most one timer exists, and none when nobody waits.
 */
import { type Clock, monotonicClock } from "../clock.ts";
import { delayMsUntil, systemTimers, type TimerHandle, type Timers } from "./timers.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface RateLimiterOptions {
  /** Tokens per second, above 0. */
  readonly ratePerSecond: number;
  /** Tokens that a full bucket holds, and the most that one call may take. Default 1: an even stream. */
  readonly burst?: number;
  readonly clock?: Clock;
  readonly timers?: Timers;
}

/** Timers come by the millisecond and garbage collection takes some: a gap this short is no lack of demand. */
const GRACE_US = 5000;

export class RateLimiter {
  readonly burst: number;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #queue: WaitQueue<void, number>;
  readonly #wake = () => this.#serveDue();
  #tokensPerUs: number;
  /** When the bucket was last full, and the tokens taken since. */
  #fullAtUs: number;
  #taken = 0;
  /** The last grant that was behind the schedule. */
  #lateAtUs = Number.NEGATIVE_INFINITY;
  #timer: TimerHandle | undefined;

  constructor(options: RateLimiterOptions) {
    this.burst = positive("burst", options.burst ?? 1);
    this.#tokensPerUs = positive("ratePerSecond", options.ratePerSecond) / 1e6;
    this.#clock = options.clock ?? monotonicClock;
    this.#timers = options.timers ?? systemTimers;
    this.#fullAtUs = this.#clock.nowUs();
    this.#queue = new WaitQueue((wasHead) => {
      if (wasHead) this.#serveDue();
    });
  }

  get ratePerSecond(): number {
    return this.#tokensPerUs * 1e6;
  }

  /** Takers in the queue. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Tokens that could be taken at once; 0 while someone waits. */
  get available(): number {
    if (this.#queue.length > 0) return 0;
    const nowUs = this.#clock.nowUs();
    this.#fillUp(nowUs);
    return Math.max(0, this.burst - this.#owed(nowUs));
  }

  /** Takes `tokens` at once or none at all. */
  tryTake(tokens = 1): boolean {
    this.#checkTokens(tokens);
    if (this.#queue.length > 0) return false;
    const nowUs = this.#clock.nowUs();
    this.#fillUp(nowUs);
    if (nowUs < this.#dueUs(tokens)) return false;
    this.#grant(tokens, nowUs);
    return true;
  }

  /** Waits for `tokens`. Rejects only with the signal's reason; a cancelled taker has taken nothing. */
  take(tokens = 1, signal?: AbortSignal): Promise<void> {
    this.#checkTokens(tokens);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.tryTake(tokens)) return Promise.resolve();
    const promise = this.#queue.park(tokens, signal);
    if (this.#timer === undefined) this.#setTimer(this.#clock.nowUs());
    return promise;
  }

  /** Changes the rate from now on; tokens earned and owed stay as they are. */
  setRate(ratePerSecond: number): void {
    const nowUs = this.#clock.nowUs();
    if (this.#queue.length === 0) this.#fillUp(nowUs);
    this.#taken = this.#owed(nowUs);
    this.#fullAtUs = nowUs;
    this.#tokensPerUs = positive("ratePerSecond", ratePerSecond) / 1e6;
    this.#serveDue();
  }

  /** Tokens taken and not yet earned back: 0 is a full bucket, `burst` an empty one, below 0 behind schedule. */
  #owed(nowUs: number): number {
    return this.#taken - (nowUs - this.#fullAtUs) * this.#tokensPerUs;
  }

  #dueUs(tokens: number): number {
    return this.#fullAtUs + (this.#taken + tokens - this.burst) / this.#tokensPerUs;
  }

  /** What a full bucket earns is lost, unless it is owed to lateness. Only while nobody waits. */
  #fillUp(nowUs: number): void {
    if (this.#owed(nowUs) >= 0) return;
    if (nowUs - this.#lateAtUs <= Math.max(GRACE_US, 1 / this.#tokensPerUs)) return;
    this.#fullAtUs = nowUs;
    this.#taken = 0;
  }

  #grant(tokens: number, nowUs: number): void {
    this.#taken += tokens;
    if (this.#owed(nowUs) < 0) this.#lateAtUs = nowUs;
  }

  #serveDue(): void {
    const nowUs = this.#clock.nowUs();
    for (let tokens = this.#queue.nextDetail; tokens !== undefined; tokens = this.#queue.nextDetail) {
      if (nowUs < this.#dueUs(tokens)) break;
      this.#grant(tokens, nowUs);
      this.#queue.serve();
    }
    this.#setTimer(nowUs);
  }

  #setTimer(nowUs: number): void {
    if (this.#timer !== undefined) this.#timers.clear(this.#timer);
    this.#timer = undefined;
    const tokens = this.#queue.nextDetail;
    if (tokens === undefined) return;
    this.#timer = this.#timers.set(this.#wake, delayMsUntil(this.#dueUs(tokens), nowUs));
  }

  #checkTokens(tokens: number): void {
    if (tokens > 0 && tokens <= this.burst) return;
    throw new RangeError(
      `a take is for more than 0 and at most ${this.burst} tokens (the burst), not ${tokens}`,
    );
  }
}

function positive(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`${name} is a number above 0, not ${value}`);
}
