/** The list of pools that can be tested. */
import { usageError } from "../../../core/errors.ts";
import { genericPool } from "./generic-pool.ts";
import { mysql2 } from "./mysql2.ts";
import { netkit } from "./netkit.ts";
import { pg } from "./pg.ts";
import type { PoolKind, PoolName } from "./pool.ts";
import { tarn } from "./tarn.ts";
import { undici } from "./undici.ts";

export const POOLS: readonly PoolKind[] = [netkit, pg, mysql2, undici, genericPool, tarn];

/** Libraries that people ask for and that lend nothing: all callers share their connections. */
const WITHOUT_POOL: Readonly<Record<string, string>> = {
  ioredis:
    "use --pool generic-pool or tarn, which applications put around it for blocking commands and transactions, or netkit's own",
};

/** @throws NetkitError `NK_USAGE` for a pool that is not known, or a library that has none */
export function poolKind(name: PoolName): PoolKind {
  const kind = POOLS.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  const instead = WITHOUT_POOL[name];
  if (instead !== undefined) {
    throw usageError(
      `${name} has no pool: it sends the commands of all callers over one connection`,
      instead,
      "--pool",
    );
  }
  throw usageError(
    `--pool ${name} is not known`,
    `use one of ${POOLS.map((one) => one.name).join(", ")}`,
    "--pool",
  );
}

/** @throws NetkitError `NK_USAGE` for a pool that does not speak what the scheme does */
export function checkPool(name: PoolName, scheme: string): void {
  const { schemes } = poolKind(name);
  if (schemes === undefined || schemes.includes(scheme)) return;
  const known = schemes.map((one) => `${one}:`).join(" and ");
  throw usageError(`--pool ${name} is for ${known}, not for ${scheme}:`, "leave --pool away", "--pool");
}
