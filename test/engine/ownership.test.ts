// The promise of core/lifecycle kept by those that own their sockets themselves: flood's driver and serve's wires.
import { describe, expect, test } from "vitest";
import { allAs, quietCensus, runInTurn, sharedSignal } from "../support/census.ts";
import * as driver from "./flood/endings.ts";
import * as wire from "./serve/endings.ts";

const EACH = 40;
const WIDTH = 50;
const shared = sharedSignal();

describe.each(["http", "https"] as const)("over %s, ended in every way,", (scheme) => {
  test("connections of the driver leave descriptors, timers and listeners as they were", async () => {
    const quietMs = driver.LINGER_MS + 200;
    const outside = await quietCensus(shared);
    {
      await using peers = await driver.driverPeers(scheme);
      await runInTurn(driver.NAMES, driver.NAMES.length, 1, (name) => peers.run(name));
      const before = await quietCensus(shared, quietMs);
      const total = EACH * driver.NAMES.length;
      const counts = await runInTurn(driver.NAMES, total, WIDTH, (name) => peers.run(name));
      expect(counts).toEqual(allAs(driver.OUTCOMES, EACH));
      expect(await quietCensus(shared, quietMs)).toEqual(before);
      expect((await peers.served.stats()).connections).toMatchObject({ open: 0, waiting: 0 });
    }
    expect(await quietCensus(shared)).toEqual(outside);
  });

  test("connections of the server leave descriptors, timers and listeners as they were", async () => {
    // What the test before it left to linger is to be gone.
    const outside = await quietCensus(shared, driver.LINGER_MS + 200);
    {
      await using server = await wire.endingServer(scheme);
      await runInTurn(wire.NAMES, wire.NAMES.length, 1, (name) => server.run(name));
      const before = await quietCensus(shared);
      const total = EACH * wire.NAMES.length;
      const counts = await runInTurn(wire.NAMES, total, WIDTH, (name) => server.run(name));
      expect(counts).toEqual(allAs(wire.OUTCOMES, EACH));
      expect(await quietCensus(shared)).toEqual(before);
      expect(wire.holdings(server.backend)).toEqual(wire.NOTHING_HELD);
    }
    expect(await quietCensus(shared)).toEqual(outside);
  });
});
