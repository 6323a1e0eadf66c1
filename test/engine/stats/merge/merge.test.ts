// merge(a, b) is the run of the union: histograms, counts and percentiles as if one run had had both their requests.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHistogram, encodeHistogram } from "../../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../../src/core/metrics/histogram.ts";
import { summarize } from "../../../../src/core/metrics/latency-summary.ts";
import type { RunResult } from "../../../../src/core/run-document.ts";
import { mergeRuns } from "../../../../src/engine/stats/merge/merge.ts";
import { addSummaries } from "../../../../src/engine/stats/merge/summaries.ts";
import { runSchema } from "../../../../src/report/schemas/run.ts";
import { CALM } from "../../../report/fixtures/run-result.ts";

const START_MS = Date.parse("2026-11-23T08:00:00.000Z");

/** A run that answered in these times, begun so many seconds after the first. */
function runOf(
  responsesUs: readonly number[],
  afterSeconds: number,
  changes: Partial<RunResult> = {},
): RunResult {
  const histogram = histogramOf(responsesUs);
  const base = CALM;
  return {
    ...base,
    startedAt: new Date(START_MS + afterSeconds * 1000).toISOString(),
    totals: {
      ...base.totals,
      requests: responsesUs.length,
      succeeded: responsesUs.length,
      failed: 0,
      censored: 0,
      seconds: 10,
    },
    plan: { ...base.plan, warmupSeconds: 1, durationSeconds: 10, requests: null },
    latency: {
      ...base.latency,
      response: summarize(histogram),
    },
    histograms: histogram.isEmpty ? {} : { response: encodeHistogram(histogram) },
    ...changes,
  };
}

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const named = (...runs: readonly RunResult[]) => runs.map((run, at) => ({ name: `run-${at}.json`, run }));
const times = fc.array(fc.nat(4_000_000_000), { maxLength: 200 });

describe("merged", () => {
  test("is the union, whatever the two are", () => {
    fc.assert(
      fc.property(times, times, (a, b) => {
        const merged = mergeRuns(named(runOf(a, 0), runOf(b, 60)));
        const union = histogramOf([...a, ...b]);
        expect(merged.totals.requests).toBe(a.length + b.length);
        const { mean, stdev, ...exact } = summarize(union);
        expect(merged.latency.response).toMatchObject(exact);
        if (union.isEmpty) {
          expect(merged.histograms.response).toBeUndefined();
          return;
        }
        expect(merged.latency.response.mean).toBeCloseTo(mean!, 3);
        expect(merged.latency.response.stdev! / Math.max(1, stdev!)).toBeCloseTo(stdev! < 1 ? 0 : 1, 3);
        const { indices, counts } = decodeHistogram(merged.histograms.response!).snapshot();
        const whole = union.snapshot();
        expect([[...indices], [...counts]]).toEqual([[...whole.indices], [...whole.counts]]);
      }),
    );
  });

  test("does not depend on the order in which the files are named", () => {
    const [a, b, c] = [runOf([1, 2, 3], 0), runOf([50, 60], 60), runOf([700], 120)];
    const forth = mergeRuns(named(a, b, c));
    const back = mergeRuns(named(c, b, a));
    expect(back).toEqual(forth);
    expect(
      mergeRuns([
        { name: "ab", run: mergeRuns(named(a, b)) },
        { name: "c", run: c },
      ]).latency,
    ).toEqual(forth.latency);
  });

  test("has its seconds one after the other, and fits the schema of a run", () => {
    const merged = mergeRuns(named(runOf([5], 0), runOf([6], 60)));
    const starts = merged.intervals.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort((x, y) => x - y));
    expect(new Set(starts).size).toBe(starts.length);
    expect(merged.totals.seconds).toBe(20);
    expect(merged.plan.durationSeconds).toBe(20);
    expect(runSchema.safeParse(merged).error).toBeUndefined();
  });

  test("is as good as the worst of its parts", () => {
    const good = runOf([5], 0);
    const bad = runOf([6], 60);
    const merged = mergeRuns(
      named(good, { ...bad, quality: { ...bad.quality, verdict: "invalid", reasons: ["busy"] } }),
    );
    expect(merged.quality).toMatchObject({ verdict: "invalid", reasons: ["busy"] });
  });
});

describe("refused", () => {
  test("runs that overlap, the same run twice among them", () => {
    const run = runOf([5], 0);
    expect(() => mergeRuns(named(run, run))).toThrow(expect.objectContaining({ code: "NK_RUNS_OVERLAP" }));
    // One second of warm-up, ten of measuring.
    expect(() => mergeRuns(named(run, runOf([5], 10.9)))).toThrow(/overlap in time/);
    expect(mergeRuns(named(run, runOf([5], 11))).totals.requests).toBe(2);
  });

  test("runs of another plan or place, by the field that differs", () => {
    const run = runOf([5], 0);
    const faster = runOf([5], 60);
    const other = { ...faster, plan: { ...faster.plan, connections: 51 } };
    expect(() => mergeRuns(named(run, other))).toThrow(
      expect.objectContaining({
        code: "NK_RUNS_UNLIKE",
        why: expect.stringContaining("plan.connections is"),
      }),
    );
    const elsewhere = { ...faster, environment: { ...faster.environment, hostname: "elsewhere" } };
    expect(() => mergeRuns(named(run, elsewhere))).toThrow(/not the same kind of run/);
  });

  test("a histogram that is damaged, by its file and name", () => {
    const broken = { ...runOf([5], 60), histograms: { response: "AAAA" } };
    expect(() => mergeRuns(named(runOf([5], 0), broken))).toThrow(
      expect.objectContaining({ code: "NK_HISTOGRAM_BAD", subject: "run-1.json: histograms.response" }),
    );
  });

  test("a single run", () => {
    expect(() => mergeRuns(named(runOf([5], 0)))).toThrow(expect.objectContaining({ code: "NK_USAGE" }));
  });
});

test("summaries without histograms keep exact moments and lose their percentiles", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e6), { minLength: 1 }), fc.array(fc.nat(1e6), { minLength: 1 }), (a, b) => {
      const sum = addSummaries(summarize(histogramOf(a)), summarize(histogramOf(b)));
      const union = summarize(histogramOf([...a, ...b]));
      expect(sum).toMatchObject({ count: union.count, min: union.min, max: union.max, p99: null });
      expect(sum.mean).toBeCloseTo(union.mean!, 4);
      expect(sum.stdev).toBeCloseTo(union.stdev!, 3);
    }),
  );
});
