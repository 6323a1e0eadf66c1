// RFC 8305 section 3 as a table: when the way goes on.
import { describe, expect, test } from "vitest";
import {
  type FamilyEvent,
  nextStanding,
  type Standing,
} from "../../../../src/engine/connect/resolve/families.ts";

const BOTH: Standing = { kind: "waiting", pending: ["AAAA", "A"] };
const got = (type: "A" | "AAAA"): FamilyEvent => ({ kind: "answered", type, hasAddresses: true });
const none = (type: "A" | "AAAA"): FamilyEvent => ({ kind: "answered", type, hasAddresses: false });
const over: FamilyEvent = { kind: "delay-over" };

describe("the way", () => {
  test.each<[string, Standing, readonly FamilyEvent[], Standing]>([
    ["goes on at once when AAAA is first", BOTH, [got("AAAA")], { kind: "ready", pending: ["A"] }],
    ["holds for AAAA when A is first", BOTH, [got("A")], { kind: "holding" }],
    [
      "goes on with both when AAAA comes in time",
      BOTH,
      [got("A"), got("AAAA")],
      { kind: "ready", pending: [] },
    ],
    ["goes on with A when AAAA comes empty", BOTH, [got("A"), none("AAAA")], { kind: "ready", pending: [] }],
    ["goes on with A when the delay is over", BOTH, [got("A"), over], { kind: "ready", pending: ["AAAA"] }],
    ["waits for A when AAAA comes empty", BOTH, [none("AAAA")], { kind: "waiting", pending: ["A"] }],
    [
      "goes on with A at once when AAAA came empty",
      BOTH,
      [none("AAAA"), got("A")],
      { kind: "ready", pending: [] },
    ],
    ["waits for AAAA when A comes empty", BOTH, [none("A")], { kind: "waiting", pending: ["AAAA"] }],
    ["goes on with AAAA when A came empty", BOTH, [none("A"), got("AAAA")], { kind: "ready", pending: [] }],
    ["ends when both come empty", BOTH, [none("A"), none("AAAA")], { kind: "nothing" }],
    [
      "does not wait for what was not asked",
      { kind: "waiting", pending: ["A"] },
      [got("A")],
      { kind: "ready", pending: [] },
    ],
    ["notes what comes later", BOTH, [got("AAAA"), got("A")], { kind: "ready", pending: [] }],
  ])("%s", (_what, from, events, to) => {
    expect(events.reduce(nextStanding, from)).toEqual(to);
  });
});
