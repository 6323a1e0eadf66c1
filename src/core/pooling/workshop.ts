/**
 * The factory at work: every call of create, validate and destroy goes through here, is bounded in time,
 * counted and shown to the observer. What is created too late is destroyed here, too.
 */
import type { Timers } from "../backpressure/timers.ts";
import type { Clock } from "../clock.ts";
import type { NetkitError } from "../errors.ts";
import { type Attempt, TimedAttempt, type TimeLimit } from "./attempt.ts";
import type { DestroyReason } from "./entry.ts";
import type { PoolPolicy } from "./policy.ts";
import { createTimeoutError, destroyTimeoutError, validateTimeoutError } from "./pool-errors.ts";
import type { PoolCounters, PoolObserver } from "./stats.ts";

/** How to make, check and unmake a resource. Each call is bounded by the policy's time-outs. */
export interface PoolFactory<T> {
  /** The signal aborts at the time-out and when the pool closes. A result that comes later is destroyed. */
  create(signal: AbortSignal): Promise<T> | T;
  destroy(resource: T): Promise<void> | void;
  /** Whether the resource still works. A failure means no. */
  validate?(resource: T, signal: AbortSignal): Promise<boolean> | boolean;
}

export interface WorkshopOptions<T> {
  readonly factory: PoolFactory<T>;
  readonly policy: PoolPolicy;
  readonly observer: PoolObserver;
  readonly counters: PoolCounters;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A resource has been destroyed, whether that went well or not. */
  readonly onGone: () => void;
}

export class Workshop<T> {
  readonly #options: WorkshopOptions<T>;
  #destroying = 0;

  constructor(options: WorkshopOptions<T>) {
    this.#options = options;
  }

  get destroying(): number {
    return this.#destroying;
  }

  create(done: (resource: T, nowUs: number) => void, failed: (error: unknown) => void): Attempt {
    const { factory, policy, observer, counters, clock } = this.#options;
    const beganUs = clock.nowUs();
    const limit = this.#limit(policy.createTimeoutMs, createTimeoutError);
    return new TimedAttempt<T>((signal) => factory.create(signal), limit, {
      done: (resource) => {
        const nowUs = clock.nowUs();
        counters.created++;
        observer.onCreated?.(nowUs - beganUs);
        done(resource, nowUs);
      },
      failed: (error) => {
        counters.createFailed++;
        observer.onCreateFailed?.(error, clock.nowUs() - beganUs);
        failed(error);
      },
      late: (resource) => {
        counters.created++;
        this.destroy(resource, "late", undefined);
      },
    });
  }

  /** Only for a factory that can validate. `cause` is why not, when validation itself failed. */
  validate(resource: T, judged: (valid: boolean, cause: unknown) => void): Attempt {
    const { factory, policy, counters } = this.#options;
    const limit = this.#limit(policy.validateTimeoutMs, validateTimeoutError);
    const work = async (signal: AbortSignal) => (await factory.validate?.(resource, signal)) === true;
    return new TimedAttempt<boolean>(work, limit, {
      done: (valid) => {
        counters.validated++;
        judged(valid, undefined);
      },
      failed: (error) => {
        counters.validated++;
        judged(false, error);
      },
    });
  }

  destroy(resource: T, reason: DestroyReason, cause: unknown, gone?: () => void): void {
    const { factory, policy, observer, counters } = this.#options;
    this.#destroying++;
    counters.destroyed[reason]++;
    observer.onDestroyed?.(reason, cause);
    const ended = () => {
      this.#destroying--;
      gone?.();
      this.#options.onGone();
    };
    new TimedAttempt<void>(
      () => factory.destroy(resource),
      this.#limit(policy.destroyTimeoutMs, destroyTimeoutError),
      {
        done: ended,
        failed: (error) => {
          counters.destroyFailed++;
          observer.onDestroyFailed?.(error);
          ended();
        },
      },
    );
  }

  #limit(timeoutMs: number, error: (timeoutMs: number) => NetkitError): TimeLimit {
    return { timers: this.#options.timers, timeoutMs, onTimeout: () => error(timeoutMs) };
  }
}
