import fc from "fast-check";
import { build, Float64Histogram } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import {
  BUCKET_COUNT,
  bucketHighUs,
  bucketIndex,
  bucketLowUs,
  LatencyHistogram,
  MAX_LATENCY_US,
  snapshotBuffers,
} from "../../../src/core/metrics/histogram.ts";

// Uniform integers would almost never be small; latencies spread over the orders of magnitude.
const latency = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 10_000_000 }),
  fc.integer({ min: 0, max: MAX_LATENCY_US }),
);
const latencies = fc.array(latency, { maxLength: 200 });
const someLatencies = fc.array(latency, { minLength: 1, maxLength: 200 });

function recorded(values: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Everything but the sum of squares, which floating point adds in different orders. */
function essence(histogram: LatencyHistogram): unknown {
  const { sumSquares: _, ...rest } = histogram.snapshot();
  return rest;
}

function expectSame(a: LatencyHistogram, b: LatencyHistogram): void {
  expect(essence(a)).toEqual(essence(b));
  if (b.isEmpty) return;
  // Half a microsecond of rounding at the very top of the range, nothing anyone can see below it.
  expect(Math.abs(a.stdev! - b.stdev!)).toBeLessThanOrEqual(1e-6 * (1 + b.max!));
}

describe("buckets", () => {
  test("cover 0 to 2^32-1 without a gap, and each bound is in its own bucket", () => {
    let next = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const low = bucketLowUs(index);
      const high = bucketHighUs(index);
      if (low !== next || bucketIndex(low) !== index || bucketIndex(high) !== index) {
        throw new Error(`bucket ${index} is ${low} to ${high}`);
      }
      next = high + 1;
    }
    expect(next).toBe(MAX_LATENCY_US + 1);
  });

  test("are those of an HdrHistogram with three significant digits", () => {
    const reference = new Float64Histogram(1, 2 ** 32, 3);
    fc.assert(
      fc.property(latency, (value) => {
        expect(bucketLowUs(bucketIndex(value))).toBe(reference.lowestEquivalentValue(value));
        expect(bucketHighUs(bucketIndex(value))).toBe(reference.highestEquivalentValue(value));
      }),
      { numRuns: 1000 },
    );
  });

  test("are narrower than 0.1 % of their values", () => {
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const width = bucketHighUs(index) - bucketLowUs(index);
      if (width > 0.001 * bucketLowUs(index)) throw new Error(`bucket ${index} is ${width} wide`);
    }
  });
});

describe("recording", () => {
  test("cuts fractions off and clamps to 0 and 2^32-1", () => {
    const histogram = recorded([
      1.9,
      -5,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      2 ** 40,
      Number.POSITIVE_INFINITY,
    ]);
    expect([...histogram]).toEqual([
      [0, 3],
      [1, 1],
      [MAX_LATENCY_US, 2],
    ]);
    expect(recorded([MAX_LATENCY_US - 1 + 0.5]).max).toBe(MAX_LATENCY_US - 1);
  });

  test("an empty histogram has no figures, and invents none", () => {
    const empty = new LatencyHistogram();
    expect(empty.isEmpty).toBe(true);
    expect([empty.count, empty.sum]).toEqual([0, 0]);
    expect([empty.min, empty.max, empty.mean, empty.stdev]).toEqual(Array(4).fill(undefined));
    expect(empty.percentiles([0, 50, 100])).toEqual([undefined, undefined, undefined]);
    expect([...empty]).toEqual([]);
    expect(empty.countBetween(0, MAX_LATENCY_US)).toBe(0);
    expect(empty.countAbove(0)).toBe(0);
  });

  test("recordCount equals recording the value as often", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(latency, fc.integer({ min: 0, max: 20 }))), (pairs) => {
        const counted = new LatencyHistogram();
        for (const [value, n] of pairs) counted.recordCount(value, n);
        expectSame(counted, recorded(pairs.flatMap(([value, n]) => Array<number>(n).fill(value))));
      }),
    );
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("recordCount refuses the count %d", (n) => {
    expect(() => new LatencyHistogram().recordCount(5, n)).toThrow(RangeError);
  });

  test("counts more in one bucket than 32 bits hold", () => {
    const histogram = new LatencyHistogram();
    histogram.recordCount(70_000, 2 ** 40);
    histogram.record(70_000);
    expect(histogram.count).toBe(2 ** 40 + 1);
    expect(histogram.snapshot().counts).toEqual(Float64Array.of(2 ** 40 + 1));
  });

  test("reset empties it, whatever it held", () => {
    fc.assert(
      fc.property(latencies, latencies, (before, after) => {
        const histogram = recorded(before);
        histogram.reset();
        expect(histogram.isEmpty).toBe(true);
        for (const value of after) histogram.record(value);
        expectSame(histogram, recorded(after));
      }),
    );
  });
});

describe("figures", () => {
  test("mean and deviation are those of the values, not of the buckets", () => {
    const values = [1_000_003, 2_000_005, 6_000_007];
    const histogram = recorded(values);
    const mean = 3_000_005;
    expect(histogram.mean).toBe(mean);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(histogram.stdev).toBeCloseTo(Math.sqrt(variance), 6);
  });

  test("every percentile is within 0.1 % of the exact one by nearest rank", () => {
    fc.assert(
      fc.property(someLatencies, fc.double({ min: 0, max: 100, noNaN: true }), (values, percentile) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil((percentile * (1 - 1e-15) * values.length) / 100) - 1)]!;
        const found = recorded(values).valueAtPercentile(percentile)!;
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found - exact).toBeLessThanOrEqual(exact * 0.001);
      }),
      { numRuns: 1000 },
    );
  });

  test("every percentile is HdrHistogram's, cut at the true maximum", () => {
    const percentile = fc.oneof(
      fc.constantFrom(50, 75, 90, 95, 99, 99.9, 99.99, 100),
      fc.integer({ min: 1, max: 99 }),
    );
    fc.assert(
      fc.property(someLatencies, percentile, (values, wanted) => {
        const reference = build({
          bitBucketSize: 64,
          numberOfSignificantValueDigits: 3,
          highestTrackableValue: 2 ** 32,
        });
        for (const value of values) reference.recordValue(value);
        const expected = Math.min(reference.getValueAtPercentile(wanted), Math.max(...values));
        expect(recorded(values).valueAtPercentile(wanted)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("p0 is the true minimum and p100 the true maximum", () => {
    fc.assert(
      fc.property(someLatencies, (values) => {
        const histogram = recorded(values);
        expect(histogram.percentiles([0, 100])).toEqual([Math.min(...values), Math.max(...values)]);
        expect([histogram.min, histogram.max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  test("p99.9 of a thousand values is the 999th, not the 1000th", () => {
    const histogram = new LatencyHistogram();
    for (let value = 1; value <= 1000; value++) histogram.record(value);
    expect(histogram.percentiles([50, 90, 99, 99.9, 99.99])).toEqual([500, 900, 990, 999, 1000]);
  });

  test("countBetween and countAbove split the values at whole buckets", () => {
    fc.assert(
      fc.property(latencies, latency, latency, (values, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const histogram = recorded(values);
        const first = bucketLowUs(bucketIndex(low));
        const last = bucketHighUs(bucketIndex(high));
        expect(histogram.countBetween(low, high)).toBe(values.filter((v) => v >= first && v <= last).length);
        expect(histogram.countAbove(high)).toBe(values.filter((v) => v > last).length);
        expect(histogram.countBetween(0, high) + histogram.countAbove(high)).toBe(values.length);
      }),
      { numRuns: 500 },
    );
    expect(recorded([0, 1]).countAbove(-1)).toBe(2);
  });

  test("the spectrum is ascending and complete", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const spectrum = [...recorded(values)];
        expect(spectrum.map(([value]) => value)).toEqual(
          spectrum.map(([value]) => value).sort((a, b) => a - b),
        );
        expect(spectrum.reduce((sum, [, count]) => sum + count, 0)).toBe(values.length);
        if (values.length > 0) expect(spectrum.at(-1)![0]).toBe(Math.max(...values));
      }),
    );
  });
});

describe("merging", () => {
  test("add equals recording the union, in either order, and leaves the other as it was", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const union = recorded([...a, ...b]);
        const left = recorded(a);
        const right = recorded(b);
        left.add(right);
        expectSame(left, union);
        expect(right.snapshot()).toEqual(recorded(b).snapshot());
        right.add(recorded(a));
        expectSame(right, union);
      }),
    );
  });

  test("addSnapshot equals recording the union", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const histogram = recorded(a);
        histogram.addSnapshot(recorded(b).snapshot());
        expectSame(histogram, recorded([...a, ...b]));
      }),
    );
  });

  test("a histogram added to itself doubles", () => {
    const histogram = recorded([5, 70_000]);
    histogram.add(histogram);
    expectSame(histogram, recorded([5, 5, 70_000, 70_000]));
  });
});

describe("snapshots", () => {
  test("come back as the same histogram, through JSON and structured clone too", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const histogram = recorded(values);
        const snapshot = histogram.snapshot();
        expect(LatencyHistogram.fromSnapshot(snapshot).snapshot()).toEqual(snapshot);
        const moved = structuredClone(snapshot, { transfer: snapshotBuffers(snapshot) });
        expect(LatencyHistogram.fromSnapshot(moved).snapshot()).toEqual(histogram.snapshot());
        const plain = { ...moved, indices: [...moved.indices], counts: [...moved.counts] };
        const text = JSON.parse(JSON.stringify(plain)) as typeof plain;
        expect(LatencyHistogram.fromSnapshot(text).snapshot()).toEqual(histogram.snapshot());
      }),
    );
  });

  test("share no memory with the live histogram", () => {
    const histogram = recorded([5]);
    const snapshot = histogram.snapshot();
    histogram.record(5);
    histogram.reset();
    expect(snapshot.counts).toEqual(Float64Array.of(1));
    expect(snapshot.count).toBe(1);
  });

  const good = { count: 2, sum: 10, sumSquares: 50, min: 5, max: 5, indices: [5], counts: [2] };
  test.each<[string, object]>([
    ["an index out of range", { indices: [BUCKET_COUNT] }],
    ["a fractional index", { indices: [5.5] }],
    ["indices out of order", { indices: [5, 5], counts: [1, 1] }],
    ["lists of different length", { indices: [5, 6] }],
    ["a negative count", { counts: [-2] }],
    ["a count that does not add up", { count: 3 }],
    ["a minimum outside its buckets", { min: 4 }],
    ["a maximum outside its buckets", { max: 6 }],
    ["a maximum above the range", { max: 2 ** 32 + 5 }],
  ])("%s is refused and changes nothing", (_, change) => {
    const histogram = recorded([1]);
    expect(() => histogram.addSnapshot({ ...good, ...change })).toThrow(RangeError);
    expectSame(histogram, recorded([1]));
  });
});
