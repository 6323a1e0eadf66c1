import { describe, expect, test } from "vitest";
import { readBaseline } from "../../../src/commands/shared/baseline-file.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import { encodeHistogram } from "../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { CALM } from "../../report/fixtures/run-result.ts";

const reading = (text: string) => readBaseline("run.json", async () => Buffer.from(text));

const histogram = new LatencyHistogram();
histogram.record(1_000);
const RUN = { ...CALM, histograms: { response: encodeHistogram(histogram) } };

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
