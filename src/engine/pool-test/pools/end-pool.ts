/**
 * How every pool under test is left. One that fails to end, or takes too long over it, or until an abort, is left
 * alone: what it has not closed is seen by whoever counts connections.
 */
import type { Timers } from "../../../core/backpressure/timers.ts";
import type { PoolUnderTest } from "./pool.ts";

const END_MS = 5_000;

/** Never rejects. */
export async function endPool(pool: PoolUnderTest, timers: Timers, abort?: AbortSignal): Promise<void> {
  const end = async (): Promise<void> => {
    try {
      await pool[Symbol.asyncDispose]();
    } catch {}
  };
  await new Promise<void>((resolve) => {
    const leave = (): void => {
      timers.clear(late);
      abort?.removeEventListener("abort", leave);
      resolve();
    };
    const late = timers.set(leave, END_MS);
    void end().then(leave);
    if (abort?.aborted) leave();
    else abort?.addEventListener("abort", leave, { once: true });
  });
}
