/** Charts of a pool test: what each size serves and how long it lets callers wait, and the course of a fault. */
import { formatMicros } from "../../../core/units.ts";
import type { GaugeSample, PoolTestResult } from "../../../engine/pool-test/result.ts";
import type { Chart } from "../../html/chart.ts";
import { perSecond } from "../text/rate.ts";

export function sizeCharts({ rows, sweep }: PoolTestResult): Chart[] {
  if (rows.length < 2) return [];
  const sorted = rows.toSorted((a, b) => a.size - b.size);
  const x = sorted.map(({ size }) => size);
  const chosen = sweep?.recommendation?.size;
  const taken = sorted.find(({ size }) => size === chosen);
  const fitted = new Map((sweep?.usl?.band ?? []).map(({ size, fitted }) => [size, fitted]));
  const most = sorted.reduce((best, row) => (row.throughput.mean > best.throughput.mean ? row : best));
  const take = (value: (row: (typeof sorted)[number]) => number | null) =>
    taken === undefined
      ? []
      : [
          {
            label: `take ${taken.size}`,
            ink: "c2" as const,
            dots: true,
            values: sorted.map((row) => (row === taken ? value(row) : null)),
          },
        ];
  const waits = sorted.map(({ latency }) => latency.wait);
  const [first, last] = [waits[0]!, waits.at(-1)!];
  const micros = (us: number | null): string => (us === null ? "nothing" : formatMicros(us));
  return [
    {
      id: "throughput",
      title: "Throughput by size",
      summary: `Checkouts per second: most at size ${most.size}, ${perSecond(most.throughput.mean)}.`,
      x,
      xUnit: "whole",
      yUnit: "per-second",
      series: [
        { label: "measured", ink: "c1", values: sorted.map(({ throughput }) => throughput.mean) },
        ...(fitted.size === 0
          ? []
          : [
              {
                label: "fitted",
                ink: "c3" as const,
                dashed: true,
                values: x.map((size) => fitted.get(size) ?? null),
              },
            ]),
        ...take(({ throughput }) => throughput.mean),
      ],
    },
    {
      id: "wait",
      title: "Waiting by size",
      summary: `Time to a connection: p99 ${micros(first.p99)} at size ${x[0]}, ${micros(last.p99)} at size ${x.at(-1)}.`,
      x,
      xUnit: "whole",
      yUnit: "us",
      logY: true,
      series: [
        { label: "p50", ink: "c1", values: waits.map(({ p50 }) => p50) },
        { label: "p99", ink: "c3", values: waits.map(({ p99 }) => p99) },
        ...take(({ latency }) => latency.wait.p99),
      ],
    },
  ];
}

/** Undefined without a fault, or when nothing was watched. */
export function faultChart({ chaos }: PoolTestResult): Chart | undefined {
  if (chaos === null || chaos.timeline.length < 2) return undefined;
  const { timeline, atSeconds, forSeconds, kind } = chaos;
  const pick = (of: (sample: GaugeSample) => number) => timeline.map(of);
  return {
    id: "fault",
    title: "Course of the fault",
    summary: `${kind} after ${atSeconds} s, for ${forSeconds} s: callers served, failed and waiting by moment.`,
    x: pick(({ at }) => at),
    xUnit: "seconds",
    yUnit: "count",
    series: [
      { label: "served", ink: "c1", values: pick(({ served }) => served) },
      { label: "failed", ink: "bad", values: pick(({ failed }) => failed) },
      { label: "waiting", ink: "c4", values: pick(({ waiting }) => waiting) },
    ],
  };
}
