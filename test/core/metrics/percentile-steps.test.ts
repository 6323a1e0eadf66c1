import fc from "fast-check";
import { build } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { percentileSteps } from "../../../src/core/metrics/percentile-steps.ts";

const values = fc.array(fc.integer({ min: 0, max: 50_000_000 }), { minLength: 1, maxLength: 300 });

test("the steps are those of HdrHistogram's percentile iterator", () => {
  fc.assert(
    fc.property(values, fc.constantFrom(1, 2, 5, 20), (list, ticks) => {
      const ours = new LatencyHistogram();
      const reference = build({ bitBucketSize: 64, highestTrackableValue: 2 ** 32 - 1 });
      for (const value of list) {
        ours.record(value);
        reference.recordValue(value);
      }
      const lines = reference
        .outputPercentileDistribution(ticks, 1)
        .trim()
        .split("\n")
        .filter((line) => /^ *\d/.test(line))
        .map((line) => line.trim().split(/ +/));
      const steps = percentileSteps(ours, ticks);
      expect(steps.map(({ share, total }) => `${share.toFixed(12)},${total}`)).toEqual(
        lines.map(([, share, total]) => `${share},${total}`),
      );
      // A bucket's highest value there; here never above the true maximum.
      const max = Math.max(...list);
      expect(steps.map(({ valueUs }) => valueUs)).toEqual(
        lines.map(([value]) => Math.min(Number(value), max)),
      );
    }),
    { numRuns: 200 },
  );
});

test("an empty histogram has no steps", () => {
  expect(percentileSteps(new LatencyHistogram())).toEqual([]);
});

test("a single value stands at 0 % and at 100 %", () => {
  const histogram = new LatencyHistogram();
  histogram.record(7);
  expect(percentileSteps(histogram)).toEqual([
    { valueUs: 7, share: 0, total: 1 },
    { valueUs: 7, share: 1, total: 1 },
  ]);
});
