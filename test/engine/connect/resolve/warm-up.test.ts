// The warm-up does its work and leaves nothing behind.
import { expect, test } from "vitest";
import { warmUp } from "../../../../src/engine/connect/resolve/warm-up.ts";
import { quietCensus, sharedSignal } from "../../../support/census.ts";

test.each(["system", "dns"] as const)("warming up for %s asks nobody and leaves nothing", async (kind) => {
  const shared = sharedSignal();
  const before = await quietCensus(shared);
  // Of TEST-NET-1 (RFC 5737): a question to it would take longer than a test may.
  await warmUp(kind === "system" ? { kind } : { kind, address: "192.0.2.53", port: 53 });
  expect(await quietCensus(shared)).toEqual(before);
});
