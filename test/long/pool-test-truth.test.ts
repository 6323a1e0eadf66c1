// The load in real time against a station whose behaviour is known: mean wait within 5 % of Erlang C and of
// Pollaczek and Khinchine, throughput within 1 %. Exact, and over more loads, it is in the unit test under a clock
// moved by hand; here services are long, so that a timer a millisecond late is small beside them. The station says
// how much longer than drawn they took, and the theory is asked about those. The draw's own deviation from the closed form is
// known beforehand: seeds are of typical draws.
import { describe, expect, test } from "vitest";
import { systemTimers } from "../../src/core/backpressure/timers.ts";
import { monotonicClock } from "../../src/core/clock.ts";
import { exponential, seededRandom } from "../../src/core/random.ts";
import { timersAlarm } from "../../src/engine/pool-test/load/alarm.ts";
import { poissonArrivals } from "../../src/engine/pool-test/load/arrivals.ts";
import { Delays } from "../../src/engine/pool-test/load/delays.ts";
import { runLoad } from "../../src/engine/pool-test/load/run-load.ts";
import { corePool } from "../engine/pool-test/core-pool.ts";
import { erlangWait, pathWait, pollaczekKhinchine } from "../engine/pool-test/queueing.ts";
import { SimulatedServer } from "../engine/pool-test/simulated-server.ts";

const SECONDS = 15;
const WARM_UP_SECONDS = 1;
// Sleeps, where polling would use up this process's share of a busy machine.
const makeAlarm = timersAlarm(monotonicClock, systemTimers);

interface Station {
  readonly slots: number;
  /** Share of the capacity. */
  readonly load: number;
  readonly serviceUs: number;
  readonly constant: boolean;
}

function services({ serviceUs, constant }: Station, seed: number): () => number {
  const random = seededRandom(seed ^ 0x5bd1e995);
  return constant ? () => serviceUs : () => exponential(random, serviceUs);
}

function theory({ slots, constant }: Station, rate: number, serviceUs: number): number {
  if (constant) return pollaczekKhinchine(rate, serviceUs / 1e6, 0) * 1e6;
  return erlangWait(rate, serviceUs / 1e6, slots) * 1e6;
}

/** The first seed whose own draw has the wait and the throughput of the closed form, to half a per cent. */
function typicalSeed(station: Station, rate: number): number {
  const wanted = theory(station, rate, station.serviceUs);
  for (let seed = 1; ; seed++) {
    const arrivals = poissonArrivals(rate, (WARM_UP_SECONDS + SECONDS) * 1e6, seed);
    function* instants(): Generator<number> {
      for (; arrivals.dueUs < Number.POSITIVE_INFINITY; arrivals.take()) yield arrivals.dueUs;
    }
    const [fromUs, untilUs] = [WARM_UP_SECONDS * 1e6, (WARM_UP_SECONDS + SECONDS) * 1e6];
    const path = pathWait(instants(), services(station, seed), station.slots, fromUs, untilUs);
    const isTypical = Math.abs(path.mean / wanted - 1) < 0.005;
    if (isTypical && Math.abs(path.finished / (rate * SECONDS) - 1) < 0.003) return seed;
  }
}

function rateOf({ slots, load, serviceUs }: Station): number {
  return (slots * load * 1e6) / serviceUs;
}

async function measure(station: Station, seed: number) {
  const rate = rateOf(station);
  using delays = new Delays(makeAlarm, monotonicClock);
  const server = new SimulatedServer({
    slots: station.slots,
    serviceUs: services(station, seed),
    delays,
    clock: monotonicClock,
  });
  await using pool = corePool(server, { max: station.slots, acquireTimeoutMs: undefined });
  const { recorder } = await runLoad({
    pool,
    load: { kind: "open", ratePerSecond: rate, arrival: "poisson", maxOutstanding: 100_000 },
    holdMs: 0,
    warmupSeconds: WARM_UP_SECONDS,
    durationSeconds: SECONDS,
    drainSeconds: 10,
    seed,
    time: { clock: monotonicClock, timers: systemTimers, makeAlarm },
  });
  return {
    wait: recorder.distributions.wait.mean! / theory(station, rate, station.serviceUs * server.overrun),
    throughput: recorder.throughput / rate,
    lateUs: recorder.distributions.lateness.valueAtPercentile(99),
    overrun: server.overrun,
    counts: recorder.counts(),
  };
}

const STATIONS: readonly Station[] = [
  { slots: 1, load: 0.5, serviceUs: 50_000, constant: false },
  { slots: 1, load: 0.8, serviceUs: 50_000, constant: false },
  { slots: 4, load: 0.7, serviceUs: 100_000, constant: false },
  { slots: 16, load: 0.9, serviceUs: 200_000, constant: false },
  { slots: 1, load: 0.5, serviceUs: 50_000, constant: true },
  { slots: 1, load: 0.8, serviceUs: 50_000, constant: true },
];

// Looked for before anything is measured: it takes the processor for a while.
const SEEDS = new Map(STATIONS.map((station) => [station, typicalSeed(station, rateOf(station))]));

// All at once, since each sleeps nearly all of the time. Another process that takes the processor for some milliseconds is a
// wait that no theory knows of: three tries.
describe.concurrent.each(STATIONS)(
  "$slots slots at load $load, services of $serviceUs us, constant: $constant",
  (station) => {
    test("has the wait and the throughput of the theory", { retry: 2 }, async () => {
      const { wait, throughput, counts } = await measure(station, SEEDS.get(station)!);
      expect(counts.callers).toBe(counts.succeeded);
      expect(Math.abs(wait - 1), `wait is ${wait} of the theory's`).toBeLessThan(0.05);
      expect(Math.abs(throughput - 1)).toBeLessThan(0.01);
    });
  },
);
