// Each pool under test keeps what all of them promise, on a server that it is made for.
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TargetPlan } from "../../../../src/engine/pool-test/plan.ts";
import { checkPool, POOLS, poolKind } from "../../../../src/engine/pool-test/pools/catalog.ts";
import { loadLibrary } from "../../../../src/engine/pool-test/pools/library.ts";
import type { PoolName } from "../../../../src/engine/pool-test/pools/pool.ts";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { Relay } from "../../../../src/engine/pool-test/targets/relay.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../../../support/mariadb-server.ts";
import { peerTest } from "../../../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../../../support/postgres-server.ts";
import { freePort } from "../../../support/program.ts";
import { serve } from "../../serve/local-server.ts";
import { rejection, targetPlan } from "../targets/target-plan.ts";
import { keepsPromise, PROMISES } from "./conformance.ts";

const NAMES = Object.keys(PROMISES);

/** The pool on the server of the plan, by way of a relay that resets. */
async function check(name: PoolName, promise: string, plan: TargetPlan): Promise<void> {
  await using relay = await Relay.start(plan);
  await using target = await openTarget(relay.plan);
  const endpoint = { ...plan.endpoint, port: await freePort() };
  const nowhere = { ...endpoint, origin: `${endpoint.scheme}://${endpoint.host}:${endpoint.port}` };
  await using dead = await openTarget({ ...plan, endpoint: nowhere });
  const settled = async (): Promise<void> => {
    await expect.poll(() => relay.open).toBe(0);
  };
  await keepsPromise(promise, { kind: poolKind(name), target, kill: () => relay.reset(), dead });
  await settled();
}

describe.each(["netkit", "generic-pool", "tarn"] as const)("the pool of %s on tcp:", (name) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.pipe(socket);
  });
  let port = 0;

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test.each(NAMES)("%s", async (promise) => {
    await check(name, promise, targetPlan(`tcp://127.0.0.1:${port}`));
  });
});

describe("the pool of undici on http:", () => {
  test.each(NAMES)("%s", async (promise) => {
    const server = await serve("http");
    try {
      await check("undici", promise, targetPlan(`http://127.0.0.1:${server.listeners[0]!.port}/`));
    } finally {
      await server.close();
    }
  });
});

peerTest(
  POSTGRES_PROGRAMS,
  "the pool of pg keeps all promises on PostgreSQL",
  async () => {
    await using server = await startPostgres();
    const plan = targetPlan(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    for (const promise of NAMES) await check("pg", promise, plan);
  },
  60_000,
);

peerTest(
  MARIADB_PROGRAMS,
  "the pool of mysql2 keeps all promises on MariaDB",
  async () => {
    await using server = await startMariadb();
    const plan = targetPlan(`mysql://root@127.0.0.1:${server.port}/mysql`);
    for (const promise of NAMES) await check("mysql2", promise, plan);
  },
  90_000,
);

describe("the catalog of pools", () => {
  test("knows each by its name, and says what a pool is for", () => {
    for (const { name } of POOLS) expect(poolKind(name).name).toBe(name);
    expect(() => poolKind("c3p0" as PoolName)).toThrow(/c3p0/);
    expect(() => checkPool("pg", "mysql")).toThrow(/--pool pg is for postgres:/);
    checkPool("undici", "http");
    expect(() => checkPool("ioredis" as PoolName, "redis")).toThrow(/ioredis has no pool/);
    checkPool("tarn", "redis");
  });

  test("a library that is missing is named with the line that installs it", async () => {
    const missing = Object.assign(new Error("Cannot find package 'tarn'"), { code: "ERR_MODULE_NOT_FOUND" });
    const error = await rejection(loadLibrary("tarn", () => Promise.reject(missing)));
    expect(error).toMatchObject({ stage: "usage", next: "npm install tarn" });
    const broken = new Error("a bug in it");
    await expect(loadLibrary("tarn", () => Promise.reject(broken))).rejects.toBe(broken);
  });

  test.each(["pg", "mysql2", "undici"] as const)("%s on another protocol is a usage error", async (name) => {
    const create = await poolKind(name).load();
    await using target = await openTarget(targetPlan("tcp://127.0.0.1:9"));
    const none = (): void => undefined;
    const hooks = { onCreated: none, onCreateFailed: none, onDestroyed: none, onLeak: none };
    expect(() => create(target, { size: 1 } as never, hooks)).toThrow(`--pool ${name} is for`);
  });
});

test("the core's pool does not lend what was lost while idle", async () => {
  await using server = await serveEcho();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${server.port}`));
  await using target = await openTarget(relay.plan);
  const reasons: string[] = [];
  const create = await poolKind("netkit").load();
  await using pool = create(
    target,
    {
      size: 3,
      acquireTimeoutMs: 1_000,
      maxWaiting: undefined,
      idleTimeoutMs: undefined,
      maxLifetimeMs: undefined,
      validateAfterIdleMs: undefined,
      leakAfterMs: undefined,
    },
    {
      onCreated: () => undefined,
      onCreateFailed: () => undefined,
      onDestroyed: (reason) => void reasons.push(reason),
      onLeak: () => undefined,
    },
  );
  const leases = await Promise.all([pool.lease(), pool.lease(), pool.lease()]);
  const newest = leases[2]!.connection;
  for (const lease of leases) await lease.connection.work();
  for (const lease of leases) lease.release();
  expect(relay.reset(2)).toBe(2);
  await expect.poll(() => reasons).toEqual(["lost", "lost"]);
  expect(pool.gauges()).toMatchObject({ active: 0, idle: 1 });
  const lease = await pool.lease();
  expect(lease.connection).toBe(newest);
  await lease.connection.work();
  lease.release();
});

async function serveEcho(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = await serve("tcp");
  return { port: server.listeners[0]!.port, [Symbol.asyncDispose]: async () => void (await server.close()) };
}
