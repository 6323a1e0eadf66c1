/**
 * What a pool decides, apart from how it does it: sizes, limits, order, and pure rules over plain facts.
 */
import { usageError } from "../errors.ts";
import type { LeakPolicy } from "./leak.ts";

export interface PoolPolicy {
  /** Resources at most, those being created or validated included. At least 1. */
  readonly max: number;
  /** Resources kept although idle, and created ahead once the pool is in use. */
  readonly min: number;
  /** Which idle resource goes out next: the one used last (lifo, warm caches) or longest ago (fifo, even use). */
  readonly order: "lifo" | "fifo";
  /** How long a caller waits for a lease; undefined: until its signal aborts. */
  readonly acquireTimeoutMs: number | undefined;
  /** Callers that may wait for a return; the next one is refused at once. Those a resource is made for are not counted. */
  readonly maxWaiting: number;
  /** An idle resource above `min` goes after this long; undefined: never. Late by up to a sweep, never early. */
  readonly idleTimeoutMs: number | undefined;
  /** A resource goes when it is this old, once it is idle or returned; undefined: never. */
  readonly maxLifetimeMs: number | undefined;
  /** Share (0 to 1) of `maxLifetimeMs` taken off at random, so that resources made together do not go together. */
  readonly lifetimeJitter: number;
  /** Validate before a lease if idle for this long; 0: before every lease; undefined: never. */
  readonly validateAfterIdleMs: number | undefined;
  /** Bounds on one call of the factory. What comes later is destroyed or ignored. */
  readonly createTimeoutMs: number;
  readonly validateTimeoutMs: number;
  readonly destroyTimeoutMs: number;
  /** Creations at once at most, while all goes well. After a failure it is one, until one succeeds. */
  readonly maxCreating: number;
  /** Pause after the second failed creation in a row; doubles with each further one, up to the maximum. */
  readonly retryPauseMs: number;
  readonly maxRetryPauseMs: number;
  /** Finds leases that are not returned; undefined: does not look. */
  readonly leaks: LeakPolicy | undefined;
}

export type PoolSettings = { readonly [K in keyof PoolPolicy]?: PoolPolicy[K] | undefined };

export const DEFAULT_POOL_POLICY: PoolPolicy = {
  // What node-postgres, mysql2 and HikariCP begin with.
  max: 10,
  min: 0,
  order: "lifo",
  acquireTimeoutMs: 30_000,
  // A waiter takes some 500 bytes: 50 MB when full.
  maxWaiting: 100_000,
  idleTimeoutMs: 30_000,
  maxLifetimeMs: undefined,
  lifetimeJitter: 0.1,
  validateAfterIdleMs: undefined,
  createTimeoutMs: 10_000,
  validateTimeoutMs: 5_000,
  destroyTimeoutMs: 5_000,
  maxCreating: Number.POSITIVE_INFINITY,
  retryPauseMs: 10,
  maxRetryPauseMs: 1_000,
  leaks: undefined,
};

/** Fills in the defaults. @throws NetkitError `NK_USAGE` for sizes that contradict each other. */
export function resolvePolicy(settings: PoolSettings): PoolPolicy {
  const policy: Record<string, unknown> = { ...DEFAULT_POOL_POLICY };
  for (const [name, value] of Object.entries(settings)) {
    // An explicit undefined switches off what may be off, and otherwise means the default.
    if (value !== undefined || MAY_BE_OFF.has(name)) policy[name] = value;
  }
  const resolved = policy as unknown as PoolPolicy;
  checkSizes(resolved.min, resolved.max);
  if (!(resolved.lifetimeJitter >= 0 && resolved.lifetimeJitter <= 1)) {
    throw usageError(
      `a lifetime jitter of ${resolved.lifetimeJitter} is not a share`,
      "use 0 to 1, for example 0.1",
    );
  }
  return resolved;
}

const MAY_BE_OFF: ReadonlySet<string> = new Set<keyof PoolPolicy>([
  "acquireTimeoutMs",
  "idleTimeoutMs",
  "maxLifetimeMs",
  "validateAfterIdleMs",
  "leaks",
]);

/** @throws NetkitError `NK_USAGE` */
export function checkSizes(min: number, max: number): void {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw usageError(`a pool of ${max} is not possible`, "use a whole number of at least 1");
  }
  if (!Number.isSafeInteger(min) || min < 0 || min > max) {
    throw usageError(`a pool of ${max} cannot keep ${min} at least`, `use a whole number from 0 to ${max}`);
  }
}

/** How long a resource may live, in milliseconds: Infinity, or the maximum less its jitter. */
export function lifetimeMs(policy: PoolPolicy, random: () => number): number {
  if (policy.maxLifetimeMs === undefined) return Number.POSITIVE_INFINITY;
  return policy.maxLifetimeMs * (1 - policy.lifetimeJitter * random());
}

export interface Demand {
  /** Callers in the queue. */
  readonly waiting: number;
  /** Resources that will come free without doing anything: being created or validated. */
  readonly coming: number;
  readonly creating: number;
  /** All resources, those being created included. */
  readonly total: number;
  readonly min: number;
  readonly max: number;
  /** Creations allowed at once just now. */
  readonly creatingLimit: number;
}

/** How many creations to begin: one for each waiter not yet provided for, and up to `min`, within all limits. */
export function creationsToBegin(demand: Demand): number {
  const wanted = Math.max(demand.waiting - demand.coming, demand.min - demand.total);
  const room = Math.min(demand.max - demand.total, demand.creatingLimit - demand.creating);
  return Math.max(0, Math.min(wanted, room));
}

export interface IdleFacts {
  readonly idleMs: number;
  readonly expired: boolean;
  readonly total: number;
  readonly min: number;
}

/** Why an idle resource should go now, if it should. */
export function idleVerdict(
  policy: PoolPolicy,
  facts: IdleFacts,
): "max-lifetime" | "idle-timeout" | undefined {
  if (facts.expired) return "max-lifetime";
  if (policy.idleTimeoutMs === undefined || facts.total <= facts.min) return undefined;
  return facts.idleMs >= policy.idleTimeoutMs ? "idle-timeout" : undefined;
}

/** A time-out is noticed at most this share of its length late. */
const SWEEPS_PER_TIMEOUT = 8;
const MIN_SWEEP_MS = 5;
const MAX_SWEEP_MS = 10_000;

/** How often idle and leased resources are looked at; undefined when nothing depends on time. */
export function sweepPeriodMs(policy: PoolPolicy): number | undefined {
  const shortest = Math.min(
    policy.idleTimeoutMs ?? Number.POSITIVE_INFINITY,
    policy.maxLifetimeMs ?? Number.POSITIVE_INFINITY,
    policy.leaks?.thresholdMs ?? Number.POSITIVE_INFINITY,
  );
  if (shortest === Number.POSITIVE_INFINITY) return undefined;
  return Math.min(MAX_SWEEP_MS, Math.max(MIN_SWEEP_MS, shortest / SWEEPS_PER_TIMEOUT));
}
