import { describe, expect, test } from "vitest";
import { readRunFile } from "../../../src/commands/shared/run-file.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { encodeHistogram } from "../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { summarize } from "../../../src/core/metrics/latency-summary.ts";
import { compareRuns } from "../../../src/engine/stats/compare/compare.ts";
import { CALM } from "../../report/fixtures/run-result.ts";

const reading = (text: string) => readRunFile("run.json", async () => Buffer.from(text));

const histogram = new LatencyHistogram();
histogram.record(1_000);
const RUN = {
  ...CALM,
  latency: { ...CALM.latency, response: summarize(histogram) },
  histograms: { response: encodeHistogram(histogram) },
};

describe("the seconds of a run", () => {
  const interval = { start: 0, seconds: 1, requests: 9, failed: 0, bytes: 9, inFlight: 1 };
  const figures = { p50: 1_000, p90: 1_000, p99: 1_000, max: 1_000 };
  const damaged = { ...RUN, intervals: [{ ...interval, ...figures, histogram: "AAAA" }] };

  test("are decoded by what needs them, not by what opens the file", async () => {
    const run = await reading(JSON.stringify(damaged));
    expect(run.intervals).toHaveLength(1);
    const sides = [[{ name: "a.json", run }], [{ name: "b.json", run: RUN }]] as const;
    expect(() => compareRuns(...sides, { version: "0.1.0" })).toThrow(
      expect.objectContaining({ code: "NK_HISTOGRAM_BAD", subject: "a.json, interval 0" }),
    );
  });
});

describe("a run that contradicts itself", () => {
  const { totals, latency, statuses, endpoints } = RUN;
  test.each([
    ["totals.requests is not the sum", { totals: { ...totals, succeeded: totals.succeeded + 1 } }],
    [
      "latency.response.p99 is not what",
      { latency: { ...latency, response: { ...latency.response, p99: 7 } } },
    ],
    [
      "latency.response.count is not what",
      { latency: { ...latency, response: { ...latency.response, count: 2 } } },
    ],
    ["statuses counts more answers", { statuses: { ...statuses, "299": totals.requests } }],
    [
      "endpoints count more requests",
      {
        endpoints: endpoints.map((one) => ({
          ...one,
          totals: { ...one.totals, requests: totals.requests + 1 },
        })),
      },
    ],
  ])("is refused: %s", async (why, change) => {
    await expect(reading(JSON.stringify({ ...RUN, ...change }))).rejects.toThrow(
      expect.objectContaining({ code: "NK_RUN_FILE", why: expect.stringContaining(why) }),
    );
  });
});

describe("a baseline", () => {
  test("is a run as --out writes it", async () => {
    expect(await reading(JSON.stringify(RUN))).toEqual(RUN);
  });

  test.each([
    ["no JSON", "{", "it is not JSON"],
    ["nothing", "null", 'its schema is none, and "netkit.run/1" is needed'],
    ["another document", '{"schema":"netkit.ready/1"}', 'its schema is "netkit.ready/1"'],
    ["half a run", JSON.stringify({ ...RUN, totals: undefined }), "totals"],
    ["a run gone wrong", JSON.stringify({ ...RUN, histograms: 7 }), "histograms"],
    [
      "a damaged run",
      JSON.stringify({ ...RUN, histograms: { response: "AAAA" } }),
      "histograms.response is damaged",
    ],
  ])("that is %s is refused with exit 2", async (_what, text, why) => {
    const error = await reading(text).then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as NetkitError,
    );
    expect(error).toBeInstanceOf(NetkitError);
    expect(error.exitCode).toBe(2);
    expect(error.why).toContain(why);
  });
});
