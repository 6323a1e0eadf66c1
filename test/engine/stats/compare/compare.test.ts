// Comparisons of runs whose true difference is known.
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "../../../../src/core/metrics/histogram.ts";
import { testAlike } from "../../../../src/engine/stats/compare/aa.ts";
import { compareRuns } from "../../../../src/engine/stats/compare/compare.ts";
import type { CompareResult, MetricName } from "../../../../src/engine/stats/compare/result.ts";
import type { ComparedRun } from "../../../../src/engine/stats/compare/run.ts";
import { document, named, several } from "../run-document.ts";

const OPTIONS = { version: "0.0.0", resamples: 300 };

function metric(result: CompareResult, name: MetricName, endpoint: string | null = null) {
  return result.metrics.find((one) => one.metric === name && one.endpoint === endpoint)!;
}

const one = (run: ComparedRun, name?: string) => [named(run, name)];

describe("one run a side", () => {
  const base = document();

  test("a run compared with itself shows no change, and is the same where its noise is below the minimum effect", () => {
    const result = compareRuns(one(base), one(base), OPTIONS);
    expect(result.verdict).not.toBe("worse");
    expect(metric(result, "p50")).toMatchObject({ p: 1, basis: "within-runs" });
    expect(metric(result, "error_rate")).toMatchObject({ verdict: "same", p: 1 });
    expect(metric(result, "rate")).toMatchObject({ verdict: "same" });
    const lenient = compareRuns(one(base), one(base), { ...OPTIONS, minEffect: 0.1 });
    expect(lenient.verdict).toBe("same");
    expect(metric(result, "p99").change).toMatchObject({ kind: "ratio", value: 0 });
  });

  test("percentiles 20 % longer are worse, and better the other way round", () => {
    const slow = document({ medianUs: 12_000 }, 7);
    const result = compareRuns(one(base), one(slow), OPTIONS);
    for (const name of ["p50", "p90", "p99", "mean"] as const) {
      const found = metric(result, name);
      expect(found.verdict).toBe("worse");
      expect(found.change!.low).toBeLessThan(0.2);
      expect(found.change!.high).toBeGreaterThan(0.2);
      expect(found.furtherRuns).toBeNull();
    }
    expect(result.verdict).toBe("worse");
    const back = compareRuns(one(slow), one(base), OPTIONS);
    expect(metric(back, "p99").verdict).toBe("better");
  });

  test("values and change agree with each other and with the file", () => {
    const slow = document({ medianUs: 12_000 }, 7);
    const {
      base: before,
      candidate: after,
      change,
    } = metric(compareRuns(one(base), one(slow), OPTIONS), "p99");
    expect(change!.value).toBeCloseTo(after!.value / before!.value - 1, 12);
    expect(Math.abs(before!.value / base.latency.response.p99! - 1)).toBeLessThan(0.001);
  });

  test("a change below the minimum effect is the same, however significant", () => {
    const slightly = document({ medianUs: 10_200, secondSigma: 0, requestCorrelation: 0, seconds: 120 }, 3);
    const before = document({ secondSigma: 0, requestCorrelation: 0, seconds: 120 }, 4);
    const found = metric(compareRuns(one(before), one(slightly), { ...OPTIONS, minEffect: 0.05 }), "p50");
    expect(found.p).toBeLessThan(0.001);
    expect(found.verdict).toBe("same");
  });

  test("noise leaves it undecided, with the number of runs it takes", () => {
    const noisy = { secondSigma: 0.3, seconds: 30 };
    const found = metric(compareRuns(one(document(noisy, 1)), one(document(noisy, 2)), OPTIONS), "p50");
    expect(found).toMatchObject({ verdict: "undecided", reason: "interval-too-wide" });
    expect(found.furtherRuns).toBeGreaterThan(0);
  });

  test("failures that appear are worse, by a difference of shares", () => {
    const failing = document({ failing: 0.02 }, 2);
    const found = metric(compareRuns(one(base), one(failing), OPTIONS), "error_rate");
    expect(found).toMatchObject({ verdict: "worse", unit: "share" });
    expect(found.change!.kind).toBe("difference");
    expect(found.change!.value).toBeCloseTo(0.02, 2);
  });

  test("a run of a few seconds does not know its own spread, and says so", () => {
    const short = { seconds: 4 };
    const result = compareRuns(one(document(short, 1)), one(document(short, 2)), OPTIONS);
    expect(metric(result, "p50")).toMatchObject({
      verdict: "undecided",
      reason: "spread-unknown",
      furtherRuns: 3,
      change: null,
    });
    expect(result.furtherRuns).toBe(3);
  });

  test("a percentile with fewer than ten values beyond it is not judged", () => {
    const few = { perSecond: 20 };
    const result = compareRuns(one(document(few, 1)), one(document(few, 2)), OPTIONS);
    expect(metric(result, "p99")).toMatchObject({ verdict: "undecided", reason: "too-few-requests" });
    expect(metric(result, "p50").reason).not.toBe("too-few-requests");
  });

  test("unanswered requests beyond a percentile of the lower side leave it undecided", () => {
    const cut = { ...base, totals: { ...base.totals, succeeded: 29_400, censored: 600 } };
    const slow = document({ medianUs: 12_000 }, 7);
    const result = compareRuns(one(cut), one(slow), OPTIONS);
    expect(metric(result, "p99")).toMatchObject({ verdict: "undecided", reason: "unanswered" });
    expect(metric(result, "p99").base!.atLeast).toBe(true);
    expect(metric(result, "p50").verdict).toBe("worse");
    // On the higher side they can only make it worse still.
    const slowCut = { ...slow, totals: { ...slow.totals, succeeded: 29_400, censored: 600 } };
    expect(metric(compareRuns(one(base), one(slowCut), OPTIONS), "p99").verdict).toBe("worse");
  });

  test("the same files and seed give the same document", () => {
    const other = document({}, 5);
    expect(compareRuns(one(base), one(other), OPTIONS)).toEqual(compareRuns(one(base), one(other), OPTIONS));
  });
});

describe("several runs a side", () => {
  test("runs that differ more among themselves than their seconds explain widen the interval", () => {
    const scattered = (seed: number) =>
      several(4, {}, seed).map((one, at) =>
        named(document({ medianUs: 10_000 * (1 + 0.1 * (at % 2)) }, seed + at), one.name),
      );
    const result = compareRuns(scattered(10), scattered(20), OPTIONS);
    const found = metric(result, "p50");
    expect(found.basis).toBe("between-runs");
    expect(found.verdict).toBe("undecided");
    expect(found.permutation).toMatchObject({ exact: true, arrangements: 70 });
    expect(found.base!.runs).toHaveLength(4);
  });

  test("five runs a side 20 % apart are told by intervals and by permutation", () => {
    const result = compareRuns(several(5, {}, 30), several(5, { medianUs: 12_000 }, 40), OPTIONS);
    const found = metric(result, "p99");
    expect(found.verdict).toBe("worse");
    expect(found.permutation!.p).toBeCloseTo(2 / 252, 10);
  });

  test("an endpoint of several needs runs: with one a side its spread is unknown", () => {
    const withTwo = (seed: number, factor: number): ComparedRun => {
      const run = document({}, seed);
      const histogram = new LatencyHistogram();
      for (let at = 0; at < 20_000; at++) histogram.record((5000 + (at % 1000)) * factor * (1 + seed / 1000));
      const figures = { ...run.latency.response, p50: histogram.valueAtPercentile(50)! };
      const part = { totals: run.totals, latency: { response: figures } };
      return {
        ...run,
        endpoints: [
          { name: "/a", ...part },
          { name: "/b", ...part },
        ],
      };
    };
    const single = compareRuns(one(withTwo(1, 1)), one(withTwo(2, 1.2)), OPTIONS);
    expect(metric(single, "p50", "/a")).toMatchObject({ reason: "spread-unknown", furtherRuns: 3 });
    const runs = (from: number, factor: number) =>
      [0, 1, 2, 3].map((at) => named(withTwo(from + at, factor), `${from + at}.json`));
    const found = compareRuns(runs(1, 1), runs(5, 1.2), OPTIONS);
    expect(metric(found, "p50", "/b")).toMatchObject({ verdict: "worse", basis: "between-runs" });
  });
});

describe("A/A", () => {
  test("deals the blocks of one run's seconds, and finds few differences", () => {
    const result = testAlike(one(document({ seconds: 60 }, 3)), { ...OPTIONS, resamples: 100 });
    expect(result).toMatchObject({ mode: "aa", split: "seconds", splits: 100 });
    expect(result.falseAlarms).toBeLessThanOrEqual(0.05);
    const { better, worse, same, undecided } = result.metrics[0]!;
    expect(better + worse + same + undecided).toBe(100);
  });

  test("deals runs in every way there is", () => {
    const result = testAlike(several(4, { seconds: 20 }, 50), { ...OPTIONS, resamples: 100 });
    expect(result).toMatchObject({ split: "runs", splits: 3 });
    expect(result.falseAlarms).toBe(0);
  });

  test("refuses a single run too short to split", () => {
    expect(() => testAlike(one(document()), OPTIONS)).toThrow(/needs 40/);
  });
});
