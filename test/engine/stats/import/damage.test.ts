// Every importer on sources that are damaged at random; at length in test/long/import-fuzz.test.ts.
import fc from "fast-check";
import { describe, test } from "vitest";
import { survivesDamage } from "./damaged.ts";
import { published } from "./imported.ts";
import { ALL } from "./sources.ts";

describe("a damaged source is a sound run or refused in words", () => {
  test.each(Object.entries(ALL))("%s", async (_, text) => {
    await fc.assert(survivesDamage(text), { numRuns: 300 });
  });

  test("an HdrHistogram log", async () => {
    await fc.assert(survivesDamage(await published("tagged-non-monotonic.hlog")), { numRuns: 60 });
  });
});
