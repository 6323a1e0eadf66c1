/** Charts over percentiles: response and service time, and how late requests were sent. */
import type { PercentileStep } from "../../../core/metrics/percentile-steps.ts";
import type { RunResult } from "../../../core/run-document.ts";
import { formatMicros } from "../../../core/units.ts";
import type { Chart, ChartSeries } from "../../html/chart.ts";
import { type DistributionName, spectrum, summaryOf } from "../distribution.ts";

interface Line {
  readonly name: DistributionName;
  readonly label: string;
  readonly ink: ChartSeries["ink"];
  readonly dashed?: boolean;
}

/** Undefined where nothing was answered. */
export function spectrumChart(result: RunResult): Chart | undefined {
  const open = result.plan.load === "open";
  return chartOf(result, "spectrum", "Percentile spectrum", "Response time", [
    { name: "response", label: "response", ink: "c1" },
    ...(open ? [{ name: "service", label: "service", ink: "c2", dashed: true } as const] : []),
    { name: "failed", label: "failed requests", ink: "bad", dashed: true },
  ]);
}

/** Undefined in a closed loop, which has no schedule to be late for. */
export function latenessChart(result: RunResult): Chart | undefined {
  if (result.plan.load === "closed") return undefined;
  return chartOf(result, "lateness", "Send lateness", "Sent minus intended", [
    { name: "lateness", label: "all requests", ink: "c3" },
    { name: "generatorLateness", label: "a connection was free", ink: "c4", dashed: true },
  ]);
}

function chartOf(
  result: RunResult,
  id: string,
  title: string,
  about: string,
  lines: readonly Line[],
): Chart | undefined {
  const found = lines.flatMap((line) => {
    const points = pointsOf(spectrum(result, line.name));
    return points.size === 0 ? [] : [{ ...line, points }];
  });
  if (found.length === 0) return undefined;
  const x = [...new Set(found.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b);
  const series = found.map(({ label, ink, dashed = false, points }) => ({
    label,
    ink,
    dashed,
    values: x.map((at) => points.get(at) ?? null),
  }));
  const { name, label } = found[0]!;
  const { p50, p99, max } = summaryOf(result, name);
  const figures = [
    ["p50", p50],
    ["p99", p99],
    ["max", max],
  ] as const;
  const words = figures.flatMap(([figure, us]) => (us === null ? [] : [`${figure} ${formatMicros(us)}`]));
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null));
  return {
    id,
    title,
    summary: `${about} by percentile, on a log axis; ${label}: ${words.join(", ")}.`,
    x,
    xUnit: "percentile",
    yUnit: "us",
    // A tail a hundred times the body would press the body flat.
    logY: Math.max(...known) > 100 * Math.max(1, Math.min(...known)),
    series,
  };
}

/** 1 / (1 − share) → value. 100 % stands where the last of `total` values does. */
export function pointsOf(steps: readonly PercentileStep[]): ReadonlyMap<number, number> {
  const points = new Map<number, number>();
  let last = 1;
  for (const { share, valueUs, total } of steps) {
    last = share === 1 ? Math.max(last, total) : Number((1 / (1 - share)).toPrecision(6));
    points.set(last, valueUs);
  }
  return points;
}
