/** The core's pool as the load sees it. */

import type { PoolSettings as CoreSettings } from "../../../src/core/pooling/policy.ts";
import type { PoolDependencies } from "../../../src/core/pooling/pool.ts";
import { Pool } from "../../../src/core/pooling/pool.ts";
import type { PoolLease, PoolUnderTest } from "../../../src/engine/pool-test/pools/pool.ts";
import type { OpenTarget, TargetConnection } from "../../../src/engine/pool-test/targets/target.ts";

export function corePool(
  target: OpenTarget,
  settings: CoreSettings,
  dependencies: PoolDependencies = {},
): PoolUnderTest {
  const pool = new Pool<TargetConnection>(
    {
      create: (signal) => target.connect(signal),
      destroy: (connection) => connection.close(),
      validate: (connection, signal) => connection.validate(signal),
    },
    settings,
    dependencies,
  );
  const leased = new WeakSet<TargetConnection>();
  return {
    async lease(signal): Promise<PoolLease> {
      const lease = await pool.lease(signal);
      const connection = lease.resource;
      const isFirst = !leased.has(connection);
      leased.add(connection);
      return {
        connection,
        isFirst,
        release: () => lease.release(),
        destroy: (cause) => lease.discard(cause),
      };
    },
    gauges() {
      const { leased, idle, waiting, creating } = pool.stats();
      return { active: leased, idle, waiting, creating };
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
