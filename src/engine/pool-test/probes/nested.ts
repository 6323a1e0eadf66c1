/**
 * Callers that take several connections each, one within the other: the size at which they cannot all wait for each
 * other is found by trying, and held against the formula.
 */

import type { ProbeContext } from "../pool-test.ts";
import { endPool } from "../pools/end-pool.ts";
import type { PoolLease, PoolUnderTest } from "../pools/pool.ts";
import type { NestedResult } from "../result.ts";
import { deadlockFreeSize } from "../theory/deadlock-size.ts";
import { fillPool, probePool } from "./probe-pool.ts";

/** All connections stand and nobody holds one for long: who waits for this long waits for ever. */
const GIVE_UP_MS = 1_000;
const DEADLOCK = Symbol("deadlock");

export async function probeNested(
  context: ProbeContext,
  { callers, depth }: { readonly callers: number; readonly depth: number },
): Promise<NestedResult> {
  const predictedSize = deadlockFreeSize(callers, depth);
  const sizes = [predictedSize - 1, predictedSize, predictedSize + 1].filter((size) => size >= depth);
  const rows: { size: number; outcome: "finished" | "deadlock"; tookMs: number }[] = [];
  for (const size of sizes) {
    context.signal.throwIfAborted();
    rows.push({ size, ...(await tried(context, size, callers, depth)) });
  }
  const finished = rows.filter(({ outcome }) => outcome === "finished");
  const smallestSafe = finished[0]?.size ?? null;
  return { callers, depth, predictedSize, rows, smallestSafe, agrees: smallestSafe === predictedSize };
}

/** @throws what keeps callers from their connections other than each other */
async function tried(
  context: ProbeContext,
  size: number,
  callers: number,
  depth: number,
): Promise<{ outcome: "finished" | "deadlock"; tookMs: number }> {
  const { time, signal, abort } = context;
  const pool = probePool(context, { size });
  const end = new AbortController();
  try {
    await fillPool(pool, size, signal);
    const beganMs = performance.now();
    const timer = time.timers.set(() => end.abort(DEADLOCK), GIVE_UP_MS);
    const meeting = new Meeting(callers);
    const either = AbortSignal.any([signal, end.signal]);
    await Promise.all(
      // One that fails takes the others along: they would wait for it.
      Array.from({ length: callers }, () =>
        nested(pool, depth, meeting, either).catch((error: unknown) => end.abort(error)),
      ),
    );
    time.timers.clear(timer);
    const tookMs = performance.now() - beganMs;
    if (!end.signal.aborted) return { outcome: "finished", tookMs };
    if (end.signal.reason === DEADLOCK) return { outcome: "deadlock", tookMs };
    throw end.signal.reason;
  } finally {
    await endPool(pool, time.timers, abort);
  }
}

/** All callers hold all but their last connection before anybody asks for that: the worst that can come. */
async function nested(
  pool: PoolUnderTest,
  depth: number,
  meeting: Meeting,
  signal: AbortSignal,
): Promise<void> {
  const held: PoolLease[] = [];
  try {
    for (let taken = 0; taken < depth - 1; taken++) held.push(await pool.lease(signal));
    await meeting.arrive(signal);
    held.push(await pool.lease(signal));
  } finally {
    for (const lease of held.toReversed()) lease.release();
  }
}

/** Nobody goes on before all are there. */
class Meeting {
  #missing: number;
  readonly #all: Promise<void>;
  #open!: () => void;

  constructor(callers: number) {
    this.#missing = callers;
    this.#all = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Rejects with the signal's reason: somebody does not come. */
  arrive(signal: AbortSignal): Promise<void> {
    if (--this.#missing === 0) this.#open();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      void this.#all.then(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }
}
