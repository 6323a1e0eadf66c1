// What `--expect` can ask of a pool test.
import { describe, expect, test } from "vitest";
import { parseExpectation } from "../../../src/core/expectation.ts";
import {
  checkExpectations,
  judgeExpectations,
  type Measured,
} from "../../../src/engine/pool-test/expectations.ts";
import { Distributions } from "../../../src/engine/pool-test/load/distributions.ts";

function measured(): Measured {
  const distributions = new Distributions();
  for (let us = 1_000; us <= 100_000; us += 1_000) {
    distributions.wait.record(us);
    distributions.hold.record(us * 2);
    distributions.query.record(us / 2);
    distributions.total.record(us * 3);
  }
  return {
    distributions,
    counts: {
      callers: 200,
      succeeded: 100,
      failed: 20,
      censored: 30,
      timedOut: 10,
      censoredWaiting: 5,
      overflowed: 50,
      refused: 4,
      bytesReceived: 0,
    },
    throughput: 950,
    fairness: 12.5,
    created: 8,
    leaksReported: 0,
  };
}

const judged = (text: string) => judgeExpectations([parseExpectation(text)], measured())[0]!;

describe("an expectation", () => {
  test.each([
    ["wait.p50<=50.1ms", true],
    ["wait.p99<99ms", false],
    ["wait.p99.9<=100ms", true],
    ["wait.mean==50.5ms", true],
    ["wait<51ms", true],
    ["hold.min>=2ms", true],
    ["query.max<=50ms", true],
    ["total.max<300ms", false],
    ["rate>=950/s", true],
    ["error_rate<=50%", true],
    ["errors==100", true],
    ["timeouts<=9", false],
    ["overflow==50", true],
    ["fairness<12.6", true],
    ["created<=8", true],
    ["leaks==0", true],
  ])("%s is judged %s", (text, holds) => {
    expect(judged(text).holds).toBe(holds);
  });

  test("of what nothing was measured for does not hold", () => {
    expect(judged("failed.p99<1s")).toMatchObject({ holds: false, observed: null });
  });

  test.each(["wiat.p99<5ms", "wait.p99<5/s", "rate>5ms", "wait.p99<5ms over 1s", "[x] wait.p99<5ms"])(
    "%s is refused before anything is measured",
    (text) => {
      expect(() => checkExpectations([parseExpectation(text)])).toThrow(
        expect.objectContaining({ code: "NK_USAGE" }),
      );
    },
  );
});
