// The load against a station whose behaviour is known: waits as queueing theory has them, under a clock moved by
// hand, so that nothing but the engine's own arithmetic is judged.
import { describe, expect, test } from "vitest";
import { exponential, seededRandom } from "../../../../src/core/random.ts";
import { timersAlarm } from "../../../../src/engine/pool-test/load/alarm.ts";
import { constantArrivals, poissonArrivals } from "../../../../src/engine/pool-test/load/arrivals.ts";
import { Delays } from "../../../../src/engine/pool-test/load/delays.ts";
import { type LoadOutcome, runLoad } from "../../../../src/engine/pool-test/load/run-load.ts";
import type { LoadPlan } from "../../../../src/engine/pool-test/plan.ts";
import { FakeTime } from "../../../core/backpressure/fake-time.ts";
import { corePool } from "../core-pool.ts";
import { erlangWait, pathWait, pollaczekKhinchine } from "../queueing.ts";
import { SimulatedServer } from "../simulated-server.ts";

const SERVICE_US = 10_000;

interface Station {
  readonly slots: number;
  /** Connections; default as many as slots. */
  readonly size?: number;
  readonly service: "exponential" | "constant";
  readonly load: LoadPlan;
  readonly seconds: number;
  readonly warmupSeconds?: number;
  readonly seed: number;
}

function services(station: Station): () => number {
  if (station.service === "constant") return () => SERVICE_US;
  const random = seededRandom(station.seed ^ 0x5bd1e995);
  return () => exponential(random, SERVICE_US);
}

async function measure(station: Station): Promise<LoadOutcome> {
  const clock = new FakeTime();
  const makeAlarm = timersAlarm(clock, clock);
  using delays = new Delays(makeAlarm, clock);
  const server = new SimulatedServer({ slots: station.slots, serviceUs: services(station), delays, clock });
  await using pool = corePool(
    server,
    { max: station.size ?? station.slots, acquireTimeoutMs: undefined, maxWaiting: Number.POSITIVE_INFINITY },
    { clock, timers: clock },
  );
  const run = runLoad({
    pool,
    load: station.load,
    holdMs: 0,
    warmupSeconds: station.warmupSeconds ?? 2,
    durationSeconds: station.seconds,
    drainSeconds: 60,
    seed: station.seed,
    time: { clock, timers: clock, makeAlarm },
  });
  let done = false;
  void run.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(1_000);
  return await run;
}

function* instants(station: Station): Generator<number> {
  const load = station.load as Extract<LoadPlan, { kind: "open" }>;
  const untilUs = ((station.warmupSeconds ?? 2) + station.seconds) * 1e6;
  const arrivals =
    load.arrival === "poisson"
      ? poissonArrivals(load.ratePerSecond, untilUs, station.seed)
      : constantArrivals(load.ratePerSecond, untilUs);
  for (; arrivals.dueUs < Number.POSITIVE_INFINITY; arrivals.take()) yield arrivals.dueUs;
}

const open = (ratePerSecond: number, arrival: "poisson" | "constant" = "poisson"): LoadPlan => ({
  kind: "open",
  ratePerSecond,
  arrival,
  maxOutstanding: 100_000,
});

/** Half a microsecond: recorded waits are cut to whole ones. */
const CUT_US = 0.6;

describe("a station with exponential service (M/M/c)", () => {
  // A draw of 100,000 callers has itself a mean wait 2 to 8 % off the closed form (standard deviation over seeds): the
  // seeds are of draws that are typical, and the engine has to show the draw's own wait to the microsecond.
  for (const [slots, load, callers, seed] of [
    [1, 0.3, 60_000, 1],
    [1, 0.6, 100_000, 2],
    [4, 0.5, 60_000, 2],
    [4, 0.8, 100_000, 3],
    [16, 0.7, 160_000, 3],
    [16, 0.9, 160_000, 5],
  ] as const) {
    test(`shows Erlang C's wait with ${slots} slots at load ${load}`, async () => {
      const rate = (slots * load * 1e6) / SERVICE_US;
      const seconds = callers / rate;
      const station: Station = { slots, service: "exponential", load: open(rate), seconds, seed };
      const { recorder } = await measure(station);
      const mean = recorder.distributions.wait.mean!;
      const path = pathWait(instants(station), services(station), slots, 2e6);
      expect(recorder.counts().succeeded).toBe(path.count);
      expect(Math.abs(mean - path.mean)).toBeLessThan(CUT_US);
      const theory = erlangWait(rate, SERVICE_US / 1e6, slots) * 1e6;
      expect(Math.abs(mean / theory - 1)).toBeLessThan(0.05);
      expect(Math.abs(recorder.throughput / rate - 1)).toBeLessThan(0.01);
      expect(recorder.littlesLaw(0.01)?.holds).toBe(true);
    });
  }
});

describe("a station with constant service (M/D/1)", () => {
  for (const [load, callers, seed] of [
    [0.3, 60_000, 11],
    [0.6, 80_000, 12],
    [0.8, 120_000, 13],
  ] as const) {
    test(`shows Pollaczek and Khinchine's wait at load ${load}`, async () => {
      const rate = (load * 1e6) / SERVICE_US;
      const station: Station = {
        slots: 1,
        service: "constant",
        load: open(rate),
        seconds: callers / rate,
        seed,
      };
      const { recorder } = await measure(station);
      const mean = recorder.distributions.wait.mean!;
      const path = pathWait(instants(station), services(station), 1, 2e6);
      expect(Math.abs(mean - path.mean)).toBeLessThan(CUT_US);
      expect(Math.abs(mean / (pollaczekKhinchine(rate, SERVICE_US / 1e6, 0) * 1e6) - 1)).toBeLessThan(0.05);
      expect(Math.abs(recorder.throughput / rate - 1)).toBeLessThan(0.01);
    });
  }
});

test("nobody waits on an even stream below capacity, and each arrival is counted", async () => {
  const station: Station = {
    slots: 2,
    service: "constant",
    load: open(150, "constant"),
    seconds: 10,
    seed: 1,
  };
  const { recorder } = await measure(station);
  expect(recorder.counts()).toMatchObject({ callers: 1_500, succeeded: 1_500, failed: 0, censored: 0 });
  expect(recorder.distributions.wait.max).toBe(0);
  expect(recorder.throughput).toBeCloseTo(150, 6);
});

test("a closed load has the throughput and the waits of its arithmetic", async () => {
  const station: Station = {
    slots: 4,
    service: "constant",
    load: { kind: "closed", clients: 10, thinkMs: 0 },
    seconds: 20,
    seed: 1,
  };
  const { recorder, servedByClient } = await measure(station);
  expect(Math.abs(recorder.throughput / 400 - 1)).toBeLessThan(0.01);
  // 10 clients, 400 a second: 25 ms a round, 10 of them in service.
  expect(recorder.distributions.wait.mean).toBeGreaterThan(14_900);
  expect(recorder.distributions.wait.mean).toBeLessThan(15_100);
  expect(recorder.distributions.hold.mean).toBeCloseTo(10_000, -2);
  expect(Math.max(...servedByClient!) - Math.min(...servedByClient!)).toBeLessThanOrEqual(2);
  expect(recorder.littlesLaw(0.01)?.holds).toBe(true);
});

test("a pool larger than the server moves the wait from the pool into the work", async () => {
  const station: Station = {
    slots: 4,
    size: 10,
    service: "constant",
    load: { kind: "closed", clients: 10, thinkMs: 0 },
    seconds: 20,
    seed: 1,
  };
  const { recorder } = await measure(station);
  expect(Math.abs(recorder.throughput / 400 - 1)).toBeLessThan(0.01);
  expect(recorder.distributions.wait.max).toBe(0);
  expect(Math.abs(recorder.distributions.query.mean! / 25_000 - 1)).toBeLessThan(0.01);
});
