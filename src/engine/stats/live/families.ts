/** What a tracker has gathered as plain results: growth as rates, buckets as percentiles, series added up. */
import { assertNever } from "../../../core/exhaustive.ts";
import type { Bucket, Labels } from "./exposition/family.ts";
import { figure } from "./figure.ts";
import { counted, sameBounds, type Tracked } from "./growth.ts";
import { percentileOfBuckets, SHOWN_PERCENTILES } from "./percentile.ts";
import type { Continuity, Distribution, FamilyResult, Growth, SeriesResult } from "./result.ts";
import type { TrackedFamily, Tracker } from "./tracker.ts";

export function familyResults(tracker: Tracker): FamilyResult[] {
  return [...tracker.families.values()].map((placed) => {
    const { name, kind, unit, help } = placed.family;
    const present = [...placed.series].filter(([key]) => tracker.isPresent(name, key));
    const series = present.map(([, tracked]) => seriesResult(tracked, placed));
    const merged = mergeSeries(present.map(([, tracked]) => tracked));
    const total = merged === undefined ? null : seriesResult(merged, placed);
    return { name, kind, unit, help, series, total };
  });
}

/** All of them as one series; undefined where they do not add up. A single one is its own total. */
export function mergeSeries(all: readonly Tracked[]): Tracked | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  if (others.length === 0) return first;
  let total = { ...first, series: { ...first.series, labels: [] as Labels } };
  for (const one of others) {
    const joined = join(total, one);
    if (joined === undefined) return undefined;
    total = joined;
  }
  return total;
}

function join(a: Tracked, b: Tracked): Tracked | undefined {
  const [left, right] = [a.series.sample, b.series.sample];
  const both = {
    ...a,
    increase: a.increase + b.increase,
    seconds: Math.max(a.seconds, b.seconds),
    continuity: joinContinuity(a.continuity, b.continuity),
    sum: a.sum === null || b.sum === null ? null : a.sum + b.sum,
  };
  if (left.kind === "counter" && right.kind === "counter") {
    const sample = { kind: "counter" as const, value: left.value + right.value };
    return { ...both, series: { ...a.series, sample } };
  }
  if (left.kind !== "histogram" || right.kind !== "histogram" || !sameBounds(left.buckets, right.buckets)) {
    return undefined;
  }
  const sum = left.sum === null || right.sum === null ? null : left.sum + right.sum;
  const sample = { kind: "histogram" as const, buckets: addBuckets(left.buckets, right.buckets), sum };
  return { ...both, buckets: addBuckets(a.buckets, b.buckets), series: { ...a.series, sample } };
}

function addBuckets(a: readonly Bucket[], b: readonly Bucket[]): Bucket[] {
  return a.map(({ le, count }, at) => ({ le, count: count + b[at]!.count }));
}

function joinContinuity(a: Continuity, b: Continuity): Continuity {
  if (a === b) return a;
  if (a === "reset" || b === "reset") return "reset";
  return a === "unknown" || b === "unknown" ? "unknown" : "counted";
}

function growthOf({ continuity, increase, seconds }: Tracked): Growth {
  if (continuity === "unknown") return { increase: null, rate: null, continuity };
  return { increase, rate: seconds > 0 ? increase / seconds : null, continuity };
}

function seriesResult(tracked: Tracked, { family }: TrackedFamily): SeriesResult {
  const { series, gauge } = tracked;
  const { sample } = series;
  const labels = Object.fromEntries(series.labels);
  switch (sample.kind) {
    case "counter":
      return { kind: "counter", labels, value: figure(sample.value), ...growthOf(tracked) };
    case "gauge": {
      const known = gauge.count > 0;
      return {
        kind: "gauge",
        labels,
        value: figure(sample.value),
        min: known ? gauge.min : null,
        mean: known ? gauge.sum / gauge.count : null,
        max: known ? gauge.max : null,
      };
    }
    case "histogram": {
      const count = counted(sample);
      // A gauge histogram tells what is there now; nothing is added to it.
      const isGauge = family.kind === "gauge-histogram";
      const growth = isGauge
        ? ({ increase: null, rate: null, continuity: "unknown" } as const)
        : growthOf(tracked);
      const shown = isGauge
        ? distribution(sample.buckets, sample.sum)
        : distribution(tracked.buckets, tracked.sum);
      return { kind: "histogram", labels, count, ...growth, ...shown };
    }
    case "summary": {
      const { increase, sum } = tracked;
      return {
        kind: "summary",
        labels,
        count: sample.count,
        mean: sum === null || !(increase > 0) ? null : sum / increase,
        quantiles: sample.quantiles.map(({ quantile, value }) => ({ quantile, value: figure(value) })),
        ...(sample.count === null ? { ...growthOf(tracked), increase: null, rate: null } : growthOf(tracked)),
      };
    }
    default:
      return assertNever(sample);
  }
}

function distribution(buckets: readonly Bucket[], sum: number | null): Distribution {
  const total = buckets.at(-1)?.count ?? 0;
  return {
    mean: sum === null || !Number.isFinite(sum) || !(total > 0) ? null : sum / total,
    percentiles: SHOWN_PERCENTILES.flatMap((percentile) => percentileOfBuckets(buckets, percentile) ?? []),
    buckets: buckets.map(({ le, count }, at) => ({
      le: figure(le),
      count: count - (at === 0 ? 0 : buckets[at - 1]!.count),
    })),
  };
}
