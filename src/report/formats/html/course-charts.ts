/** Charts over time: rate, latency, failures, requests in flight. */

import type { Interval, RunResult } from "../../../core/run-document.ts";
import { formatMicros, formatMillis, formatRate, groupThousands } from "../../../core/units.ts";
import type { Chart } from "../../html/chart.ts";
import { plural, withoutStub } from "../../run-reading.ts";
import { condense } from "../../text/charts.ts";

/** More than a wide screen has columns for; a day of seconds is joined to one point a minute. */
export const MOST_POINTS = 1_440;

type Moment = Omit<Interval, "histogram" | "bytes">;

export interface Course {
  readonly charts: readonly Chart[];
  /** What was joined; undefined when every interval is drawn. */
  readonly note: string | undefined;
}

export function courseOf(result: RunResult): Course {
  const whole = withoutStub(result.intervals);
  if (whole.length === 0) return { charts: [], note: undefined };
  const moments = condense<Moment>(whole, MOST_POINTS, joinMoments);
  const charts = [
    rateChart(result, moments),
    latencyChart(moments),
    ...(moments.some(({ failed }) => failed > 0) ? [failureChart(moments)] : []),
    flightChart(moments),
  ];
  if (moments.length === whole.length) return { charts, note: undefined };
  const seconds = whole.reduce((sum, { seconds }) => sum + seconds, 0) / moments.length;
  const note = `${groupThousands(whole.length)} intervals are drawn as ${groupThousands(moments.length)} points of ${formatMillis(seconds * 1000)} each: rates are those of the whole point; of latencies and requests in flight each point shows the highest interval, so that no spike is averaged away.`;
  return { charts, note };
}

/** Counts add up; of several percentiles the worst stays. */
export function joinMoments(group: readonly Moment[]): Moment {
  const sum = (pick: (moment: Moment) => number) => group.reduce((total, moment) => total + pick(moment), 0);
  const highest = (pick: (moment: Moment) => number | null) => most(group.map(pick));
  return {
    start: group[0]!.start,
    seconds: sum(({ seconds }) => seconds),
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    inFlight: highest(({ inFlight }) => inFlight) ?? 0,
    p50: highest(({ p50 }) => p50),
    p90: highest(({ p90 }) => p90),
    p99: highest(({ p99 }) => p99),
    max: highest(({ max }) => max),
  };
}

function rateChart({ rate, plan }: RunResult, moments: readonly Moment[]): Chart {
  const values = moments.map(({ requests, seconds }) => (seconds > 0 ? requests / seconds : 0));
  const offered = plan.load === "open" ? rate.offered : null;
  const beside = offered === null ? "" : `; ${formatRate(offered)} offered`;
  return {
    id: "rate",
    title: "Rate",
    summary: `Requests completed per second: ${range(values, (value) => formatRate(value))}${beside}.`,
    x: starts(moments),
    xUnit: "seconds",
    yUnit: "per-second",
    series: [
      { label: "completed", ink: "c1", values, filled: true },
      ...(offered === null
        ? []
        : [{ label: "offered", ink: "soft" as const, values: moments.map(() => offered), dashed: true }]),
    ],
  };
}

function latencyChart(moments: readonly Moment[]): Chart {
  const p99 = moments.map((moment) => moment.p99);
  return {
    id: "latency",
    title: "Response time",
    summary: `By completion time, on a log axis; p99 ${range(p99, formatMicros)}.`,
    x: starts(moments),
    xUnit: "seconds",
    yUnit: "us",
    logY: true,
    series: [
      { label: "p50", ink: "c1", values: moments.map(({ p50 }) => p50) },
      { label: "p90", ink: "c2", values: moments.map(({ p90 }) => p90) },
      { label: "p99", ink: "c3", values: p99 },
      { label: "max", ink: "c4", values: moments.map(({ max }) => max), dashed: true },
    ],
  };
}

function failureChart(moments: readonly Moment[]): Chart {
  const values = moments.map(({ failed, seconds }) => (seconds > 0 ? failed / seconds : 0));
  const hit = moments.filter(({ failed }) => failed > 0).length;
  return {
    id: "failures",
    title: "Errors",
    summary: `Failed requests per second: ${range(values, (value) => formatRate(value))}; ${plural(hit, "point")} of ${groupThousands(moments.length)} with failures.`,
    x: starts(moments),
    xUnit: "seconds",
    yUnit: "per-second",
    series: [{ label: "failed", ink: "bad", values, filled: true }],
  };
}

function flightChart(moments: readonly Moment[]): Chart {
  const values = moments.map(({ inFlight }) => inFlight);
  return {
    id: "in-flight",
    title: "In flight",
    summary: `Requests sent and not yet answered, at the end of each interval: ${range(values, groupThousands)}.`,
    x: starts(moments),
    xUnit: "seconds",
    yUnit: "count",
    series: [{ label: "in flight", ink: "c2", values, filled: true }],
  };
}

function starts(moments: readonly Moment[]): readonly number[] {
  return moments.map(({ start }) => start);
}

function range(values: readonly (number | null)[], show: (value: number) => string): string {
  const high = most(values);
  if (high === null) return "nothing measured";
  const low = values.reduce<number>(
    (least, value) => (value === null ? least : Math.min(least, value)),
    high,
  );
  return show(low) === show(high) ? show(high) : `${show(low)} to ${show(high)}`;
}

function most(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (found, value) => (value === null ? found : Math.max(found ?? value, value)),
    null,
  );
}
