import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFilters } from "../../../../src/engine/stats/live/filter.ts";
import { percentileOfBuckets } from "../../../../src/engine/stats/live/percentile.ts";
import { familyOf, HISTOGRAM_TYPE, histogram, seriesOf, tracked } from "./looking.ts";

describe("a counter", () => {
  test("has the rate of its difference", () => {
    const tracker = tracked(["a_total 100\n", "a_total 150\n", "a_total 160\n"]);
    expect(seriesOf(tracker, "a_total")).toMatchObject({
      value: 160,
      increase: 60,
      rate: 30,
      continuity: "counted",
    });
  });

  test("seen once has no rate", () => {
    expect(seriesOf(tracked(["a_total 100\n"]), "a_total")).toMatchObject({
      increase: null,
      rate: null,
      continuity: "unknown",
    });
  });

  test("that fell began again from 0: all that it shows is new", () => {
    const tracker = tracked(["a_total 100\n", "a_total 7\n", "a_total 9\n"]);
    expect(seriesOf(tracker, "a_total")).toMatchObject({ increase: 9, rate: 4.5, continuity: "reset" });
  });

  test("whose created time moved began again, although it shows more", () => {
    const at = (value: number, created: number) =>
      `# TYPE a counter\na_total ${value}\na_created ${created}\n# EOF\n`;
    expect(seriesOf(tracked([at(5, 1000), at(8, 1001)]), "a_total")).toMatchObject({
      increase: 8,
      continuity: "reset",
    });
    expect(seriesOf(tracked([at(5, 1000), at(8, 1000)]), "a_total")).toMatchObject({ increase: 3 });
  });

  test("of a process that began later was reset with the one that fell; a later start alone says nothing", () => {
    const at = (start: number, slow: number, fast: number) =>
      `process_start_time_seconds ${start}\nslow_total ${slow}\nfast_total ${fast}\n`;
    const restarted = tracked([at(1, 100, 5), at(2, 3, 50)]);
    expect(seriesOf(restarted, "fast_total")).toMatchObject({ increase: 50, continuity: "reset" });
    const oneWorker = tracked([at(1, 100, 5), at(2, 103, 50)]);
    expect(seriesOf(oneWorker, "fast_total")).toMatchObject({ increase: 45, continuity: "counted" });
  });

  test("that appears counted from 0, and one that goes away is gone", () => {
    const tracker = tracked(['a_total{x="1"} 5\n', 'a_total{x="2"} 8\n']);
    expect(seriesOf(tracker, "a_total")).toMatchObject({
      labels: { x: "2" },
      increase: 8,
      continuity: "appeared",
    });
    expect(tracker.gone).toBe(1);
  });

  test("with times of its own has the rate of those", () => {
    expect(seriesOf(tracked(["a_total 10 1000\n", "a_total 40 4000\n"]), "a_total")).toMatchObject({
      rate: 10,
    });
    // The exporter had not looked again.
    expect(seriesOf(tracked(["a_total 10 1000\n", "a_total 10 1000\n"]), "a_total")).toMatchObject({
      rate: null,
    });
  });

  test("of several series adds up", () => {
    const at = (a: number, b: number) => `a_total{x="1"} ${a}\na_total{x="2"} ${b}\n`;
    expect(familyOf(tracked([at(1, 10), at(3, 15)]), "a_total").total).toMatchObject({ value: 18, rate: 7 });
  });

  test("whatever it shows, its increase is the sum of what it rose by and what it began again with", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 20 }), (values) => {
        const expected = values
          .slice(1)
          .reduce((sum, value, at) => sum + (value < values[at]! ? value : value - values[at]!), 0);
        const tracker = tracked(values.map((value) => `a_total ${value}\n`));
        expect(seriesOf(tracker, "a_total")).toMatchObject({ increase: expected });
      }),
    );
  });
});

describe("a histogram", () => {
  test("has percentiles of what came between the scrapes, each with its bucket", () => {
    const before = HISTOGRAM_TYPE + histogram([1000, 1000, 1000], "", 10);
    const after = HISTOGRAM_TYPE + histogram([1050, 1090, 1100], "", 60);
    expect(seriesOf(tracked([before, after]), "h_seconds")).toMatchObject({
      count: 1100,
      increase: 100,
      rate: 100,
      mean: 0.5,
      percentiles: [
        { percentile: 50, value: 0.1, from: 0, le: 0.1 },
        { percentile: 90, value: 0.5, from: 0.1, le: 0.5 },
        { percentile: 99, value: null, from: 0.5, le: "+Inf" },
        { percentile: 99.9, value: null, from: 0.5, le: "+Inf" },
      ],
      buckets: [
        { le: 0.1, count: 50 },
        { le: 0.5, count: 40 },
        { le: "+Inf", count: 10 },
      ],
    });
  });

  test("without an observation in between has none", () => {
    const text = HISTOGRAM_TYPE + histogram([5, 6, 7]);
    expect(seriesOf(tracked([text, text]), "h_seconds")).toMatchObject({
      rate: 0,
      mean: null,
      percentiles: [],
    });
  });

  test("of which one bucket fell was reset, although its count grew", () => {
    const tracker = tracked([HISTOGRAM_TYPE + histogram([5, 6, 7]), HISTOGRAM_TYPE + histogram([2, 7, 9])]);
    expect(seriesOf(tracker, "h_seconds")).toMatchObject({ increase: 9, continuity: "reset" });
  });

  test("of several labels with the same bounds adds up, and the percentile is that of all", () => {
    const at = (a: number, b: number) =>
      HISTOGRAM_TYPE + histogram([a, a, a], 'r="1"') + histogram([0, b, b], 'r="2"');
    const { total } = familyOf(tracked([at(0, 0), at(50, 50)]), "h_seconds");
    expect(total).toMatchObject({ increase: 100, percentiles: [{ percentile: 50, value: 0.1 }, {}, {}, {}] });
  });

  test("of gauges tells what is there now", () => {
    const at = (n: number) =>
      `# TYPE q gaugehistogram\nq_bucket{le="10.0"} ${n}\nq_bucket{le="+Inf"} ${n}\nq_gcount ${n}\nq_gsum 4\n# EOF\n`;
    expect(seriesOf(tracked([at(8), at(4)]), "q")).toMatchObject({
      count: 4,
      rate: null,
      mean: 1,
      percentiles: [{ percentile: 50, value: 5 }, {}, {}, {}],
    });
  });
});

describe("a percentile of buckets", () => {
  test("lies inside its bucket and never falls, as bounds from exact values prove", () => {
    const bounds = [0.001, 0.01, 0.1, 1, Number.POSITIVE_INFINITY];
    const values = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 100, noNaN: true }), (all, percentile) => {
        const buckets = bounds.map((le) => ({ le, count: all.filter((value) => value <= le).length }));
        const { value, from, le } = percentileOfBuckets(buckets, percentile)!;
        const sorted = [...all].sort((a, b) => a - b);
        const truth = sorted[Math.max(0, Math.ceil((percentile / 100) * all.length) - 1)]!;
        const upper = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
        expect(truth).toBeGreaterThanOrEqual(from);
        expect(truth).toBeLessThanOrEqual(upper);
        if (le === "+Inf") expect(value).toBeNull();
        else {
          expect(value).toBeGreaterThanOrEqual(from);
          expect(value).toBeLessThanOrEqual(upper);
        }
      }),
    );
  });

  test("of nothing is none", () => {
    expect(
      percentileOfBuckets(
        [
          { le: 1, count: 0 },
          { le: Number.POSITIVE_INFINITY, count: 0 },
        ],
        50,
      ),
    ).toBeUndefined();
    expect(percentileOfBuckets([], 50)).toBeUndefined();
  });
});

describe("a gauge and a summary", () => {
  test("a gauge has its course, and may fall", () => {
    expect(seriesOf(tracked(["g 3\n", "g NaN\n", "g 1\n"]), "g")).toMatchObject({
      value: 1,
      min: 1,
      mean: 2,
      max: 3,
    });
    expect(seriesOf(tracked(["g +Inf\n"]), "g")).toMatchObject({ value: "+Inf", min: null, mean: null });
  });

  test("a summary is shown as it is, with the rate and the mean of the interval", () => {
    const at = (count: number, sum: number) =>
      `# TYPE s summary\ns{quantile="0.5"} 3\ns{quantile="0.99"} NaN\ns_sum ${sum}\ns_count ${count}\n`;
    expect(seriesOf(tracked([at(10, 100), at(30, 140)]), "s")).toMatchObject({
      rate: 20,
      mean: 2,
      quantiles: [
        { quantile: 0.5, value: 3 },
        { quantile: 0.99, value: "NaN" },
      ],
    });
  });
});

describe("a filter", () => {
  const TEXT = 'http_a_total{route="/"} 1\nhttp_a_total{route="/echo"} 1\nhttp_b 1\nother 1\n';
  const taken = (...filters: string[]) =>
    [...tracked([TEXT], ...filters).families].map(([name, { series }]) => `${name} ${series.size}`);

  test.each([
    [[], ["http_a_total 2", "http_b 1", "other 1"]],
    [["http_*"], ["http_a_total 2", "http_b 1"]],
    [["the"], ["other 1"]],
    [
      ["a_total", "other"],
      ["http_a_total 2", "other 1"],
    ],
    [["route=/"], ["http_a_total 1"]],
    [['{route="/e*"}'], ["http_a_total 1"]],
    [["route=/", "route=/echo"], ["http_a_total 2"]],
    [["http_b", "route="], ["http_b 1"]],
    [["h.*"], []],
  ])("%j takes %j", (filters, expected) => {
    expect(taken(...filters)).toEqual(expected);
  });

  test("that is empty is refused", () => {
    expect(() => parseFilters([" "])).toThrow(/a filter is empty/);
  });
});
