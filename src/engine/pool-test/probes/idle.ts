/** Connections that nobody uses: do they go in time, are they spread, and does a dead one reach a caller? */

import { setTimeout as sleep } from "node:timers/promises";
import { formatMillis } from "../../../core/units.ts";
import type { ProbeContext } from "../pool-test.ts";
import { endPool } from "../pools/end-pool.ts";
import type { PoolSettings } from "../pools/pool.ts";
import type { ProbeCheck } from "../result.ts";
import { openTarget } from "../targets/catalog.ts";
import { Relay } from "../targets/relay.ts";
import { fillPool, probePool } from "./probe-pool.ts";

const SIZE = 4;
const TIMEOUT_MS = 300;
/** A pool sweeps now and then: an eighth late, and some more on a busy machine. */
const PATIENCE_MS = 1_500;

export async function probeIdle(context: ProbeContext): Promise<ProbeCheck[]> {
  const { plan, signal, ignores } = context;
  const lacking = (setting: keyof PoolSettings, name: string): ProbeCheck | undefined =>
    ignores.includes(setting)
      ? { name, outcome: "not-supported", detail: `the pool of ${plan.pool} has no such setting` }
      : undefined;
  const checks: ProbeCheck[] = [];
  for (const check of [
    async () =>
      lacking("idleTimeoutMs", "idle-timeout") ?? (await gone(context, "idle-timeout", "idleTimeoutMs")),
    async () =>
      lacking("maxLifetimeMs", "max-lifetime") ?? (await gone(context, "max-lifetime", "maxLifetimeMs")),
    async () => lacking("validateAfterIdleMs", "keep-alive") ?? (await dead(context)),
  ]) {
    if (signal.aborted) break;
    checks.push(await check());
  }
  return checks;
}

async function gone(
  context: ProbeContext,
  name: string,
  setting: "idleTimeoutMs" | "maxLifetimeMs",
): Promise<ProbeCheck> {
  const { signal, abort, time } = context;
  const endedAtMs: number[] = [];
  const beganMs = performance.now();
  const pool = probePool(
    context,
    { size: SIZE, [setting]: TIMEOUT_MS },
    { onDestroyed: () => void endedAtMs.push(performance.now() - beganMs) },
  );
  try {
    await fillPool(pool, SIZE, signal);
    await until(() => endedAtMs.length >= SIZE, TIMEOUT_MS + PATIENCE_MS, signal);
    const early = endedAtMs.filter((at) => at < TIMEOUT_MS * 0.85).length;
    const detail = `${endedAtMs.length} of ${SIZE} connections were closed, the last after ${formatMillis(Math.round(Math.max(0, ...endedAtMs)))} of ${formatMillis(TIMEOUT_MS)}`;
    return { name, outcome: endedAtMs.length === SIZE && early === 0 ? "passed" : "failed", detail };
  } finally {
    await endPool(pool, time.timers, abort);
  }
}

/** All idle connections are reset; then callers come. */
async function dead({ plan, createPool, signal, abort, time }: ProbeContext): Promise<ProbeCheck> {
  await using relay = await Relay.start(plan.target);
  await using target = await openTarget(relay.plan, signal);
  const pool = probePool({ plan, target, createPool }, { size: SIZE, validateAfterIdleMs: 1 });
  try {
    await fillPool(pool, SIZE, signal);
    await sleep(30, undefined, { signal });
    const reset = relay.reset();
    await sleep(30, undefined, { signal });
    let failed = 0;
    for (let caller = 0; caller < SIZE; caller++) {
      const lease = await pool.lease(signal);
      await lease.connection.work(signal).then(
        () => lease.release(),
        (error: unknown) => {
          failed++;
          lease.destroy(error);
        },
      );
    }
    return {
      name: "keep-alive",
      outcome: failed === 0 ? "passed" : "failed",
      detail: `${reset} idle connections were reset, and ${failed} of ${SIZE} callers got a dead one`,
    };
  } finally {
    await endPool(pool, time.timers, abort);
  }
}

async function until(isTrue: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isTrue() && performance.now() < endMs) await sleep(10, undefined, { signal });
}
