/**
 * When request k is due. The schedule is absolute: request k is due at its planned instant whatever happened
 * before, so a stall makes later requests late and never makes them disappear (coordinated omission).
 *
 * Times are microseconds since the start of the load (warm-up included). One schedule serves one thread:
 * thread i of n takes the global ticks k with k mod n = i, so that the merged stream stays even.
 *
 *   constant   t = k / rate                 |  |  |  |  |  |
 *   poisson    gaps −ln(U)·n / rate         | ||    |  | |    (n merged streams are again Poisson)
 *   closed     due as soon as a connection is free, until the stop rule says no
 *   hold       never
 */
import { exponential, seededRandom } from "../../core/random.ts";
import type { FloodPlan } from "./plan.ts";

export interface Schedule {
  /** When the next request is due: in the past or now = send, in the future = wait, Infinity = none left. */
  dueUs(elapsedUs: number): number;
  /** Takes the request that `dueUs` told of. */
  take(elapsedUs: number): void;
  /** No request that is due at or after this instant will come any more. */
  stopAt(elapsedUs: number): void;
}

/** One thread's part of the load. */
export interface Share {
  /** 0 … threads−1. */
  readonly index: number;
  readonly threads: number;
}

// 1/3 s × 3 must count as one second: ticks this close to a boundary lie on it.
const ROUNDING = 1e-9;

export function createSchedule(plan: FloodPlan, share: Share): Schedule {
  switch (plan.load.kind) {
    case "closed":
      return new ClosedSchedule(plan, share);
    case "hold":
      return new HoldSchedule(plan);
    case "open":
      return plan.load.arrival === "poisson"
        ? new PoissonSchedule(plan, plan.load.ratePerSecond, share)
        : new ConstantSchedule(plan, plan.load.ratePerSecond, share);
  }
}

/** Part of `total` that falls to this share when things are dealt out one by one. */
export function dealt(total: number, share: Share): number {
  return Math.max(0, Math.ceil((total - share.index) / share.threads));
}

/** A share's connections; a closed loop has no use for more of them than requests. */
export function connectionsOf(plan: FloodPlan, share: Share): number {
  const connections = dealt(plan.connections, share);
  if (plan.stop.kind !== "requests" || plan.load.kind === "open" || plan.warmupSeconds > 0)
    return connections;
  return Math.min(connections, dealt(plan.stop.count, share));
}

class ClosedSchedule implements Schedule {
  readonly #warmupUs: number;
  #endUs: number;
  /** Measured requests still to send; Infinity when time is the stop rule. */
  #left: number;

  constructor(plan: FloodPlan, share: Share) {
    this.#warmupUs = Math.round(plan.warmupSeconds * 1e6);
    this.#endUs =
      plan.stop.kind === "duration" ? this.#warmupUs + plan.stop.seconds * 1e6 : Number.POSITIVE_INFINITY;
    this.#left = plan.stop.kind === "requests" ? dealt(plan.stop.count, share) : Number.POSITIVE_INFINITY;
  }

  dueUs(elapsedUs: number): number {
    return elapsedUs < this.#endUs && this.#left > 0 ? elapsedUs : Number.POSITIVE_INFINITY;
  }

  take(elapsedUs: number): void {
    if (elapsedUs >= this.#warmupUs) this.#left--;
  }

  stopAt(elapsedUs: number): void {
    this.#endUs = Math.min(this.#endUs, elapsedUs);
  }
}

/** Nothing is ever due, up to the end. */
class HoldSchedule implements Schedule {
  #endUs: number;

  constructor({ warmupSeconds, stop }: FloodPlan) {
    this.#endUs = (warmupSeconds + (stop.kind === "duration" ? stop.seconds : 0)) * 1e6;
  }

  dueUs(elapsedUs: number): number {
    return elapsedUs < this.#endUs ? this.#endUs : Number.POSITIVE_INFINITY;
  }

  take(): void {
    throw new TypeError("nothing is due while connections are held");
  }

  stopAt(elapsedUs: number): void {
    this.#endUs = Math.min(this.#endUs, elapsedUs);
  }
}

class ConstantSchedule implements Schedule {
  readonly #gapUs: number;
  readonly #threads: number;
  #tick: number;
  /** Global number of the first tick that is not sent. */
  #endTick: number;

  constructor(plan: FloodPlan, ratePerSecond: number, share: Share) {
    this.#gapUs = 1e6 / ratePerSecond;
    this.#threads = share.threads;
    this.#tick = share.index;
    const warmupTicks = Math.ceil(ratePerSecond * plan.warmupSeconds - ROUNDING);
    this.#endTick =
      plan.stop.kind === "duration"
        ? Math.ceil(ratePerSecond * (plan.warmupSeconds + plan.stop.seconds) - ROUNDING)
        : warmupTicks + plan.stop.count;
  }

  dueUs(): number {
    return this.#tick < this.#endTick ? this.#tick * this.#gapUs : Number.POSITIVE_INFINITY;
  }

  take(): void {
    this.#tick += this.#threads;
  }

  stopAt(elapsedUs: number): void {
    this.#endTick = Math.min(this.#endTick, Math.ceil(elapsedUs / this.#gapUs - ROUNDING));
  }
}

class PoissonSchedule implements Schedule {
  readonly #meanGapUs: number;
  readonly #warmupUs: number;
  readonly #random: () => number;
  #endUs: number;
  #left: number;
  #nextUs: number;

  constructor(plan: FloodPlan, ratePerSecond: number, share: Share) {
    this.#meanGapUs = (1e6 * share.threads) / ratePerSecond;
    this.#warmupUs = Math.round(plan.warmupSeconds * 1e6);
    this.#random = seededRandom(0x9e3779b9 ^ (share.index + 1));
    this.#endUs =
      plan.stop.kind === "duration" ? this.#warmupUs + plan.stop.seconds * 1e6 : Number.POSITIVE_INFINITY;
    this.#left = plan.stop.kind === "requests" ? dealt(plan.stop.count, share) : Number.POSITIVE_INFINITY;
    this.#nextUs = this.#gap();
  }

  dueUs(): number {
    return this.#nextUs < this.#endUs && this.#left > 0 ? this.#nextUs : Number.POSITIVE_INFINITY;
  }

  take(): void {
    if (this.#nextUs >= this.#warmupUs) this.#left--;
    this.#nextUs += this.#gap();
  }

  stopAt(elapsedUs: number): void {
    this.#endUs = Math.min(this.#endUs, elapsedUs);
  }

  #gap(): number {
    return exponential(this.#random, this.#meanGapUs);
  }
}
