/** Charts of a comparison: both sides in one picture, over percentiles and over time. */
import { formatMicros, formatRate } from "../../../core/units.ts";
import { spectrumOf } from "../../formats/distribution.ts";
import { pointsOf } from "../../formats/html/spectrum-charts.ts";
import type { Chart } from "../../html/chart.ts";
import type { ComparedRuns } from "../format.ts";
import { type Courses, sideDistribution, sideMaxUs } from "../sides.ts";

/** The candidate is drawn over the base: its gaps let the base be seen where both are the same. */
const SIDES = [
  { side: "base", ink: "c1", dashed: false },
  { side: "candidate", ink: "c3", dashed: true },
] as const;

/** Undefined where a side was never answered: one line alone compares nothing. */
export function spectraChart(runs: ComparedRuns): Chart | undefined {
  const lines = SIDES.flatMap(({ side, ink, dashed }) => {
    const histogram = sideDistribution(runs[side]);
    if (histogram === undefined) return [];
    const points = pointsOf(spectrumOf(histogram, sideMaxUs(runs[side])));
    return [{ label: side, ink, dashed, points, histogram }];
  });
  if (lines.length < SIDES.length) return undefined;
  const x = [...new Set(lines.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b);
  const words = lines.map(({ label, histogram }) => {
    const [p50, p99] = histogram.percentiles([50, 99]);
    return `${label}: p50 ${formatMicros(p50!)}, p99 ${formatMicros(p99!)}`;
  });
  return {
    id: "spectra",
    title: "Percentile spectra",
    summary: `Response time by percentile, both axes logarithmic. ${words.join("; ")}.`,
    x,
    xUnit: "percentile",
    yUnit: "us",
    logY: true,
    series: lines.map(({ label, ink, dashed, points }) => ({
      label,
      ink,
      dashed,
      values: x.map((at) => points.get(at) ?? null),
    })),
  };
}

/** @param by what one point stands for */
export function courseCharts({ starts, base, candidate }: Courses, by: "second" | "slice"): Chart[] {
  const sides = { base, candidate };
  const failed = [...base.failed, ...candidate.failed].some((value) => value !== null && value > 0);
  const chart = (
    name: "rate" | "p50" | "p99" | "failed",
    title: string,
    about: string,
    more: Pick<Chart, "yUnit" | "logY">,
  ): Chart => {
    const show = more.yUnit === "us" ? formatMicros : (value: number) => formatRate(value);
    const words = SIDES.map(({ side }) => `${side} ${rangeWords(sides[side][name], show)}`);
    return {
      id: `course-${name}`,
      title,
      summary: `${about}: ${words.join("; ")}.`,
      x: starts,
      xUnit: "seconds",
      ...more,
      series: SIDES.map(({ side, ink, dashed }) => ({
        label: side,
        ink,
        dashed,
        values: sides[side][name],
      })),
    };
  };
  return [
    chart("p99", "p99 over time", `p99 of the response time by ${by}`, { yUnit: "us", logY: true }),
    chart("p50", "p50 over time", `Median response time by ${by}`, { yUnit: "us", logY: true }),
    chart(
      "rate",
      "Rate",
      by === "slice" ? "Requests per second, by slice" : "Requests completed per second",
      { yUnit: "per-second" },
    ),
    ...(failed ? [chart("failed", "Errors", "Failed requests per second", { yUnit: "per-second" })] : []),
  ];
}

function rangeWords(values: readonly (number | null)[], show: (value: number) => string): string {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return "nothing measured";
  return show(low) === show(high) ? show(high) : `${show(low)} to ${show(high)}`;
}
