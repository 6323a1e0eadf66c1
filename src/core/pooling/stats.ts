/**
 * What a pool tells about itself: plain counters, and hooks for those who want every single value.
 */
import type { DestroyReason } from "./entry.ts";
import type { LeakCounts, LeakReport } from "./leak.ts";

export type PoolPhase = "open" | "draining" | "closed";

export interface PoolStats {
  readonly phase: PoolPhase;
  readonly max: number;
  /** Now: idle + leased + creating + validating is never above `max` (but for a pool just made smaller). */
  readonly idle: number;
  readonly leased: number;
  readonly creating: number;
  readonly validating: number;
  /** Being destroyed; no longer counted against `max`. */
  readonly destroying: number;
  readonly waiting: number;
  /** Since the beginning. */
  readonly leases: number;
  /** Leases of a resource that had been leased before. */
  readonly reused: number;
  readonly created: number;
  readonly createFailed: number;
  readonly validated: number;
  readonly destroyed: Readonly<Record<DestroyReason, number>>;
  /** Destroyed, but the factory failed or took too long over it. */
  readonly destroyFailed: number;
  /** Callers who waited for longer than the acquire time-out. */
  readonly timedOut: number;
  /** Callers whose signal aborted while they waited. */
  readonly cancelled: number;
  /** Callers refused because the queue was full. */
  readonly refused: number;
  /** Zero without leak detection. */
  readonly leaks: LeakCounts;
}

/** Optional hooks, called synchronously: they must be quick, must not throw and must not
 * call the pool. Absent ones cost nothing. */
export interface PoolObserver {
  /** A lease was granted after this wait; 0 when there was none. */
  readonly onWait?: (waitUs: number) => void;
  /** A lease was returned. */
  readonly onHold?: (holdUs: number) => void;
  readonly onCreated?: (tookUs: number) => void;
  readonly onCreateFailed?: (error: unknown, tookUs: number) => void;
  readonly onDestroyed?: (reason: DestroyReason, cause: unknown) => void;
  readonly onDestroyFailed?: (error: unknown) => void;
  readonly onLeak?: (report: LeakReport) => void;
}

/** The counters that only grow, written by the pool as plain numbers. */
export class PoolCounters {
  leases = 0;
  firstLeases = 0;
  created = 0;
  createFailed = 0;
  validated = 0;
  destroyFailed = 0;
  readonly destroyed: Record<DestroyReason, number> = {
    "idle-timeout": 0,
    "max-lifetime": 0,
    invalid: 0,
    discarded: 0,
    resize: 0,
    closed: 0,
    revoked: 0,
    leaked: 0,
    late: 0,
  };

  snapshot() {
    const { leases, firstLeases, created, createFailed, validated, destroyed, destroyFailed } = this;
    return {
      leases,
      reused: leases - firstLeases,
      created,
      createFailed,
      validated,
      destroyed: { ...destroyed },
      destroyFailed,
    };
  }
}
