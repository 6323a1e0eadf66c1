/** What is drawn of a comparison: all runs of a side as one distribution, and as one course over time. */
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { Interval } from "../../core/run-document.ts";
import { distribution } from "../formats/distribution.ts";
import { joinMoments, MOST_POINTS } from "../formats/html/course-charts.ts";
import { withoutStub } from "../run-reading.ts";
import type { ComparedRuns, SideRuns } from "./format.ts";

/** Response times of all runs of a side, added up; undefined where nothing was answered. */
export function sideDistribution(runs: SideRuns): LatencyHistogram | undefined {
  const sum = new LatencyHistogram();
  for (const { run } of runs) {
    const histogram = distribution(run, "response");
    if (histogram !== undefined) sum.add(histogram);
  }
  return sum.isEmpty ? undefined : sum;
}

/** The true maximum, which the documents keep beside their histograms. Microseconds. */
export function sideMaxUs(runs: SideRuns): number {
  const known = runs.flatMap(({ run }) => run.latency.response.max ?? []);
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known);
}

export const COURSES = ["rate", "p50", "p99", "failed"] as const;
export type CourseName = (typeof COURSES)[number];

/** One value a moment; null where no run of the side has one. */
export type Course = Readonly<Record<CourseName, readonly (number | null)[]>>;

export interface Courses {
  /** Seconds since the end of the warm-up, or since the first slice. */
  readonly starts: readonly number[];
  readonly base: Course;
  readonly candidate: Course;
  /** Intervals of the runs that one moment joins. */
  readonly joined: number;
}

/**
 * Both sides on one axis of time, that of the longest run. Of several runs a side each moment shows the median; of joined
 * intervals a rate is that of all, and a latency that of the slowest.
 */
export function coursesOf({ base, candidate }: ComparedRuns): Courses | undefined {
  const all = [...base, ...candidate].map(({ run }) => withoutStub(run.intervals));
  const longest = all.reduce<readonly Interval[]>((a, b) => (b.length > a.length ? b : a), []);
  if (longest.length < 2) return undefined;
  const columns = Math.min(longest.length, MOST_POINTS);
  const edge = (column: number) => Math.floor((column * longest.length) / columns);
  const starts = Array.from({ length: columns }, (_, column) => longest[edge(column)]!.start);
  const courseOf = (runs: readonly (readonly Interval[])[]): Course => {
    const moments = runs.map((intervals) =>
      Array.from({ length: columns }, (_, column) => {
        const group = intervals.slice(edge(column), edge(column + 1));
        return group.length === 0 ? undefined : joinMoments(group);
      }),
    );
    const values = (pick: (moment: ReturnType<typeof joinMoments>) => number | null) =>
      starts.map((_, column) =>
        median(
          moments.flatMap((run) => {
            const moment = run[column];
            return moment === undefined ? [] : (pick(moment) ?? []);
          }),
        ),
      );
    return {
      rate: values(({ requests, seconds }) => (seconds > 0 ? requests / seconds : null)),
      failed: values(({ failed, seconds }) => (seconds > 0 ? failed / seconds : null)),
      p50: values(({ p50 }) => p50),
      p99: values(({ p99 }) => p99),
    };
  };
  return {
    starts,
    base: courseOf(all.slice(0, base.length)),
    candidate: courseOf(all.slice(base.length)),
    joined: longest.length / columns,
  };
}

/** Both sides by slice, each pair at the moment at which its first slice began. One of a side has no course. */
export function coursesOfPairs({ base, candidate }: ComparedRuns): Courses | undefined {
  const begin = (at: number): number =>
    Math.min(
      ...[base[at], candidate[at]].flatMap((one) => (one === undefined ? [] : Date.parse(one.run.startedAt))),
    );
  const pairs = Math.min(base.length, candidate.length);
  if (pairs < 2) return undefined;
  const courseOf = (slices: SideRuns): Course => {
    const runs = slices.slice(0, pairs).map(({ run }) => run);
    return {
      rate: runs.map(({ rate }) => rate.achieved),
      failed: runs.map(({ totals }) => (totals.seconds > 0 ? totals.failed / totals.seconds : null)),
      p50: runs.map(({ latency }) => latency.response.p50),
      p99: runs.map(({ latency }) => latency.response.p99),
    };
  };
  const starts = Array.from({ length: pairs }, (_, at) => (begin(at) - begin(0)) / 1000);
  return { starts, base: courseOf(base), candidate: courseOf(candidate), joined: 1 };
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
