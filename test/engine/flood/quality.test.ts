import { expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { judge, type QualityEvidence } from "../../../src/engine/flood/quality.ts";

function histogramOf(us: number): LatencyHistogram {
  const histogram = new LatencyHistogram();
  histogram.record(us);
  return histogram;
}

const CALM: QualityEvidence = {
  load: "open",
  busy: 0.2,
  waiting: 0.01,
  loopLag: histogramOf(300),
  generatorLateness: histogramOf(100),
  gcMaxMs: 2,
  descriptors: { used: 60, limit: 1024 },
  ports: { used: 50, available: 28_232 },
  seconds: 10,
  due: 10_000,
  unsent: 50,
};

test("a calm generator is valid, without a reason to doubt it", () => {
  expect(judge(CALM)).toEqual({ verdict: "valid", reasons: [] });
});

test.each<[string, Partial<QualityEvidence>, "suspect" | "invalid", RegExp]>([
  ["waiting for a processor", { waiting: 0.2 }, "suspect", /waited for a processor 20%/],
  ["starving", { waiting: 0.5 }, "invalid", /waited for a processor 50%/],
  ["late", { generatorLateness: histogramOf(8_000) }, "suspect", /8 ms late/],
  ["very late", { generatorLateness: histogramOf(80_000) }, "invalid", /80 ms late/],
  ["standing still", { loopLag: histogramOf(300_000) }, "invalid", /stood still for 300 ms/],
  ["busy in open loop", { busy: 0.97 }, "suspect", /no reserve/],
  ["busy in closed loop", { busy: 1, load: "closed" }, "suspect", /may be faster than shown/],
  ["collecting garbage", { gcMaxMs: 80 }, "suspect", /garbage collection/],
  ["short of descriptors", { descriptors: { used: 1000, limit: 1024 } }, "suspect", /ulimit/],
  ["short of ports", { ports: { used: 28_000, available: 28_232 } }, "suspect", /local ports/],
  ["out of connections", { unsent: 9_600 }, "suspect", /96% of the requests were never sent/],
  ["too short", { seconds: 0.03, waiting: 0.9, busy: 1 }, "suspect", /too short/],
])("a generator that is %s", (_name, change, verdict, reason) => {
  const judgement = judge({ ...CALM, ...change });
  expect(judgement.verdict).toBe(verdict);
  expect(judgement.reasons).toHaveLength(1);
  expect(judgement.reasons[0]).toMatch(reason);
});

test("what the system does not tell counts neither way", () => {
  const judgement = judge({
    ...CALM,
    waiting: Number.NaN,
    descriptors: { used: null, limit: null },
    ports: { used: 1e6, available: null },
  });
  expect(judgement.verdict).toBe("valid");
});
