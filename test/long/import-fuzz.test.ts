// Some seconds of random damage to what other tools write: nothing throws anything but a refusal, and nothing hangs.
import fc from "fast-check";
import { describe, test } from "vitest";
import { survivesDamage } from "../engine/stats/import/damaged.ts";
import { published } from "../engine/stats/import/imported.ts";
import { ALL } from "../engine/stats/import/sources.ts";

const options = {
  numRuns: Number.POSITIVE_INFINITY,
  interruptAfterTimeLimit: 6_000,
  markInterruptAsFailure: false,
} as const;

describe("damaged at length", () => {
  test.each(Object.entries(ALL))("%s", async (_, text) => {
    await fc.assert(survivesDamage(text), options);
  });

  test("an HdrHistogram log", async () => {
    await fc.assert(survivesDamage(await published("tagged-non-monotonic.hlog")), options);
  });
});
