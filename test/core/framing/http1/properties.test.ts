// Random messages and random damage, a few hundred of each; test/long has a minute of them.
import fc from "fast-check";
import { describe, test } from "vitest";
import { roundTrip, SIDES, sameUnderDamage } from "./rules.ts";

describe.each(SIDES)("any $name", (side) => {
  test("says what it was made of, under any cut", () => {
    fc.assert(roundTrip(side), { numRuns: 300 });
  });

  test("that is damaged is read the same way under any cut", () => {
    fc.assert(sameUnderDamage(side), { numRuns: 500 });
  });
});
