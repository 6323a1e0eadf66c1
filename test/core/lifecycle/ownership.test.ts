import { expect, test } from "vitest";
import { allAs, quietCensus, runInTurn, sharedSignal } from "../../support/census.ts";
import { ENDINGS, EXPECTED_REASON, endingServer, runEnding } from "./endings.ts";

test("2,000 connections ended in every way leave descriptors, timers and listeners as they were", async () => {
  const shared = sharedSignal();
  const outside = await quietCensus(shared);
  {
    await using server = await endingServer();
    const run = (total: number, width: number) =>
      runInTurn(ENDINGS, total, width, (ending) => runEnding(ending, server.target, shared));
    await run(ENDINGS.length, 1);
    const before = await quietCensus(shared);
    expect(await run(2000, 50)).toEqual(allAs(EXPECTED_REASON, 200));
    expect(await quietCensus(shared)).toEqual(before);
    expect(server.listener.counters).toMatchObject({ open: 0, held: 0, refused: 0 });
    expect(server.permits.held).toBe(0);
  }
  expect(await quietCensus(shared)).toEqual(outside);
});
