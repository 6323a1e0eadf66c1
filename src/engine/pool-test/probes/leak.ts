/**
 * Leases that are never returned, planted beside slow ones that are: does the pool find the former, with the place
 * where they were taken, and leave the latter alone?
 */

import { setTimeout as sleep } from "node:timers/promises";
import { MAX_TIMER_MS } from "../../../core/backpressure/timers.ts";
import type { ProbeContext } from "../pool-test.ts";
import { endPool } from "../pools/end-pool.ts";
import type { PoolLease, PoolUnderTest } from "../pools/pool.ts";
import type { LeakResult } from "../result.ts";
import { probePool } from "./probe-pool.ts";

/** Held longer than this is a leak, unless the plan says otherwise. */
const THRESHOLD_MS = 400;
/** Slow work takes this share of the threshold. */
const SLOW_SHARE = 0.5;
/** A sweep of the pool may be late by a part of the threshold. */
const PATIENCE = 2;

interface Told {
  readonly atMs: number;
  readonly stack: string | undefined;
}

export async function probeLeaks(context: ProbeContext, planted: number): Promise<LeakResult> {
  const { plan, time, signal, abort, ignores } = context;
  const thresholdMs = plan.settings.leakAfterMs ?? THRESHOLD_MS;
  if (ignores.includes("leakAfterMs")) return unsupported(planted, thresholdMs);
  const told: Told[] = [];
  const slow = planted;
  const pool = probePool(
    context,
    { size: planted + slow, leakAfterMs: thresholdMs },
    { onLeak: ({ stack }) => void told.push({ atMs: performance.now(), stack }) },
  );
  const pause = (ms: number): Promise<void> => sleep(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
  try {
    const slowLeases = await Promise.all(Array.from({ length: slow }, () => pool.lease(signal)));
    const plantedLeases = await Promise.all(Array.from({ length: planted }, () => plantLeak(pool, signal)));
    const plantedAtMs = performance.now();
    await pause(thresholdMs * SLOW_SHARE);
    for (const lease of slowLeases) lease.release();
    await pause(thresholdMs * (1 - SLOW_SHARE + PATIENCE));
    const late = told.map(({ atMs }) => atMs - plantedAtMs - thresholdMs);
    for (const lease of plantedLeases) lease.release();
    return {
      planted,
      found: Math.min(planted, told.length),
      falseAlarms: Math.max(0, told.length - planted),
      thresholdMs,
      slowLeases: slow,
      slowestReportMs: late.length === 0 ? null : Math.max(...late),
      supported: true,
      stacks: told.map(({ stack }) => stack).filter((stack) => stack !== undefined),
    };
  } finally {
    await endPool(pool, time.timers, abort);
  }
}

/** Its name stands in the stacks that are reported. */
async function plantLeak(pool: PoolUnderTest, signal: AbortSignal): Promise<PoolLease> {
  return await pool.lease(signal);
}

function unsupported(planted: number, thresholdMs: number): LeakResult {
  return {
    planted,
    found: 0,
    falseAlarms: 0,
    thresholdMs,
    slowLeases: 0,
    slowestReportMs: null,
    supported: false,
    stacks: [],
  };
}
