/** A small plan, and what to change in it. */
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import type { PoolTestPlan } from "../../../src/engine/pool-test/plan.ts";

export function makePoolTestPlan(change: Partial<PoolTestPlan> = {}): PoolTestPlan {
  return {
    target: {
      endpoint: parseEndpoint("tcp://127.0.0.1:9", "pool-test"),
      work: { kind: "default" },
      tls: {},
      http: undefined,
      unixSocket: undefined,
      throughDriver: false,
      admin: undefined,
      connectTimeoutMs: 5_000,
      workTimeoutMs: 5_000,
    },
    pool: "netkit",
    settings: {
      acquireTimeoutMs: undefined,
      maxWaiting: undefined,
      idleTimeoutMs: undefined,
      maxLifetimeMs: undefined,
      validateAfterIdleMs: undefined,
      leakAfterMs: undefined,
    },
    holdMs: 0,
    load: { kind: "closed", clients: 16, thinkMs: 0 },
    durationSeconds: 5,
    warmupSeconds: 1,
    drainSeconds: 2,
    sizes: [1, 2, 4, 8],
    repeat: 2,
    seed: 1,
    chaos: undefined,
    probes: { leak: undefined, nested: undefined, exhaustion: false, idle: false },
    ...change,
  };
}
