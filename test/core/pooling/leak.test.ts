import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { LeakPolicy, LeakReport } from "../../../src/core/pooling/leak.ts";
import type { Lease } from "../../../src/core/pooling/lease.ts";
import { Pool } from "../../../src/core/pooling/pool.ts";
import { FakeTime, settle } from "../backpressure/fake-time.ts";
import { FakeFactory, type FakeResource } from "./fake-factory.ts";

function setUp(leaks: LeakPolicy) {
  const time = new FakeTime();
  const factory = new FakeFactory();
  const reports: LeakReport[] = [];
  const pool = new Pool<FakeResource>(
    factory,
    { max: 4, idleTimeoutMs: undefined, leaks },
    { clock: time, timers: time, observer: { onLeak: (report) => reports.push(report) } },
  );
  return { time, factory, pool, reports };
}

/** What never gives its lease back. */
async function forgetfulCaller(pool: Pool<FakeResource>): Promise<Lease<FakeResource>> {
  return pool.lease();
}

test("a lease held for longer than the threshold is reported once, with the caller's stack", async () => {
  const { pool, time, reports } = setUp({ thresholdMs: 1000 });
  const lease = await forgetfulCaller(pool);
  await time.advance(990);
  expect(reports).toEqual([]);
  await time.advance(5000);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({ kind: "overdue" });
  expect(reports[0]?.heldMs).toBeGreaterThanOrEqual(1000);
  const frames = reports[0]?.stack?.split("\n") ?? [];
  expect(frames[0]).toContain("forgetfulCaller");
  expect(frames.some((frame) => frame.includes("/pooling/pool."))).toBe(false);
  expect(pool.stats().leaks).toEqual({ overdue: 1, collected: 0, recovered: 0 });
  lease.release();
  expect(pool.stats().leaks).toEqual({ overdue: 1, collected: 0, recovered: 1 });
});

test("short leases of the same resource are never reported, however long that goes on", async () => {
  const { pool, time, reports } = setUp({ thresholdMs: 1000 });
  for (let turn = 0; turn < 100; turn++) {
    const lease = await pool.lease();
    await time.advance(50);
    lease.release();
  }
  expect(reports).toEqual([]);
});

test("past its budget of stacks only some have one, until the first leak without: then all have", async () => {
  const { pool, time, reports } = setUp({ thresholdMs: 1000, stacksPerSecond: 8 });
  (await forgetfulCaller(pool)).release();
  const first = await forgetfulCaller(pool);
  await time.advance(3000);
  expect(reports).toHaveLength(1);
  expect(reports[0]?.stack).toBeUndefined();
  for (let turn = 0; turn < 20; turn++) (await forgetfulCaller(pool)).release();
  const second = await forgetfulCaller(pool);
  await time.advance(3000);
  expect(reports).toHaveLength(2);
  expect(reports[1]?.stack).toContain("forgetfulCaller");
  first.release();
  second.release();
});

test("a lease that became garbage is reported, and its resource destroyed and replaced", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { pool, time, factory, reports } = setUp({ thresholdMs: 60_000 });
  pool.resize(1);
  await (async () => {
    await forgetfulCaller(pool);
  })();
  // Two sweeps: the first sees it, the second knows it as held and lets go of it.
  await time.advance(20_000);
  for (let turn = 0; turn < 50 && reports.length === 0; turn++) {
    collect();
    await settle();
  }
  expect(reports).toMatchObject([{ kind: "collected" }]);
  expect(reports[0]?.stack).toContain("forgetfulCaller");
  expect(pool.stats()).toMatchObject({ leased: 0, leaks: { collected: 1 }, destroyed: { leaked: 1 } });
  using replaced = await pool.lease();
  expect(replaced.resource.id).toBe(1);
  expect(factory.live).toBe(1);
});
