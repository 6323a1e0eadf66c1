/** A pool of one, and that one taken: what becomes of those who come. */

import { formatMillis } from "../../../core/units.ts";
import type { ProbeContext } from "../pool-test.ts";
import { endPool } from "../pools/end-pool.ts";
import type { PoolSettings, PoolUnderTest } from "../pools/pool.ts";
import type { ProbeCheck } from "../result.ts";
import { probePool } from "./probe-pool.ts";

/** At least; it is as many times as long as a connection takes, since with some pools connecting counts as waiting. */
const TIMEOUT_MS = 200;
const TIMES_CONNECTING = 5;
/** A timer of a busy process. */
const LATE_MS = 50;
const LIMIT = 5;
const CALLERS = 20;

type Answer = Omit<ProbeCheck, "name">;

export async function probeExhaustion(context: ProbeContext): Promise<ProbeCheck[]> {
  const { plan, signal, abort, time, ignores } = context;
  const checks: ProbeCheck[] = [];
  const ask = async (
    name: string,
    setting: keyof PoolSettings | undefined,
    changes: Partial<PoolSettings>,
    check: (pool: PoolUnderTest, signal: AbortSignal) => Promise<Answer>,
  ): Promise<void> => {
    if (signal.aborted) return;
    if (setting !== undefined && ignores.includes(setting)) {
      checks.push({ name, outcome: "not-supported", detail: `the pool of ${plan.pool} has no such setting` });
      return;
    }
    const pool = probePool(context, { size: 1, ...changes });
    try {
      checks.push({ name, ...(await check(pool, signal)) });
    } finally {
      await endPool(pool, time.timers, abort);
    }
  };
  const acquireTimeoutMs = Math.max(TIMEOUT_MS, Math.ceil(TIMES_CONNECTING * (await connectMs(context))));
  await ask("acquire-timeout", "acquireTimeoutMs", { acquireTimeoutMs }, (pool) =>
    acquireTimeout(pool, acquireTimeoutMs, signal),
  );
  await ask("queue-limit", "maxWaiting", { maxWaiting: LIMIT }, queueLimit);
  await ask("cancellation", undefined, {}, cancellation);
  await ask("order", undefined, {}, order);
  return checks;
}

async function connectMs({ target, signal }: ProbeContext): Promise<number> {
  const beganMs = performance.now();
  const connection = await target.connect(signal);
  const tookMs = performance.now() - beganMs;
  await connection.close();
  return tookMs;
}

async function acquireTimeout(pool: PoolUnderTest, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  const held = await pool.lease(signal);
  const beganMs = performance.now();
  const outcome = await pool.lease().then(
    (lease) => {
      lease.release();
      return "a lease";
    },
    () => "refused",
  );
  const tookMs = performance.now() - beganMs;
  held.release();
  const good = outcome === "refused" && tookMs >= timeoutMs - 1 && tookMs <= timeoutMs + LATE_MS;
  return {
    outcome: good ? "passed" : "failed",
    detail: `with ${formatMillis(timeoutMs)} the caller was told after ${formatMillis(Math.round(tookMs))}`,
  };
}

async function queueLimit(pool: PoolUnderTest, signal: AbortSignal): Promise<Answer> {
  const held = await pool.lease(signal);
  let refused = 0;
  const waiting = Array.from({ length: LIMIT + 3 }, () =>
    pool.lease().then(
      (lease) => lease.release(),
      () => {
        refused++;
      },
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  const atOnce = refused;
  held.release();
  await Promise.all(waiting);
  return {
    outcome: atOnce === 3 ? "passed" : "failed",
    detail: `of ${LIMIT + 3} callers with a limit of ${LIMIT}, ${atOnce} were refused at once`,
  };
}

/** Half of those who wait give up; the others are served in their order. */
async function cancellation(pool: PoolUnderTest, signal: AbortSignal): Promise<Answer> {
  const held = await pool.lease(signal);
  const served: number[] = [];
  const leaving = new AbortController();
  let left = 0;
  const waiting = Array.from({ length: CALLERS }, (_, at) =>
    pool.lease(at % 2 === 0 ? undefined : leaving.signal).then(
      (lease) => {
        served.push(at);
        lease.release();
      },
      () => {
        left++;
      },
    ),
  );
  leaving.abort(new Error("left"));
  held.release();
  await Promise.all(waiting);
  const inOrder = served.every((at, place) => at === place * 2);
  const good = left === CALLERS / 2 && served.length === CALLERS / 2 && inOrder;
  return {
    outcome: good ? "passed" : "failed",
    detail: `${left} of ${CALLERS} callers gave up, the other ${served.length} were served${inOrder ? " in their order" : " out of order"}`,
  };
}

async function order(pool: PoolUnderTest, signal: AbortSignal): Promise<Answer> {
  const held = await pool.lease(signal);
  const served: number[] = [];
  const waiting = Array.from({ length: CALLERS }, async (_, at) => {
    const lease = await pool.lease();
    served.push(at);
    lease.release();
  });
  held.release();
  await Promise.all(waiting);
  const inOrder = served.every((at, place) => at === place);
  return {
    outcome: inOrder ? "passed" : "failed",
    detail: `${CALLERS} callers were served ${inOrder ? "in the order of coming" : `in the order ${served.join(" ")}`}`,
  };
}
