// The promise of the lifecycle room at its full size: 100,000 connections, ended in every way.
import { expect, test } from "vitest";
import {
  ENDINGS,
  EXPECTED_REASON,
  endingServer,
  quietCensus,
  runEndings,
  sharedSignal,
} from "../core/lifecycle/endings.ts";

const TOTAL = 100_000;
/** Small enough that ports in TIME_WAIT are never used up, and checked after each. */
const BATCH = 10_000;

test("100,000 connections ended in every way leave descriptors, timers and listeners as they were", async () => {
  const shared = sharedSignal();
  const outside = await quietCensus(shared);
  {
    await using server = await endingServer();
    await runEndings(100, 10, server.target, shared);
    const before = await quietCensus(shared);
    for (let batch = 0; batch < TOTAL / BATCH; batch++) {
      const counts = await runEndings(BATCH, 100, server.target, shared);
      expect(Object.fromEntries(counts)).toEqual(
        Object.fromEntries(
          ENDINGS.map((ending) => [`${ending}: ${EXPECTED_REASON[ending]}`, BATCH / ENDINGS.length]),
        ),
      );
      expect(await quietCensus(shared)).toEqual(before);
      expect(server.permits.held).toBe(0);
    }
    expect(server.listener.counters).toMatchObject({ open: 0, held: 0, refused: 0 });
  }
  expect(await quietCensus(shared)).toEqual(outside);
}, 120_000);
