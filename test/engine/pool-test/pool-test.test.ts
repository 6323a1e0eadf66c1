// A whole pool test on a simulated server, under a clock moved by hand: the sweep and its rows, the server's view,
// what the findings say, and what is left of it when it is interrupted.
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { parseExpectation } from "../../../src/core/expectation.ts";
import { timersAlarm } from "../../../src/engine/pool-test/load/alarm.ts";
import { Delays } from "../../../src/engine/pool-test/load/delays.ts";
import type { PoolTestPlan } from "../../../src/engine/pool-test/plan.ts";
import { carryOut, NO_PROBES, type PoolTestParts } from "../../../src/engine/pool-test/pool-test.ts";
import type { PoolKind } from "../../../src/engine/pool-test/pools/pool.ts";
import type { PoolTestResult } from "../../../src/engine/pool-test/result.ts";
import { turnsOf } from "../../../src/engine/pool-test/sweep.ts";
import type { OpenTarget, ServerView } from "../../../src/engine/pool-test/targets/target.ts";
import { poolTestSchema } from "../../../src/report/schemas/pool-test.ts";
import { FakeTime, settle } from "../../core/backpressure/fake-time.ts";
import { corePool } from "./core-pool.ts";
import { makePoolTestPlan } from "./plan.ts";
import { SimulatedServer } from "./simulated-server.ts";

interface Given {
  readonly plan?: Partial<PoolTestPlan>;
  readonly expect?: readonly string[];
  readonly slots?: number;
  /** Connections that the server claims to see, of those that are open. */
  readonly seen?: (open: number) => number;
  readonly limit?: number;
  readonly abortAfterMs?: number;
  readonly parts?: Partial<PoolTestParts>;
  /** Connections that the pool forgets to close. */
  readonly forgets?: boolean;
}

async function carriedOut(given: Given = {}): Promise<PoolTestResult> {
  const time = new FakeTime();
  const makeAlarm = timersAlarm(time, time);
  using delays = new Delays(makeAlarm, time);
  const server = new SimulatedServer({
    slots: given.slots ?? 4,
    serviceUs: () => 10_000,
    delays,
    clock: time,
    connectUs: 3_000,
  });
  const view = async (): Promise<ServerView> => ({
    source: "SHOW SIMULATED",
    connections: (given.seen ?? ((open) => open))(server.open),
    scope: "ours",
    limit: given.limit,
    version: "sim 1.0",
  });
  const target: OpenTarget = {
    url: server.url,
    protocol: server.protocol,
    connect: () => server.connect(),
    desk: async () => ({ view, kill: async () => 0, [Symbol.asyncDispose]: async () => {} }),
    [Symbol.asyncDispose]: async () => {},
  };
  const kind: PoolKind = {
    name: "netkit",
    schemes: undefined,
    ignores: ["maxLifetimeMs"],
    load: async () => (on, settings, hooks) =>
      corePool(
        on,
        { max: settings.size, acquireTimeoutMs: settings.acquireTimeoutMs, maxWaiting: settings.maxWaiting },
        {
          clock: time,
          timers: time,
          observer: {
            onCreated: hooks.onCreated,
            onCreateFailed: hooks.onCreateFailed,
            onDestroyed: (reason) => (given.forgets === true ? undefined : hooks.onDestroyed(reason)),
          },
        },
      ),
  };
  const abort = new AbortController();
  const run = carryOut(
    makePoolTestPlan(given.plan),
    {
      openTarget: async () => target,
      poolKind: () => kind,
      time: { clock: time, timers: time, makeAlarm },
      chaos: async () => null,
      probes: async () => NO_PROBES,
      ...given.parts,
    },
    {
      version: "1.2.3",
      expectations: (given.expect ?? []).map((text) => parseExpectation(text)),
      signal: abort.signal,
    },
  );
  let result: PoolTestResult | undefined;
  void run.then((done) => {
    result = done;
  });
  await settle();
  if (given.abortAfterMs !== undefined) {
    await time.advance(given.abortAfterMs);
    abort.abort();
  }
  while (result === undefined) await time.advance(100);
  return result;
}

const codes = (result: PoolTestResult): string[] => result.findings.map(({ code }) => code);

describe("the order of a sweep", () => {
  test("goes through all sizes in each round, differently, and the same for the same seed", () => {
    const plan = { sizes: [1, 2, 4, 8, 16, 32], repeat: 3, seed: 7 };
    const turns = turnsOf(plan);
    expect(turnsOf(plan)).toEqual(turns);
    const rounds = [1, 2, 3].map((round) =>
      turns.filter((turn) => turn.round === round).map(({ size }) => size),
    );
    for (const sizes of rounds) expect(sizes.toSorted((one, other) => one - other)).toEqual(plan.sizes);
    expect(new Set(rounds.map((sizes) => sizes.join())).size).toBe(3);
    expect(turns.map(({ round }) => round)).toEqual(turns.map(({ round }) => round).toSorted());
  });

  test("depends on the seed and reaches every position", () => {
    const first = new Set(
      Array.from({ length: 50 }, (_, seed) => turnsOf({ sizes: [1, 2, 3, 4], repeat: 1, seed })[0]!.size),
    );
    expect(first.size).toBe(4);
  });
});

describe("a pool test", () => {
  test("has a run for each size and round, and a row for each size with the station's throughput", async () => {
    const result = await carriedOut();
    expect(result.runs).toHaveLength(8);
    expect(result.runs.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(result.rows.map(({ size, runs }) => [size, runs])).toEqual([
      [1, 2],
      [2, 2],
      [4, 2],
      [8, 2],
    ]);
    const expected = [100, 200, 400, 400];
    for (const [index, row] of result.rows.entries()) {
      expect(Math.abs(row.throughput.mean / expected[index]! - 1)).toBeLessThan(0.01);
      expect(row.suspect).toBe(false);
      expect(row.latency.wait.count).toBe(row.counts.succeeded);
      expect(Object.keys(row.histograms)).toEqual(["wait", "hold", "query", "total", "creation"]);
    }
    for (const run of result.runs) {
      expect(run.littlesLaw?.holds).toBe(true);
      expect(run.littlesLaw?.concurrency).toBeCloseTo(16, 1);
      expect(run.connections).toMatchObject({
        created: run.size,
        maxOpen: run.size,
        leftOpen: 0,
        destroyed: {},
      });
      expect(run.connections.reused).toBeGreaterThan(90);
      expect(run.server).toMatchObject({ maxConnections: run.size, agrees: true, version: "sim 1.0" });
      expect(run.clientSpread).toBeLessThan(1.2);
    }
    expect(result.serverVersion).toBe("sim 1.0");
    expect(result.interrupted).toBe(false);
    expect(codes(result)).toEqual([]);
    expect(result.sweep?.order).toEqual(result.runs.map(({ size }) => size));
    expect(result.sweep?.usl).toMatchObject({ sigma: expect.any(Number), kappa: expect.any(Number) });
    expect(result.sweep?.worseFrom).toBeNull();
    expect(result.sweep?.recommendation?.size).toBeGreaterThanOrEqual(4);
    expect(result.sweep?.recommendation?.config.length).toBeGreaterThan(0);
  });

  test("is plain data: as JSON it is the same", async () => {
    const result = await carriedOut({ plan: { sizes: [2], repeat: 1 } });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(poolTestSchema.parse(result)).toEqual(result);
    expect(result.sweep).toBeNull();
  });

  test("judges expectations by size, and shows those of the best one", async () => {
    const result = await carriedOut({
      expect: ["rate>=390/s", "wait.p99<35ms", "error_rate==0%", "created<=4"],
    });
    expect(result.rows.map((row) => row.expectations.every(({ holds }) => holds))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(result.expectations.map(({ holds }) => holds)).toEqual([true, true, true, true]);
  });

  test("finds that the server sees other connections than the pool has", async () => {
    const result = await carriedOut({ plan: { sizes: [8], repeat: 1 }, seen: () => 3 });
    expect(result.runs[0]!.server?.agrees).toBe(false);
    expect(result.findings[0]).toMatchObject({
      severity: "warning",
      code: "server-disagrees",
      text: "the server saw up to 3 connections (SHOW SIMULATED), the pool of 8 had up to 8 open",
    });
  });

  test("finds a size above the server's limit, and connections that were left open", async () => {
    const result = await carriedOut({ plan: { sizes: [8], repeat: 1 }, limit: 5, forgets: true });
    expect(codes(result)).toEqual(expect.arrayContaining(["server-limit", "left-open"]));
  });

  test("finds time-outs and refusals, each with its share", async () => {
    const result = await carriedOut({
      plan: {
        sizes: [1],
        repeat: 1,
        load: { kind: "open", ratePerSecond: 300, arrival: "poisson", maxOutstanding: 1_000 },
        settings: { ...makePoolTestPlan().settings, acquireTimeoutMs: 100, maxWaiting: 20 },
      },
    });
    const [run] = result.runs;
    expect(run!.counts.callers).toBe(
      run!.counts.succeeded + run!.counts.failed + run!.counts.censored + run!.counts.overflowed,
    );
    expect(run!.counts.timedOut).toBeGreaterThan(0);
    expect(run!.counts.refused).toBeGreaterThan(0);
    expect(codes(result)).toEqual(expect.arrayContaining(["acquire-timeout", "queue-full"]));
  });

  test("tells settings that the pool has no counterpart for", async () => {
    const settings = { ...makePoolTestPlan().settings, maxLifetimeMs: 60_000 };
    const result = await carriedOut({ plan: { sizes: [2], repeat: 1, settings } });
    expect(result.plan.ignoredSettings).toEqual(["maxLifetimeMs"]);
    expect(codes(result)).toContain("ignored-settings");
  });

  test("that cannot work at all says so at once, in the words of the failure", async () => {
    const refused = new NetkitError("connect", "NK_CONNECT_REFUSED", "could not connect to nowhere");
    const parts: PoolTestParts = {
      openTarget: async () => ({
        url: "sim://nowhere/",
        protocol: "simulated",
        desk: undefined,
        connect: () => Promise.reject(refused),
        [Symbol.asyncDispose]: async () => {},
      }),
      poolKind: () => ({
        name: "netkit",
        schemes: undefined,
        ignores: [],
        load: async () => corePool as never,
      }),
      time: {} as never,
      chaos: async () => null,
      probes: async () => NO_PROBES,
    };
    const options = { version: "1.2.3", expectations: [], signal: new AbortController().signal };
    await expect(carryOut(makePoolTestPlan(), parts, options)).rejects.toBe(refused);
  });

  test("interrupted, it keeps the runs so far and the part of the one under way, and asks no probe", async () => {
    let probed = false;
    const result = await carriedOut({
      // Two whole runs of 1 + 5 s, then 3 s of the third.
      abortAfterMs: 15_100,
      parts: {
        probes: async () => {
          probed = true;
          return NO_PROBES;
        },
      },
    });
    expect(result.interrupted).toBe(true);
    expect(result.runs.map(({ interrupted }) => interrupted)).toEqual([false, false, true]);
    expect(result.runs[2]!.seconds).toBeGreaterThan(1.5);
    expect(result.runs[2]!.seconds).toBeLessThan(2.5);
    expect(result.rows.length).toBeGreaterThan(0);
    expect(probed).toBe(false);
  });
});
