// What the load does with callers: the schedule, the warm-up, the drain, an abort, a limit; under a clock moved by hand.
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import { timersAlarm } from "../../../../src/engine/pool-test/load/alarm.ts";
import { constantArrivals, poissonArrivals } from "../../../../src/engine/pool-test/load/arrivals.ts";
import { Delays } from "../../../../src/engine/pool-test/load/delays.ts";
import { Level } from "../../../../src/engine/pool-test/load/level.ts";
import {
  type LoadOptions,
  type LoadOutcome,
  runLoad,
} from "../../../../src/engine/pool-test/load/run-load.ts";
import type { PoolUnderTest } from "../../../../src/engine/pool-test/pools/pool.ts";
import { FakeTime, settle } from "../../../core/backpressure/fake-time.ts";
import { corePool } from "../core-pool.ts";
import { SimulatedServer } from "../simulated-server.ts";

type Given = Partial<Omit<LoadOptions, "time" | "pool">> & {
  readonly slots?: number;
  readonly size?: number;
  readonly serviceUs?: number;
  readonly acquireTimeoutMs?: number;
  readonly maxWaiting?: number;
  readonly wrap?: (pool: PoolUnderTest) => PoolUnderTest;
};

async function measure(given: Given, meanwhile?: (time: FakeTime) => Promise<void>) {
  const time = new FakeTime();
  const makeAlarm = timersAlarm(time, time);
  using delays = new Delays(makeAlarm, time);
  const server = new SimulatedServer({
    slots: given.slots ?? 1,
    serviceUs: () => given.serviceUs ?? 10_000,
    delays,
    clock: time,
  });
  const real = corePool(
    server,
    {
      max: given.size ?? given.slots ?? 1,
      acquireTimeoutMs: given.acquireTimeoutMs,
      maxWaiting: given.maxWaiting ?? 100_000,
    },
    { clock: time, timers: time },
  );
  await using pool = given.wrap?.(real) ?? real;
  const run = runLoad({
    load: { kind: "closed", clients: 1, thinkMs: 0 },
    holdMs: 0,
    warmupSeconds: 0,
    durationSeconds: 1,
    drainSeconds: 1,
    seed: 1,
    ...given,
    pool,
    time: { clock: time, timers: time, makeAlarm },
  });
  let outcome: LoadOutcome | undefined;
  void run.then((done) => {
    outcome = done;
  });
  await settle();
  await meanwhile?.(time);
  while (outcome === undefined) await time.advance(100);
  return { ...outcome, server, pool, time };
}

const open = (ratePerSecond: number, maxOutstanding = 10_000) =>
  ({ kind: "open", ratePerSecond, arrival: "constant", maxOutstanding }) as const;

describe("arrivals", () => {
  test("come at k / rate and end before the end", () => {
    const arrivals = constantArrivals(3, 1e6);
    const all: number[] = [];
    for (; arrivals.dueUs < Number.POSITIVE_INFINITY; arrivals.take()) all.push(arrivals.dueUs);
    expect(all).toEqual([0, 1e6 / 3, 2e6 / 3]);
  });

  test("of a Poisson stream are the same for the same seed, and have its rate", () => {
    const draw = (seed: number): number[] => {
      const arrivals = poissonArrivals(1_000, 100e6, seed);
      const all: number[] = [];
      for (; arrivals.dueUs < Number.POSITIVE_INFINITY; arrivals.take()) all.push(arrivals.dueUs);
      return all;
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(Math.abs(draw(7).length / 100_000 - 1)).toBeLessThan(0.01);
  });
});

describe("a level", () => {
  test("has the mean of its rectangles within the window, whatever happened outside", () => {
    const level = new Level(100, 200);
    level.change(5, 50);
    level.change(-3, 150);
    level.change(10, 250);
    expect(level.mean(300)).toBe((5 * 50 + 2 * 50) / 100);
  });

  test("ends early when its window does", () => {
    const level = new Level(0, 100);
    level.change(4, 0);
    level.endAt(50);
    level.change(96, 60);
    expect(level.mean(100)).toBe(4);
  });
});

describe("delays", () => {
  test("run in the order of their instants, then of their asking, and cancelled ones do not", async () => {
    const time = new FakeTime();
    using delays = new Delays(timersAlarm(time, time), time);
    const ran: string[] = [];
    const begin = time.nowUs();
    const due = [30, 10, 20, 10, 5, 40, 20];
    const made = due.map((ms, n) => delays.at(begin + ms * 1000, () => ran.push(`${ms}#${n}`)));
    delays.cancel(made[2]!);
    await time.advance(35);
    expect(ran).toEqual(["5#4", "10#1", "10#3", "20#6", "30#0"]);
  });

  test("wake everybody at their end", async () => {
    const time = new FakeTime();
    const delays = new Delays(timersAlarm(time, time), time);
    const waits = [delays.until(time.nowUs() + 1e9), delays.until(time.nowUs() + 2e9)];
    delays[Symbol.dispose]();
    await Promise.all([...waits, delays.until(time.nowUs() + 3e9)]);
    expect(time.pending).toBe(0);
  });
});

describe("a load", () => {
  test("discards its warm-up, and measures what follows", async () => {
    const { recorder } = await measure({ warmupSeconds: 2, durationSeconds: 3, load: open(50) });
    expect(recorder.counts()).toMatchObject({ callers: 150, succeeded: 150 });
    expect(recorder.distributions.total.count).toBe(150);
    expect(recorder.throughput).toBeCloseTo(50, 0);
  });

  test("skips nobody when the process stands still: waits count from the intended instant", async () => {
    const { recorder } = await measure({ load: open(50), slots: 10 }, async (time) => {
      await time.advance(200);
      time.block(300);
      await time.advance(100);
    });
    expect(recorder.counts()).toMatchObject({ callers: 50, succeeded: 50 });
    expect(recorder.distributions.lateness.max).toBeGreaterThan(270_000);
    expect(recorder.distributions.wait.max).toBeGreaterThan(270_000);
  });

  test("counts arrivals above the limit of callers under way, and does not send them", async () => {
    const { recorder } = await measure({ load: open(200, 5), serviceUs: 50_000 });
    const counts = recorder.counts();
    expect(counts.callers).toBe(200);
    expect(counts.succeeded + counts.overflowed).toBe(200);
    expect(counts.overflowed).toBeGreaterThan(170);
  });

  test("waits for callers under way only as long as the drain, and counts the rest at their age", async () => {
    const { recorder } = await measure({
      load: open(10),
      serviceUs: 5_000_000,
      durationSeconds: 1,
      drainSeconds: 2,
    });
    expect(recorder.counts()).toMatchObject({ callers: 10, succeeded: 0, censored: 10, censoredWaiting: 9 });
    expect(recorder.distributions.wait.count).toBe(10);
    // The first waiter came at 0.1 s, and the drain ended at 3 s.
    expect(recorder.distributions.wait.max).toBe(2_900_000);
    expect(recorder.distributions.hold.max).toBe(3_000_000);
  });

  test("shows time-outs in the waits, not only among the errors", async () => {
    const { recorder } = await measure({ load: open(100), serviceUs: 100_000, acquireTimeoutMs: 50 });
    const counts = recorder.counts();
    expect(counts.timedOut).toBeGreaterThan(80);
    expect(counts.succeeded + counts.censored).toBe(100);
    expect(recorder.distributions.wait.max).toBeGreaterThanOrEqual(50_000);
    expect(recorder.distributions.wait.count).toBe(100);
    expect(recorder.errors()).toMatchObject([{ code: "NK_POOL_ACQUIRE_TIMEOUT", count: counts.timedOut }]);
  });

  test("keeps what it has when it is aborted", async () => {
    const abort = new AbortController();
    const { recorder, interrupted, startUs, endUs } = await measure(
      { load: open(100), durationSeconds: 60, signal: abort.signal },
      async (time) => {
        await time.advance(2_500);
        abort.abort();
      },
    );
    expect(interrupted).toBe(true);
    expect((endUs - startUs) / 1e6).toBeCloseTo(2.5, 2);
    expect(recorder.counts().callers).toBeGreaterThanOrEqual(250);
    expect(recorder.counts().callers).toBeLessThanOrEqual(251);
    expect(recorder.seconds).toBeCloseTo(2.5, 2);
  });

  test("told to stop at once does not wait for callers under way, and counts them at their age", async () => {
    const [signal, abort] = [new AbortController(), new AbortController()];
    const { recorder, time } = await measure(
      {
        serviceUs: 60e6,
        durationSeconds: 30,
        drainSeconds: 10,
        signal: signal.signal,
        abort: abort.signal,
      },
      async (time) => {
        await time.advance(1_000);
        signal.abort();
        await time.advance(2_000);
        abort.abort();
        await settle();
      },
    );
    expect(time.nowUs() / 1e6).toBeLessThan(5);
    expect(recorder.counts()).toMatchObject({ callers: 1, succeeded: 0, censored: 1 });
    expect(recorder.distributions.total.max! / 1e6).toBeCloseTo(3, 1);
  });

  test("aborted before it begins measures nothing and ends", async () => {
    const { recorder, interrupted } = await measure({ signal: AbortSignal.abort(), warmupSeconds: 1 });
    expect(interrupted).toBe(true);
    expect(recorder.seconds).toBe(0);
    expect(recorder.throughput).toBe(0);
    expect(recorder.littlesLaw(0.05)).toBeNull();
  });

  test("destroys the connection of a failed work, and keeps its time apart", async () => {
    let turn = 0;
    let destroyed = 0;
    const { recorder } = await measure({
      load: open(100),
      wrap: (pool) => ({
        ...pool,
        [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
        async lease() {
          const lease = await pool.lease();
          const fails = ++turn % 10 === 0;
          return {
            ...lease,
            connection: {
              ...lease.connection,
              work: fails
                ? () => Promise.reject(new NetkitError("request", "NK_WORK", "no", { why: "asked to" }))
                : lease.connection.work,
            },
            destroy: (cause) => {
              destroyed++;
              lease.destroy(cause);
            },
          };
        },
      }),
    });
    expect(recorder.counts()).toMatchObject({ callers: 100, succeeded: 90, failed: 10 });
    expect(destroyed).toBe(10);
    expect(recorder.distributions.failed.count).toBe(10);
    expect(recorder.distributions.total.count).toBe(90);
    expect(recorder.errors()).toEqual([{ code: "NK_WORK", count: 10, example: "no: asked to" }]);
  });

  test("holds a lease after its work, and tells hold and query apart", async () => {
    const { recorder } = await measure({ holdMs: 15, serviceUs: 5_000, durationSeconds: 2 });
    expect(recorder.distributions.query.mean).toBeCloseTo(5_000, -1);
    expect(recorder.distributions.hold.mean).toBeCloseTo(20_000, -1);
    expect(Math.abs(recorder.throughput - 50)).toBeLessThan(1);
  });

  test("a client that is refused pauses before it asks again", async () => {
    const { recorder } = await measure({
      load: { kind: "closed", clients: 3, thinkMs: 0 },
      serviceUs: 2_000_000,
      maxWaiting: 1,
      durationSeconds: 1,
    });
    const { refused } = recorder.counts();
    expect(refused).toBeGreaterThan(900);
    expect(refused).toBeLessThan(1_100);
  });

  test("samples the pool over time", async () => {
    const { timeline, gauges } = await measure({
      load: { kind: "closed", clients: 6, thinkMs: 0 },
      slots: 2,
      durationSeconds: 6,
    });
    expect(timeline.length).toBeGreaterThan(100);
    expect(timeline.length).toBeLessThanOrEqual(121);
    expect(timeline.every(({ active, waiting }) => active + waiting === 6)).toBe(true);
    expect(gauges.active).toBeCloseTo(2, 1);
    expect(gauges.waiting).toBeCloseTo(4, 1);
    expect(gauges.creating).toBe(0);
  });
});
