// The promise of ownership at its full size: 100,000 connections, ended in every way, for each of those that own
// sockets: core/lifecycle, flood's driver and serve's wires.
import { describe, expect, test } from "vitest";
import { ENDINGS, EXPECTED_REASON, endingServer, runEnding } from "../core/lifecycle/endings.ts";
import * as driver from "../engine/flood/endings.ts";
import * as wire from "../engine/serve/endings.ts";
import { allAs, quietCensus, runInTurn, sharedSignal } from "../support/census.ts";

/** A batch is small enough that ports in TIME_WAIT are never used up; the census is taken after each. */
const BATCHES = 10;

test("100,000 connections ended in every way leave descriptors, timers and listeners as they were", async () => {
  const shared = sharedSignal();
  const outside = await quietCensus(shared);
  {
    await using server = await endingServer();
    const run = (total: number, width: number) =>
      runInTurn(ENDINGS, total, width, (ending) => runEnding(ending, server.target, shared));
    await run(100, 10);
    const before = await quietCensus(shared);
    for (let batch = 0; batch < BATCHES; batch++) {
      expect(await run(1000 * ENDINGS.length, 100)).toEqual(allAs(EXPECTED_REASON, 1000));
      expect(await quietCensus(shared)).toEqual(before);
      expect(server.permits.held).toBe(0);
    }
    expect(server.listener.counters).toMatchObject({ open: 0, held: 0, refused: 0 });
  }
  expect(await quietCensus(shared)).toEqual(outside);
});

// With the handshakes, a connection takes ten times as long.
describe.each([
  ["http", 100_000],
  ["https", 10_000],
] as const)("over %s, %i connections ended in every way", (scheme, total) => {
  test("leave nothing behind in flood's driver", async () => {
    const shared = sharedSignal();
    const quietMs = driver.LINGER_MS + 200;
    const each = Math.ceil(total / BATCHES / driver.NAMES.length);
    const outside = await quietCensus(shared);
    {
      await using peers = await driver.driverPeers(scheme);
      const run = (count: number) => runInTurn(driver.NAMES, count, 100, (name) => peers.run(name));
      await run(driver.NAMES.length);
      const before = await quietCensus(shared, quietMs);
      for (let batch = 0; batch < BATCHES; batch++) {
        expect(await run(each * driver.NAMES.length)).toEqual(allAs(driver.OUTCOMES, each));
        expect(await quietCensus(shared, quietMs)).toEqual(before);
      }
      expect((await peers.served.stats()).connections).toMatchObject({ open: 0, waiting: 0 });
    }
    expect(await quietCensus(shared)).toEqual(outside);
  });

  test("leave nothing behind in serve", async () => {
    const shared = sharedSignal();
    const each = Math.ceil(total / BATCHES / wire.NAMES.length);
    const outside = await quietCensus(shared);
    {
      await using server = await wire.endingServer(scheme);
      const run = (count: number) => runInTurn(wire.NAMES, count, 200, (name) => server.run(name));
      await run(wire.NAMES.length);
      const before = await quietCensus(shared);
      for (let batch = 0; batch < BATCHES; batch++) {
        expect(await run(each * wire.NAMES.length)).toEqual(allAs(wire.OUTCOMES, each));
        expect(await quietCensus(shared)).toEqual(before);
        expect(wire.holdings(server.backend)).toEqual(wire.NOTHING_HELD);
      }
    }
    expect(await quietCensus(shared)).toEqual(outside);
  });
});
