import { expect, test } from "vitest";
import { ENDINGS, EXPECTED_REASON, endingServer, quietCensus, runEndings, sharedSignal } from "./endings.ts";

test("2,000 connections ended in every way leave descriptors, timers and listeners as they were", async () => {
  const shared = sharedSignal();
  const outside = await quietCensus(shared);
  {
    await using server = await endingServer();
    await runEndings(ENDINGS.length, 1, server.target, shared);
    const before = await quietCensus(shared);
    const counts = await runEndings(2000, 50, server.target, shared);
    expect(Object.fromEntries(counts)).toEqual(
      Object.fromEntries(ENDINGS.map((ending) => [`${ending}: ${EXPECTED_REASON[ending]}`, 200])),
    );
    expect(await quietCensus(shared)).toEqual(before);
    expect(server.listener.counters).toMatchObject({ open: 0, held: 0, refused: 0 });
    expect(server.permits.held).toBe(0);
  }
  expect(await quietCensus(shared)).toEqual(outside);
});
