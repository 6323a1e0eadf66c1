/**
 * The pool of one probe. Limits of the plan that send callers away are left out, unless they are what is asked about:
 * a caller turned away for another reason would answer in the place of the question.
 */
import type { ProbeContext } from "../pool-test.ts";
import type { PoolHooks, PoolSettings, PoolUnderTest } from "../pools/pool.ts";

const none = (): void => undefined;
const NO_HOOKS: PoolHooks = { onCreated: none, onCreateFailed: none, onDestroyed: none, onLeak: none };

export function probePool(
  { plan, target, createPool }: Pick<ProbeContext, "plan" | "target" | "createPool">,
  settings: Partial<PoolSettings> & Pick<PoolSettings, "size">,
  hooks: Partial<PoolHooks> = {},
): PoolUnderTest {
  const unlimited = { ...plan.settings, acquireTimeoutMs: undefined, maxWaiting: undefined };
  return createPool(target, { ...unlimited, ...settings }, { ...NO_HOOKS, ...hooks });
}

/** Opens all connections, so that from then on callers wait for each other only. Rejects when one cannot be opened. */
export async function fillPool(pool: PoolUnderTest, size: number, signal: AbortSignal): Promise<void> {
  const outcomes = await Promise.allSettled(Array.from({ length: size }, () => pool.lease(signal)));
  for (const outcome of outcomes) if (outcome.status === "fulfilled") outcome.value.release();
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
