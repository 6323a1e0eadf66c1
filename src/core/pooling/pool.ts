/**
 * A pool of resources that are costly to make: the mechanics. Policy is in `policy.ts`, states in `entry.ts`.
 *
 *     await using pool = new Pool(factory, { max: 10 });
 *     using lease = await pool.lease(signal);
 *
 * - idle + leased + creating + validating never exceeds `max`. A pool made smaller sheds the surplus at once
 *   where it is idle, otherwise as it comes back.
 * - Callers are served strictly in the order of coming, also with a resource that is idle already. Each is
 *   answered once: a lease, the cause of a failed creation, a time-out, its signal's reason, or "closed".
 * - Every resource that was created is destroyed exactly once, also one that comes after its time-out.
 * - After `drain` or `close` begins, no lease is granted.
 * - A failed creation gives its place back and rejects the caller who is next; see `creation-gate.ts`.
 * - Leasing an idle resource and returning it is synchronous at heart: no timer, no closure, one small object.
 */
import { LinkedList } from "../backpressure/linked-list.ts";
import { systemTimers, type Timers } from "../backpressure/timers.ts";
import { type Clock, monotonicClock } from "../clock.ts";
import { CreationGate } from "./creation-gate.ts";
import { Drain, type DrainResult } from "./drain.ts";
import { type Desk, type DestroyReason, Entry, EVENT, nextEntryState } from "./entry.ts";
import { type CheckoutSite, LeakTracker, NO_LEAKS } from "./leak.ts";
import { Lease } from "./lease.ts";
import {
  checkSizes,
  creationsToBegin,
  idleVerdict,
  lifetimeMs,
  type PoolPolicy,
  type PoolSettings,
  resolvePolicy,
  sweepPeriodMs,
} from "./policy.ts";
import { closedError, createError } from "./pool-errors.ts";
import { PoolCounters, type PoolObserver, type PoolPhase, type PoolStats } from "./stats.ts";
import { Sweeper } from "./sweeper.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { type PoolFactory, Workshop } from "./workshop.ts";

export interface PoolDependencies {
  readonly observer?: PoolObserver | undefined;
  readonly clock?: Clock | undefined;
  readonly timers?: Timers | undefined;
  /** 0 to 1, for jitter. */
  readonly random?: (() => number) | undefined;
}

export class Pool<T> implements AsyncDisposable {
  readonly #policy: PoolPolicy;
  readonly #observer: PoolObserver;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #entries = new Set<Entry<T>>();
  readonly #idle = new LinkedList<Entry<T>>();
  readonly #room: WaitingRoom<T>;
  readonly #gate: CreationGate;
  readonly #workshop: Workshop<T>;
  readonly #sweeper: Sweeper<T>;
  readonly #leaks: LeakTracker<T> | undefined;
  readonly #counters = new PoolCounters();
  readonly #lifo: boolean;
  readonly #validateAfterUs: number;
  readonly #desk: Desk<T> = {
    takeBack: (entry) => this.#takeBack(entry),
    takeBackBroken: (entry, cause) => this.#takeAway(entry, "discarded", cause),
  };
  #phase: PoolPhase = "open";
  #max: number;
  #min: number;
  #creating = 0;
  #validating = 0;
  #drain: Drain | undefined;

  constructor(factory: PoolFactory<T>, settings: PoolSettings = {}, dependencies: PoolDependencies = {}) {
    const policy = resolvePolicy(settings);
    const {
      clock = monotonicClock,
      timers = systemTimers,
      random = Math.random,
      observer = {},
    } = dependencies;
    this.#policy = policy;
    this.#observer = observer;
    this.#clock = clock;
    this.#timers = timers;
    this.#random = random;
    this.#max = policy.max;
    this.#min = policy.min;
    this.#lifo = policy.order === "lifo";
    const validates = factory.validate !== undefined && policy.validateAfterIdleMs !== undefined;
    this.#validateAfterUs = validates ? policy.validateAfterIdleMs! * 1000 : Number.POSITIVE_INFINITY;
    const periodMs = sweepPeriodMs(policy);
    this.#room = new WaitingRoom({
      limit: () => policy.maxWaiting + Math.max(0, this.#max - this.#leased),
      timeoutMs: policy.acquireTimeoutMs,
      clock,
      timers,
      describe: () =>
        `${this.#leased} of ${this.#max} leased, ${this.#creating} being created, ${this.#room.length} waiting`,
    });
    this.#workshop = new Workshop({
      factory,
      policy,
      observer,
      counters: this.#counters,
      clock,
      timers,
      onGone: () => this.#finishDrain(),
    });
    this.#gate = new CreationGate({ ...policy, timers, random, onCooled: () => this.#advance() });
    this.#sweeper = new Sweeper({
      periodMs,
      entries: this.#entries,
      clock,
      timers,
      inspect: (entry, sameForUs, expired) => this.#inspect(entry, sameForUs, expired),
      swept: () => {
        this.#leaks?.refill();
        this.#advance();
      },
    });
    if (policy.leaks === undefined) return;
    this.#leaks = new LeakTracker<T>(policy.leaks, periodMs!, {
      reclaim: (entry) => this.#takeAway(entry, "leaked", undefined),
      report: (report) => observer.onLeak?.(report),
    });
  }

  /** A lease at once, or undefined: nothing is idle, others wait, validation is due, or the pool is closed. */
  tryLease(): Lease<T> | undefined {
    if (this.#room.length > 0) return undefined;
    const entry = this.#lifo ? this.#idle.tail : this.#idle.head;
    if (entry === undefined || this.#validationDue(entry)) return undefined;
    this.#idle.remove(entry);
    this.#observer.onWait?.(0);
    return this.#lend(entry, this.#leaks?.capture());
  }

  /**
   * A lease as soon as one is to be had. Rejects with the signal's reason, or a NetkitError
   * `NK_POOL_ACQUIRE_TIMEOUT`, `NK_POOL_QUEUE_FULL`, `NK_POOL_CREATE_FAILED`, `NK_POOL_CREATE_TIMEOUT` or
   * `NK_POOL_CLOSED`.
   */
  lease(signal?: AbortSignal): Promise<Lease<T>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const lease = this.tryLease();
    if (lease !== undefined) return Promise.resolve(lease);
    if (this.#phase !== "open") return Promise.reject(closedError());
    const promise = this.#room.wait(this.#leaks?.capture(), signal);
    this.#advance();
    return promise;
  }

  /** Creates up to `min` ahead of use; rejects with the cause when that fails. */
  async fill(signal?: AbortSignal): Promise<void> {
    const wanted = Array.from({ length: this.#min }, () => this.lease(signal));
    const outcomes = await Promise.allSettled(wanted);
    for (const outcome of outcomes) if (outcome.status === "fulfilled") outcome.value.release();
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Changes the size from now on. `min` is lowered to `max` if need be. */
  resize(max: number, min: number = Math.min(this.#min, max)): void {
    checkSizes(min, max);
    this.#max = max;
    this.#min = min;
    while (this.#entries.size > max && this.#idle.length > 0) this.#destroy(this.#idle.shift()!, "resize");
    this.#advance();
  }

  /**
   * Stops leasing: callers in the queue are rejected with `NK_POOL_CLOSED`, creations are aborted, what is idle
   * is destroyed. Leases may come back until the deadline, then their resources are taken away. Resolves when
   * every resource has been destroyed. Calling again can only bring the deadline nearer.
   * @param deadlineMs Infinity waits for the last lease.
   */
  drain(deadlineMs: number): Promise<DrainResult> {
    this.#drain ??= this.#beginDrain();
    if (this.#phase === "draining") this.#drain.bringForward(deadlineMs);
    return this.#drain.promise;
  }

  /** Drains with no patience. */
  close(): Promise<DrainResult> {
    return this.drain(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  stats(): PoolStats {
    return {
      phase: this.#phase,
      max: this.#max,
      idle: this.#idle.length,
      leased: this.#leased,
      creating: this.#creating,
      validating: this.#validating,
      destroying: this.#workshop.destroying,
      waiting: this.#room.length,
      ...this.#counters.snapshot(),
      ...this.#room.counts(),
      leaks: this.#leaks?.counts() ?? NO_LEAKS,
    };
  }

  get #leased(): number {
    return this.#entries.size - this.#idle.length - this.#creating - this.#validating;
  }

  #validationDue(entry: Entry<T>): boolean {
    if (this.#validateAfterUs === Number.POSITIVE_INFINITY) return false;
    return this.#clock.nowUs() - entry.idleSinceUs >= this.#validateAfterUs;
  }

  /** The entry is idle and in no list. */
  #lend(entry: Entry<T>, site: CheckoutSite | undefined): Lease<T> {
    entry.state = nextEntryState(entry.state, EVENT.leased);
    this.#counters.leases++;
    if (entry.serial === 0) this.#counters.firstLeases++;
    const lease = new Lease(entry, ++entry.serial);
    if (this.#observer.onHold !== undefined) entry.leasedAtUs = this.#clock.nowUs();
    this.#leaks?.leased(entry, lease, site);
    return lease;
  }

  /** What the return of a lease has in common with its being discarded or taken away. */
  #endLease(entry: Entry<T>): void {
    entry.serial++;
    this.#leaks?.returned(entry);
    this.#observer.onHold?.(this.#clock.nowUs() - entry.leasedAtUs);
  }

  #takeBack(entry: Entry<T>): void {
    this.#endLease(entry);
    entry.state = nextEntryState(entry.state, EVENT.returned);
    if (this.#phase !== "open") this.#destroy(entry, "closed");
    else if (entry.retireOnReturn !== undefined) this.#destroy(entry, entry.retireOnReturn);
    else if (this.#validateAfterUs === 0 && this.#room.length > 0) this.#validate(entry);
    else this.#place(entry);
  }

  /** Ends a lease whose resource is not to be used again. */
  #takeAway(entry: Entry<T>, reason: DestroyReason, cause: unknown): void {
    this.#endLease(entry);
    this.#destroy(entry, reason, cause);
  }

  /** Gives an idle entry that is fit for use to the caller who is next, or to the idle list. */
  #place(entry: Entry<T>): void {
    if (this.#entries.size > this.#max) {
      this.#destroy(entry, "resize");
      return;
    }
    const ticket = this.#room.next;
    if (ticket === undefined) {
      if (this.#validateAfterUs !== Number.POSITIVE_INFINITY) entry.idleSinceUs = this.#clock.nowUs();
      this.#idle.push(entry);
      return;
    }
    this.#observer.onWait?.(this.#clock.nowUs() - ticket.sinceUs);
    this.#room.serve(this.#lend(entry, ticket.site));
  }

  /** Provides for the callers in the queue: idle resources first, then new ones. Keeps `min`. */
  #advance(): void {
    if (this.#phase !== "open") return;
    while (this.#room.length > this.#validating) {
      const entry = this.#lifo ? this.#idle.tail : this.#idle.head;
      if (entry === undefined) break;
      this.#idle.remove(entry);
      if (this.#validationDue(entry)) this.#validate(entry);
      else this.#place(entry);
    }
    const begin = creationsToBegin({
      waiting: this.#room.length,
      coming: this.#creating + this.#validating,
      creating: this.#creating,
      total: this.#entries.size,
      min: this.#min,
      max: this.#max,
      creatingLimit: this.#gate.limit,
    });
    for (let count = 0; count < begin; count++) this.#create();
  }

  #create(): void {
    const entry = new Entry<T>(this.#desk);
    this.#entries.add(entry);
    this.#creating++;
    this.#sweeper.start();
    entry.attempt = this.#workshop.create(
      (resource, nowUs) => {
        this.#creating--;
        entry.attempt = undefined;
        entry.resource = resource;
        entry.expiresAtUs = nowUs + lifetimeMs(this.#policy, this.#random) * 1000;
        entry.state = nextEntryState(entry.state, EVENT.created);
        this.#gate.succeeded();
        this.#place(entry);
        this.#advance();
      },
      (error) => {
        this.#dropCreation(entry);
        this.#gate.failed();
        this.#room.fail(createError(error));
        this.#advance();
      },
    );
  }

  #dropCreation(entry: Entry<T>): void {
    this.#creating--;
    entry.attempt = undefined;
    entry.state = nextEntryState(entry.state, EVENT.failed);
    this.#entries.delete(entry);
  }

  /** The entry is idle and in no list. */
  #validate(entry: Entry<T>): void {
    entry.state = nextEntryState(entry.state, EVENT.validate);
    this.#validating++;
    entry.attempt = this.#workshop.validate(entry.resource as T, (valid, cause) => {
      this.#validating--;
      entry.attempt = undefined;
      if (!valid) {
        this.#destroy(entry, "invalid", cause);
        return;
      }
      entry.state = nextEntryState(entry.state, EVENT.valid);
      this.#place(entry);
      // While it was validated its caller may have left, or others may have come.
      this.#advance();
    });
  }

  /** The entry is idle, validating or leased, and in no list. Its place is free at once. */
  #destroy(entry: Entry<T>, reason: DestroyReason, cause?: unknown): void {
    entry.state = nextEntryState(entry.state, { kind: "retired", reason });
    this.#entries.delete(entry);
    this.#workshop.destroy(entry.resource as T, reason, cause, () => {
      entry.state = nextEntryState(entry.state, EVENT.gone);
      entry.resource = undefined;
    });
    this.#advance();
  }

  /** A sweep has found the resource as it is for at least `sameForUs`. */
  #inspect(entry: Entry<T>, sameForUs: number, expired: boolean): void {
    if (entry.state.kind === "leased") {
      if (expired) entry.retireOnReturn = "max-lifetime";
      this.#leaks?.inspect(entry, sameForUs);
    } else if (entry.state.kind === "idle") {
      const facts = { idleMs: sameForUs / 1000, expired, total: this.#entries.size, min: this.#min };
      const reason = idleVerdict(this.#policy, facts);
      if (reason === undefined) return;
      this.#idle.remove(entry);
      this.#destroy(entry, reason);
    }
  }

  #beginDrain(): Drain {
    this.#phase = "draining";
    const drain = new Drain(this.#leased, this.#clock, this.#timers, () => this.#revokeAll());
    this.#drain = drain;
    this.#gate.close();
    const error = closedError();
    while (this.#room.fail(error));
    for (let entry = this.#idle.shift(); entry !== undefined; entry = this.#idle.shift()) {
      this.#destroy(entry, "closed");
    }
    for (const entry of this.#entries) {
      entry.attempt?.abandon(error);
      if (entry.state.kind === "creating") {
        this.#dropCreation(entry);
      } else if (entry.state.kind === "validating") {
        this.#validating--;
        this.#destroy(entry, "closed");
      }
    }
    this.#finishDrain();
    return drain;
  }

  /** Idle, validating and creating ones are gone since the drain began: what is left is leased. */
  #revokeAll(): void {
    for (const entry of this.#entries) this.#takeAway(entry, "revoked", undefined);
  }

  #finishDrain(): void {
    if (this.#phase !== "draining" || this.#entries.size > 0 || this.#workshop.destroying > 0) return;
    this.#phase = "closed";
    this.#sweeper.stop();
    this.#drain?.finish(this.#counters.destroyed.revoked);
  }
}
