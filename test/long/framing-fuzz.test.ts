// A minute of random messages, random damage and random cuts: nothing throws, hangs or depends on the cut.
import fc from "fast-check";
import { describe, test } from "vitest";
import { roundTrip, SIDES, sameUnderDamage } from "../core/framing/http1/rules.ts";

const MS_EACH = 8_000;
const options = {
  numRuns: Number.POSITIVE_INFINITY,
  interruptAfterTimeLimit: MS_EACH,
  markInterruptAsFailure: false,
} as const;

describe.each(SIDES)("any $name", (side) => {
  test("says what it was made of, under any cut", () => {
    fc.assert(roundTrip(side), options);
  });

  test("that is damaged is read the same way under any cut", () => {
    fc.assert(sameUnderDamage(side), options);
  });
});
