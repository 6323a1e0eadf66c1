/**
 * Permits for at most `limit` holders at a time; taking one returns the way to give it back.
 *
 *     using permit = await semaphore.acquire(signal);
 *
 * - Permits are granted in the order of asking; `tryAcquire` never overtakes a waiter.
 * - Giving back is idempotent: a second release or dispose does nothing.
 * - A waiter whose signal aborts is rejected with the signal's reason, costs O(1) and holds no permit.
 * - The limit may change at any time. Lowering it takes no permit away: holders above the limit finish, and
 *   nothing is granted until they have.
 */
import { WaitQueue } from "./wait-queue.ts";

export class Permit implements Disposable {
  #giveBack: (() => void) | undefined;

  constructor(giveBack: () => void) {
    this.#giveBack = giveBack;
  }

  get released(): boolean {
    return this.#giveBack === undefined;
  }

  release(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

export class Semaphore {
  readonly #waiters = new WaitQueue<Permit>();
  readonly #giveBack: () => void;
  #limit: number;
  #held = 0;

  /** @param limit whole number of permits, 0 or more; Infinity for a semaphore that only counts. */
  constructor(limit: number) {
    this.#limit = checkLimit(limit);
    this.#giveBack = () => {
      this.#held--;
      this.#grant();
    };
  }

  get limit(): number {
    return this.#limit;
  }

  /** Permits out now. Above `limit` only after the limit was lowered. */
  get held(): number {
    return this.#held;
  }

  /** Permits that can be had at once. */
  get available(): number {
    return Math.max(0, this.#limit - this.#held);
  }

  /** Callers in the queue. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** A permit, or undefined if one would have to be waited for. */
  tryAcquire(): Permit | undefined {
    // Whenever a permit comes free it goes to a waiter first, so a free permit means that nobody waits.
    if (this.#held >= this.#limit) return undefined;
    this.#held++;
    return new Permit(this.#giveBack);
  }

  acquire(signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const permit = this.tryAcquire();
    return permit === undefined ? this.#waiters.park(undefined, signal) : Promise.resolve(permit);
  }

  resize(limit: number): void {
    this.#limit = checkLimit(limit);
    this.#grant();
  }

  #grant(): void {
    while (this.#held < this.#limit && this.#waiters.length > 0) {
      this.#held++;
      this.#waiters.serve(new Permit(this.#giveBack));
    }
  }
}

function checkLimit(limit: number): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && limit >= 0)) return limit;
  throw new RangeError(`a semaphore's limit is a whole number of at least 0, not ${limit}`);
}
