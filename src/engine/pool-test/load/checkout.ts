/**
 * One caller, from its intended instant to the return of its lease. Every lease that is granted is given back or
 * destroyed, also one that comes when the load is over; nothing is thrown.
 */
import type { Clock } from "../../../core/clock.ts";
import type { PoolLease, PoolUnderTest } from "../pools/pool.ts";
import type { Delays } from "./delays.ts";
import type { Caller, LoadRecorder } from "./recorder.ts";

export interface LoadContext {
  readonly pool: PoolUnderTest;
  readonly recorder: LoadRecorder;
  readonly delays: Delays;
  readonly clock: Clock;
  /** Milliseconds a lease is kept after its work. */
  readonly holdMs: number;
  /** True once the drain has ended: from then on nothing is recorded. */
  over: boolean;
}

/** Resolves to whether it was served. */
export async function checkout(context: LoadContext, caller: Caller): Promise<boolean> {
  const { pool, recorder, clock, holdMs } = context;
  let lease: PoolLease;
  try {
    lease = await pool.lease();
  } catch (error) {
    if (!context.over) recorder.failed(caller, error, clock.nowUs());
    return false;
  }
  if (context.over) {
    giveBack(lease);
    return false;
  }
  recorder.leased(caller, lease.isFirst, clock.nowUs());
  let isLast: boolean | undefined;
  try {
    const done = await lease.connection.work();
    isLast = done.isLast;
    const doneUs = clock.nowUs();
    if (!context.over) recorder.worked(caller, done.bytesReceived, doneUs);
    if (holdMs > 0) await context.delays.until(doneUs + holdMs * 1000);
  } catch (error) {
    // Recorded first: a pool may hand the place on to the next caller before `destroy` returns.
    if (!context.over) recorder.failed(caller, error, clock.nowUs());
    destroy(lease, error);
    return false;
  }
  // Stamped before: what the pool does for the next caller is not this one's time.
  if (!context.over) recorder.served(caller, clock.nowUs());
  if (isLast === true) destroy(lease, "the server ends it");
  else giveBack(lease);
  return true;
}

// A lease that the pool has revoked meanwhile (leak reclaimed, pool closed) refuses both; it is gone already.
function giveBack(lease: PoolLease): void {
  try {
    lease.release();
  } catch {}
}

function destroy(lease: PoolLease, cause: unknown): void {
  try {
    lease.destroy(cause);
  } catch {}
}
