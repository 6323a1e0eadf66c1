/**
 * What was added to one count from scrape to scrape.
 *
 * A count that fell, or whose `_created` moved, was reset: it began again at 0, so all that it shows now is new, and
 * what it counted between the last scrape and the reset is lost. A series that was not there counted from 0. This is
 * what Prometheus' increase() does, without its extrapolation: both scrapes are our own.
 */
import type { Bucket, Sample, Series } from "./exposition/family.ts";
import type { Continuity } from "./result.ts";

/** Sums over the intervals since the tracking began. */
export interface Tracked {
  series: Series;
  continuity: Continuity;
  /** Of a counter its value, of a histogram or summary its count. */
  increase: number;
  sum: number | null;
  /** Cumulative over the bounds; empty where there are none. */
  buckets: readonly Bucket[];
  /** Seconds that the increase came about in. */
  seconds: number;
  readonly gauge: { min: number; max: number; sum: number; count: number };
}

export function startTracking(series: Series): Tracked {
  const { sample } = series;
  const tracked: Tracked = {
    series,
    continuity: "unknown",
    increase: 0,
    sum: "sum" in sample && sample.sum !== null ? 0 : null,
    buckets: sample.kind === "histogram" ? sample.buckets.map(({ le }) => ({ le, count: 0 })) : [],
    seconds: 0,
    gauge: { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, count: 0 },
  };
  noteGauge(tracked, sample);
  return tracked;
}

/** @param seconds between the two scrapes @param restarted the whole process began anew */
export function track(tracked: Tracked, after: Series, seconds: number, restarted: boolean): void {
  const before = tracked.series;
  const isReset = restarted || wasReset(before, after);
  tracked.series = after;
  noteGauge(tracked, after.sample);
  grow(tracked, isReset ? undefined : before.sample, after.sample);
  tracked.seconds += elapsed(before, after, seconds);
  if (isReset) tracked.continuity = "reset";
  else if (tracked.continuity === "unknown") tracked.continuity = "counted";
}

/** For a series that the scrape before did not have. @param seconds since the tracking began */
export function trackAppeared(tracked: Tracked, seconds: number): void {
  grow(tracked, undefined, tracked.series.sample);
  tracked.seconds += seconds;
  tracked.continuity = "appeared";
}

/** A counter, histogram or summary of which anything fell. */
export function wasReset(before: Series, after: Series): boolean {
  if (before.created !== null && after.created !== null && after.created > before.created) return true;
  const [old, now] = [before.sample, after.sample];
  if (old.kind === "gauge" || old.kind !== now.kind) return false;
  if (counted(now) < counted(old)) return true;
  if (old.kind !== "histogram" || now.kind !== "histogram") return false;
  // Other bounds are another histogram.
  if (!sameBounds(old.buckets, now.buckets)) return true;
  return now.buckets.some(({ count }, at) => count < old.buckets[at]!.count);
}

export function sameBounds(a: readonly Bucket[], b: readonly Bucket[]): boolean {
  return a.length === b.length && a.every(({ le }, at) => le === b[at]!.le);
}

/** What a sample has counted since it began. */
export function counted(sample: Sample): number {
  switch (sample.kind) {
    case "counter":
    case "gauge":
      return sample.value;
    case "histogram":
      return sample.buckets.at(-1)!.count;
    case "summary":
      return sample.count ?? 0;
  }
}

/** The exporter's own times, where it gives them: what it caches did not count while we waited. */
function elapsed(before: Series, after: Series, seconds: number): number {
  if (before.timestampMs === null || after.timestampMs === null) return seconds;
  return Math.max(0, (after.timestampMs - before.timestampMs) / 1000);
}

function grow(tracked: Tracked, before: Sample | undefined, after: Sample): void {
  if (after.kind === "gauge") return;
  tracked.increase += counted(after) - (before === undefined ? 0 : counted(before));
  if (after.kind === "counter") return;
  const oldSum = before !== undefined && "sum" in before ? before.sum : 0;
  tracked.sum =
    tracked.sum === null || after.sum === null || oldSum === null ? null : tracked.sum + after.sum - oldSum;
  if (after.kind !== "histogram") return;
  const old = before?.kind === "histogram" ? before.buckets : undefined;
  // With other bounds than before, what was gathered under the old ones cannot be kept.
  const kept = sameBounds(tracked.buckets, after.buckets) ? tracked.buckets : undefined;
  let most = 0;
  tracked.buckets = after.buckets.map(({ le, count }, at) => {
    most = Math.max(most, (kept?.[at]?.count ?? 0) + count - (old?.[at]?.count ?? 0));
    return { le, count: most };
  });
}

function noteGauge({ gauge }: Tracked, sample: Sample): void {
  if (sample.kind !== "gauge" || !Number.isFinite(sample.value)) return;
  gauge.min = Math.min(gauge.min, sample.value);
  gauge.max = Math.max(gauge.max, sample.value);
  gauge.sum += sample.value;
  gauge.count++;
}
