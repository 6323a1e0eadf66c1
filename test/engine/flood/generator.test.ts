import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import {
  type Driver,
  type DriverEvents,
  type Failure,
  OLDEST,
} from "../../../src/engine/flood/drivers/driver.ts";
import { Generator } from "../../../src/engine/flood/generator.ts";
import type { FloodPlan } from "../../../src/engine/flood/plan.ts";
import { Recorder, type Snapshot } from "../../../src/engine/flood/recorder.ts";
import { createSchedule } from "../../../src/engine/flood/schedule.ts";
import { createSource } from "../../../src/engine/flood/source.ts";
import { makePlan } from "./plan.ts";

/** A connection whose peer is the test. */
class FakeDriver implements Driver {
  written = 0;
  answered = 0;
  closed = false;
  #kept = 0;
  readonly seats = new Set<number>();
  readonly slot: number;
  readonly events: DriverEvents;

  constructor(slot: number, events: DriverEvents) {
    this.slot = slot;
    this.events = events;
  }

  open(): void {}

  /** Those that have left. */
  send(_target: number, seat: number): number {
    this.seats.add(seat);
    this.#kept++;
    return 40;
  }

  flush(): void {
    this.written += this.#kept;
    this.#kept = 0;
  }

  /** As the protocol can. */
  abandons = false;
  readonly abandoned: number[] = [];

  abandon(seat: number): boolean {
    if (this.abandons) this.abandoned.push(seat);
    return this.abandons;
  }

  close(): void {
    this.closed = true;
  }

  expire(): Failure {
    this.closed = true;
    return { kind: "connect-timeout", example: "no connection within the time-out" };
  }
}

/** A generator on a clock that the test moves, with drivers that the test answers. */
class Bench {
  nowUs = 1_000_000;
  armedUs = Number.POSITIVE_INFINITY;
  readonly drivers: FakeDriver[] = [];
  readonly recorder: Recorder;
  readonly generator: Generator;
  readonly seconds: [number, Snapshot][] = [];

  constructor(plan: FloodPlan) {
    this.recorder = new Recorder(plan.targets.length);
    this.generator = new Generator({
      plan,
      connections: plan.connections,
      schedule: createSchedule(plan, { index: 0, threads: 1 }),
      source: createSource(plan.targets.length, 0),
      recorder: this.recorder,
      clock: { nowUs: () => this.nowUs },
      connect: (slot, events) => {
        const driver = new FakeDriver(slot, events);
        this.drivers.push(driver);
        return driver;
      },
      arm: (dueUs) => {
        this.armedUs = dueUs;
      },
      endOfTurn: (callback) => {
        this.#atEnd.push(callback);
      },
      onSecond: (second) => this.seconds.push([second, this.recorder.snapshot()]),
    });
  }

  #atEnd: (() => void)[] = [];

  /** The event loop comes to the end of its turn. */
  endTurn(): void {
    const callbacks = this.#atEnd;
    this.#atEnd = [];
    for (const callback of callbacks) callback();
  }

  get newest(): FakeDriver {
    return this.drivers.at(-1)!;
  }

  openAll(): void {
    this.generator.prepare();
    for (const driver of [...this.drivers]) driver.events.opened(driver.slot, this.nowUs, 100, Number.NaN);
  }

  start(): void {
    this.openAll();
    this.generator.start(this.nowUs);
    this.generator.pump();
  }

  /** Time passes; the alarm rings when it was armed for a moment within it. */
  advance(us: number): void {
    const until = this.nowUs + us;
    while (this.armedUs <= until) {
      this.nowUs = Math.max(this.nowUs, this.armedUs);
      this.armedUs = Number.POSITIVE_INFINITY;
      this.generator.pump();
    }
    this.nowUs = until;
  }

  answer(driver: FakeDriver, status = 200): void {
    driver.answered++;
    driver.events.received(100, this.nowUs);
    driver.events.answered(driver.slot, OLDEST, status, this.nowUs, this.nowUs);
    // A driver that was closed says nothing more.
    if (!driver.closed) driver.events.settled(driver.slot, this.nowUs);
    this.endTurn();
  }

  get totals() {
    const counters = { requests: 0, succeeded: 0, failed: 0, censored: 0, timedOut: 0, unsent: 0, sent: 0 };
    this.seconds.push([-1, this.recorder.snapshot()]);
    for (const [, snapshot] of this.seconds) {
      for (const key of ["succeeded", "failed", "censored", "timedOut", "unsent", "sent"] as const) {
        counters[key] += snapshot.counters[key];
      }
    }
    counters.requests = counters.succeeded + counters.failed + counters.censored;
    return counters;
  }
}

const openLoad = (ratePerSecond: number) => ({ kind: "open", ratePerSecond, arrival: "constant" }) as const;

describe.each([
  ["closed", { kind: "closed" } as const],
  ["open", openLoad(10)],
])("a peer that allows no request any more, %s loop", (_name, load) => {
  test.each([0, 3])("ends a counted run after %i answers, and what was in flight is told", (answers) => {
    const bench = new Bench(makePlan({ load, stop: { kind: "requests", count: 10 }, timeoutMs: 1_000 }));
    bench.openAll();
    const driver = bench.newest;
    driver.abandons = true;
    bench.generator.start(bench.nowUs);
    bench.generator.pump();
    for (let i = 0; i < answers; i++) {
      bench.advance(100_000);
      bench.answer(driver);
    }
    driver.events.room(driver.slot, 0);
    let passedMs = 0;
    for (; !bench.generator.done && passedMs < 60_000; passedMs += 10) {
      bench.advance(10_000);
      bench.generator.scan();
      bench.endTurn();
    }
    expect(bench.generator.done).toBe(true);
    expect(passedMs).toBeGreaterThanOrEqual(10_000);
    expect(passedMs).toBeLessThan(12_000);
    expect(bench.totals).toMatchObject({ succeeded: answers, failed: 0 });
    expect(bench.generator.ledger.taken).toBe(bench.totals.requests);
    const kinds = bench.seconds.flatMap(([, { errors }]) => [...errors.keys()]);
    expect(new Set(kinds)).toEqual(new Set(["timeout", "gave-up"]));
  });
});

describe("closed loop", () => {
  test("an answer sends the next request at once, and the end of time stops it", () => {
    const bench = new Bench(makePlan());
    bench.start();
    expect(bench.newest.written).toBe(1);
    for (let i = 0; i < 9; i++) {
      bench.advance(100_000);
      bench.answer(bench.newest);
    }
    expect(bench.newest.written).toBe(10);
    bench.advance(100_000);
    bench.answer(bench.newest);
    expect(bench.newest.written).toBe(10);
    expect(bench.generator.done).toBe(true);
    expect(bench.newest.closed).toBe(true);
    expect(bench.totals).toMatchObject({ requests: 10, succeeded: 10, sent: 10 });
  });

  test("depth keeps that many in flight, and answers of one read are made good by one write", () => {
    const bench = new Bench(makePlan({ depth: 4 }));
    bench.start();
    expect(bench.newest.written).toBe(4);
    const { newest } = bench;
    for (let i = 0; i < 3; i++) newest.events.answered(0, OLDEST, 200, bench.nowUs, bench.nowUs);
    expect(newest.written).toBe(4);
    newest.events.settled(0, bench.nowUs);
    expect(newest.written).toBe(4);
    bench.endTurn();
    expect(newest.written).toBe(7);
    expect(bench.generator.ledger.inFlight).toBe(4);
  });

  test("a deep pipeline is refilled by the quarter, and never runs dry", () => {
    const bench = new Bench(makePlan({ depth: 16 }));
    bench.start();
    const { newest } = bench;
    for (let i = 0; i < 3; i++) bench.answer(newest);
    expect(newest.written).toBe(16);
    bench.answer(newest);
    expect(newest.written).toBe(20);
    expect(bench.generator.ledger.inFlight).toBe(16);
  });

  test("a count sends exactly that many", () => {
    const bench = new Bench(makePlan({ stop: { kind: "requests", count: 3 }, depth: 2 }));
    bench.start();
    for (let i = 0; i < 3; i++) bench.answer(bench.newest);
    expect(bench.generator.done).toBe(true);
    expect(bench.totals.requests).toBe(3);
  });

  test("the warm-up is carried out but not counted", () => {
    const bench = new Bench(makePlan({ warmupSeconds: 1 }));
    bench.start();
    for (let i = 0; i < 20; i++) {
      bench.advance(100_000);
      bench.answer(bench.newest);
    }
    expect(bench.generator.done).toBe(true);
    expect(bench.totals.requests).toBe(10);
  });
});

describe("open loop", () => {
  test("sends on the tick, waits when no connection is free, and counts from the planned instant", () => {
    const bench = new Bench(makePlan({ load: openLoad(10) }));
    bench.start();
    bench.advance(250_000); // ticks 0, 100 and 200 ms are due; one connection
    expect(bench.newest.written).toBe(1);
    bench.answer(bench.newest); // sends tick 100 ms, 150 ms late
    expect(bench.newest.written).toBe(2);
    bench.advance(10_000);
    bench.answer(bench.newest); // sends tick 200 ms, 60 ms late
    bench.answer(bench.newest);
    const snapshot = bench.recorder.snapshot();
    expect(snapshot.histograms.response).toMatchObject({ count: 3, min: 60_000, max: 250_000 });
    expect(snapshot.histograms.service).toMatchObject({ count: 3, min: 0, max: 250_000 });
    expect(snapshot.histograms.lateness).toMatchObject({ count: 3, min: 0, max: 150_000 });
    // Only the first found a free connection: nothing of this lateness is the generator's.
    expect(snapshot.histograms.generatorLateness).toMatchObject({ count: 1, max: 0 });
  });

  test("spreads ticks over the connections, longest unused first", () => {
    const bench = new Bench(makePlan({ load: openLoad(10), connections: 3 }));
    bench.start();
    for (let i = 0; i < 6; i++) {
      for (const driver of bench.drivers) {
        if (driver.written > driver.answered) bench.answer(driver);
      }
      bench.advance(100_000);
    }
    const written = bench.drivers.map((driver) => driver.written);
    expect(Math.max(...written) - Math.min(...written)).toBeLessThanOrEqual(1);
  });

  test("ticks that found no connection before the end are censored, unsent, at their age", () => {
    const bench = new Bench(makePlan({ load: openLoad(10), timeoutMs: 5000 }));
    bench.start();
    bench.advance(1_000_000);
    bench.generator.scan();
    expect(bench.generator.done).toBe(false);
    bench.answer(bench.newest);
    expect(bench.generator.done).toBe(true);
    expect(bench.totals).toMatchObject({ requests: 10, succeeded: 1, censored: 9, unsent: 9, sent: 1 });
  });
});

describe("endings", () => {
  test("silence is a time-out, found by the scan; the connection is replaced", () => {
    const bench = new Bench(makePlan({ timeoutMs: 300 }));
    bench.start();
    const first = bench.newest;
    bench.advance(299_000);
    bench.generator.scan();
    expect(first.closed).toBe(false);
    bench.advance(1_000);
    bench.generator.scan();
    expect(first.closed).toBe(true);
    expect(bench.drivers).toHaveLength(2);
    const { requests, censored, timedOut } = bench.totals;
    expect([requests, censored, timedOut]).toEqual([1, 1, 1]);
  });

  test("what an announced end leaves unanswered is sent again, with its first stamps", () => {
    const bench = new Bench(makePlan({ depth: 3 }));
    bench.start();
    const first = bench.newest;
    bench.advance(10_000);
    first.events.answered(0, OLDEST, 200, bench.nowUs, bench.nowUs);
    first.events.lost(0, bench.nowUs, { kind: "finished" });
    expect(bench.drivers).toHaveLength(2);
    bench.advance(10_000);
    bench.newest.events.opened(0, bench.nowUs, 50, Number.NaN);
    expect(bench.newest.written).toBe(3); // two again, one new
    bench.answer(bench.newest);
    const snapshot = bench.recorder.snapshot();
    expect(snapshot.counters).toMatchObject({ succeeded: 2, failed: 0, connectionsOpened: 2 });
    expect(snapshot.histograms.service?.max).toBe(20_000);
  });

  test("a reset fails all in flight, once each", () => {
    const bench = new Bench(makePlan({ depth: 3 }));
    bench.start();
    bench.newest.events.lost(0, bench.nowUs, { kind: "failed", failure: { kind: "reset", example: "x" } });
    const snapshot = bench.recorder.snapshot();
    expect(snapshot.counters).toMatchObject({ succeeded: 0, failed: 3, censored: 0 });
    expect(snapshot.errors.get("reset")?.count).toBe(3);
    expect(bench.drivers).toHaveLength(2);
  });

  test("a connection that cannot be opened stands for one request, and backs off", () => {
    const bench = new Bench(makePlan());
    bench.start();
    const refused = { kind: "failed", failure: { kind: "connect-refused", example: "x" } } as const;
    bench.newest.events.lost(0, bench.nowUs, refused);
    bench.advance(1_000);
    bench.newest.events.lost(0, bench.nowUs, refused);
    expect(bench.recorder.snapshot().errors.get("connect-refused")?.count).toBe(2);
    expect(bench.drivers).toHaveLength(2);
    bench.generator.scan();
    expect(bench.drivers).toHaveLength(2);
    bench.advance(20_000);
    bench.generator.scan();
    expect(bench.drivers).toHaveLength(3);
  });

  test("says why when no connection could be opened at all", () => {
    const bench = new Bench(makePlan({ connections: 2 }));
    bench.generator.prepare();
    expect(bench.generator.prepared).toBe(false);
    for (const driver of [...bench.drivers]) {
      driver.events.lost(driver.slot, bench.nowUs, {
        kind: "failed",
        failure: { kind: "connect-refused", example: "nobody listens" },
      });
    }
    expect(bench.generator.prepared).toBe(true);
    expect(bench.generator.opening.unreachable?.example).toBe("nobody listens");
  });

  test("a server that lets nobody in is known after one time-out, however many connections are wanted", () => {
    const bench = new Bench(makePlan({ connections: 250, timeoutMs: 1_000 }));
    bench.generator.prepare();
    bench.advance(999_000);
    bench.generator.scan();
    expect(bench.generator.prepared).toBe(false);
    bench.advance(1_000);
    bench.generator.scan();
    expect(bench.generator.prepared).toBe(true);
    expect(bench.generator.opening.unreachable?.kind).toBe("connect-timeout");
  });

  test("connections that are let in late join a load that has begun", () => {
    const bench = new Bench(makePlan({ connections: 3, timeoutMs: 1_000 }));
    bench.generator.prepare();
    const [first, second] = bench.drivers;
    bench.nowUs += 1_000;
    first!.events.opened(first!.slot, bench.nowUs, 100, Number.NaN);
    bench.advance(999_000);
    bench.generator.scan();
    expect(bench.generator.prepared).toBe(true);
    bench.generator.start(bench.nowUs);
    bench.generator.pump();
    expect(first!.written).toBe(1);
    const retried = bench.drivers.filter(({ slot, closed }) => slot === second!.slot && !closed);
    for (const driver of retried) driver.events.opened(driver.slot, bench.nowUs, 100, Number.NaN);
    expect(bench.generator.ledger.inFlight).toBe(1 + retried.length);
  });

  test("an interrupt waits for what is in flight; a second one censors it", () => {
    const bench = new Bench(makePlan({ depth: 2 }));
    bench.start();
    bench.advance(100_000);
    bench.generator.drain();
    bench.answer(bench.newest);
    expect(bench.newest.written).toBe(2);
    expect(bench.generator.done).toBe(false);
    bench.generator.abort();
    expect(bench.generator.done).toBe(true);
    expect(bench.totals).toMatchObject({ requests: 2, succeeded: 1, censored: 1 });
  });

  test("one request a connection: the next one opens its own, and the wait counts", () => {
    const bench = new Bench(makePlan({ newConnection: true }));
    bench.start();
    // The one that was opened to see whether it can be is no request's.
    expect(bench.drivers).toHaveLength(2);
    const first = bench.newest;
    bench.advance(2_000);
    first.events.opened(0, bench.nowUs, 2_000, Number.NaN);
    bench.advance(3_000);
    first.events.answered(0, OLDEST, 200, bench.nowUs, bench.nowUs);
    first.events.lost(0, bench.nowUs, { kind: "finished" });
    expect(bench.drivers).toHaveLength(3);
    bench.advance(7_000);
    bench.newest.events.opened(0, bench.nowUs, 7_000, Number.NaN);
    bench.advance(3_000);
    bench.newest.events.answered(0, OLDEST, 200, bench.nowUs, bench.nowUs);
    const snapshot = bench.recorder.snapshot();
    expect(snapshot.histograms.response?.max).toBe(10_000);
    expect(snapshot.histograms.response?.min).toBe(5_000);
    expect(snapshot.histograms.service?.max).toBe(3_000);
    expect(snapshot.counters.connectionsOpened).toBe(2);
  });

  test("a stalled event loop puts what it finds into the second that was going on", () => {
    const bench = new Bench(makePlan({ stop: { kind: "duration", seconds: 5 } }));
    bench.start();
    bench.advance(500_000);
    bench.answer(bench.newest);
    bench.advance(2_700_000);
    bench.answer(bench.newest);
    bench.advance(1_000_000);
    bench.generator.scan();
    expect(bench.seconds.map(([second, snapshot]) => [second, snapshot.counters.succeeded])).toEqual([
      [0, 1],
      [3, 1],
    ]);
  });
});

describe("accounting", () => {
  // Random histories of what connections and time can do; the sum must always come out.
  const step = fc.oneof(
    fc.record({
      do: fc.constant("answer" as const),
      which: fc.nat(),
      status: fc.constantFrom(200, 404, 500),
    }),
    fc.record({ do: fc.constant("advance" as const), us: fc.integer({ min: 1, max: 400_000 }) }),
    fc.record({ do: fc.constant("reset" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("finish" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("open" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("scan" as const) }),
  );

  let histories = 0;
  beforeEach(() => {
    histories = 0;
  });

  test("requests = succeeded + failed + censored = taken from the schedule, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.boolean(),
        (steps, connections, depth, closed, newConnection) => {
          histories++;
          const plan = makePlan({
            connections,
            depth,
            newConnection,
            timeoutMs: 300,
            load: closed ? { kind: "closed" } : openLoad(50),
          });
          const bench = new Bench(plan);
          bench.start();
          const opened = new Set(bench.drivers);
          const gone = new Set<FakeDriver>();
          const live = (which: number, open: boolean) => {
            const found = bench.drivers.filter((d) => !d.closed && !gone.has(d) && opened.has(d) === open);
            return found[which % Math.max(1, found.length)];
          };
          for (const action of steps) {
            if (action.do === "advance") bench.advance(action.us);
            else if (action.do === "scan") bench.generator.scan();
            else {
              const driver = live(action.which, action.do !== "open" && action.do !== "reset");
              if (driver === undefined) continue;
              if (action.do === "answer") bench.answer(driver, action.status);
              else if (action.do === "open") {
                opened.add(driver);
                driver.events.opened(driver.slot, bench.nowUs, 10, Number.NaN);
              } else {
                gone.add(driver);
                driver.events.lost(
                  driver.slot,
                  bench.nowUs,
                  action.do === "finish"
                    ? { kind: "finished" }
                    : { kind: "failed", failure: { kind: "reset", example: "x" } },
                );
              }
            }
          }
          bench.generator.abort();
          expect(bench.generator.done).toBe(true);
          expect(bench.generator.ledger.inFlight).toBe(0);
          const totals = bench.totals;
          expect(totals.requests).toBe(bench.generator.ledger.taken);
          if (!closed) expect(totals.requests).toBeGreaterThanOrEqual(Math.min(1, totals.sent));
        },
      ),
      { numRuns: 400 },
    );
    expect(histories).toBeGreaterThan(0);
  });
});

describe("requests in any order", () => {
  const deep = (depth: number) => {
    const bench = new Bench(makePlan({ depth, stop: { kind: "requests", count: 100 } }));
    bench.start();
    return bench;
  };
  const answerSeat = (bench: Bench, seat: number): void => {
    bench.newest.events.answered(0, seat, 200, bench.nowUs, bench.nowUs);
    bench.newest.events.settled(0, bench.nowUs);
    bench.endTurn();
  };

  test("each is timed by its own stamp, whichever is answered first", () => {
    const bench = deep(3);
    bench.advance(1_000);
    answerSeat(bench, 2);
    bench.advance(1_000);
    answerSeat(bench, 2);
    answerSeat(bench, 0);
    const { histograms } = bench.recorder.snapshot();
    const response = new LatencyHistogram();
    response.addSnapshot(histograms.response!);
    // 1 ms for the first, 1 ms for the one that took its seat, 2 ms for the oldest.
    expect([response.valueAtPercentile(1), response.max]).toEqual([1_000, 2_000]);
    expect(response.count).toBe(3);
  });

  test("one that fails costs no other, and its place is taken again", () => {
    const bench = deep(2);
    bench.newest.events.failed(0, 1, bench.nowUs, { kind: "stream-reset", example: "reset" });
    bench.newest.events.settled(0, bench.nowUs);
    bench.endTurn();
    expect(bench.newest.written).toBe(3);
    expect(bench.generator.ledger.inFlight).toBe(2);
    expect(bench.totals).toMatchObject({ failed: 1, censored: 0 });
  });

  test("one that times out is given up alone where the protocol can", () => {
    const bench = deep(2);
    bench.newest.abandons = true;
    bench.advance(600_000);
    answerSeat(bench, 0);
    bench.advance(500_000);
    bench.generator.scan();
    bench.endTurn();
    expect(bench.newest.abandoned).toEqual([1]);
    expect(bench.newest.closed).toBe(false);
    expect(bench.newest.written).toBe(4);
    expect(bench.totals).toMatchObject({ succeeded: 1, censored: 1, timedOut: 1 });
  });

  test("the peer's limit holds from when it is known, and ends with its connection", () => {
    const bench = deep(4);
    const first = bench.newest;
    expect(first.written).toBe(4);
    first.events.room(0, 2);
    for (const seat of [1, 3, 0]) answerSeat(bench, seat);
    expect(first.written).toBe(5);
    first.events.lost(0, bench.nowUs, { kind: "finished" });
    bench.newest.events.opened(0, bench.nowUs, 100, Number.NaN);
    // The two that the peer had not begun, and two more.
    expect(bench.newest.written).toBe(4);
  });

  test("under any sequence of answers, failures and losses each request ends once", () => {
    const step = fc.record({ kind: fc.constantFrom("answer", "fail", "drop", "end"), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, depth) => {
        const bench = deep(depth);
        // The seats in flight, as the driver was told.
        for (const { kind, pick } of steps) {
          const driver = bench.newest;
          const seats = [...driver.seats];
          if (bench.generator.done) break;
          if (kind === "drop" || kind === "end") {
            const failure = { kind: "reset", example: "reset" };
            driver.events.lost(
              0,
              bench.nowUs,
              kind === "end" ? { kind: "finished" } : { kind: "failed", failure },
            );
            for (let i = 0; i < 20 && bench.newest === driver; i++) {
              bench.advance(100_000);
              bench.endTurn();
              bench.generator.scan();
            }
            bench.newest.events.opened(0, bench.nowUs, 100, Number.NaN);
            continue;
          }
          if (seats.length === 0) continue;
          const seat = seats[pick % seats.length]!;
          driver.seats.delete(seat);
          if (kind === "answer") answerSeat(bench, seat);
          else driver.events.failed(0, seat, bench.nowUs, { kind: "stream-reset", example: "reset" });
          driver.events.settled(0, bench.nowUs);
          bench.endTurn();
        }
        bench.generator.abort();
        const { requests, sent } = bench.totals;
        expect(bench.generator.ledger.inFlight).toBe(0);
        expect(requests).toBe(bench.generator.ledger.taken);
        expect(sent).toBeLessThanOrEqual(requests);
      }),
      { numRuns: 300 },
    );
  });
});

describe("connections that open at a rate", () => {
  test("are begun at their instants, and what was missed is made up for", () => {
    const bench = new Bench(makePlan({ connections: 50, connectRate: 100, load: { kind: "closed" } }));
    bench.generator.prepare();
    expect(bench.drivers).toHaveLength(1);
    const begunAfter = (us: number): number => {
      bench.advance(us);
      bench.generator.scan();
      for (let turn = 0; turn < 20; turn++) bench.endTurn();
      return bench.drivers.length;
    };
    expect(begunAfter(20_000)).toBe(3);
    expect(begunAfter(20_000)).toBe(5);
    // A fifth of a second in which nobody looked.
    expect(begunAfter(200_000)).toBe(25);
    expect(begunAfter(1_000_000)).toBe(50);
  });
});
