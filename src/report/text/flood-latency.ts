/** The latency table, what its figures leave open, and the percentile spectrum of the response time. */

import type { Latencies, RunResult } from "../../core/run-document.ts";
import { formatMicros } from "../../core/units.ts";
import { censoredWords, isOpenAbove, type LatencyFigure, latencyRows } from "../run-reading.ts";
import { bar } from "./charts.ts";
import { flow, type Palette, padEnd, padStart } from "./style.ts";
import { figureTable } from "./table.ts";

interface Column {
  readonly figure: LatencyFigure;
  readonly head: string;
}

const SLIM: readonly Column[] = [
  { figure: "p50", head: "p50" },
  { figure: "p90", head: "p90" },
  { figure: "p99", head: "p99" },
  { figure: "max", head: "max" },
];

const USUAL: readonly Column[] = [
  { figure: "mean", head: "mean" },
  { figure: "p50", head: "p50" },
  { figure: "p90", head: "p90" },
  { figure: "p99", head: "p99" },
  { figure: "p99_9", head: "p99.9" },
  { figure: "max", head: "max" },
];

const WIDE: readonly Column[] = [
  { figure: "min", head: "min" },
  { figure: "mean", head: "mean" },
  { figure: "stdev", head: "stdev" },
  { figure: "p50", head: "p50" },
  { figure: "p75", head: "p75" },
  { figure: "p90", head: "p90" },
  { figure: "p95", head: "p95" },
  { figure: "p99", head: "p99" },
  { figure: "p99_9", head: "p99.9" },
  { figure: "max", head: "max" },
];

export function latencySection(result: RunResult, palette: Palette, width: number): string[] {
  const columns = width >= 110 ? WIDE : width >= 78 ? USUAL : SLIM;
  const rows = latencyRows(result).map(([name, label]) => [
    name === "failed" ? palette.bad(label) : palette.label(label),
    ...columns.map((column) => cell(result, name, column, palette)),
  ]);
  return [
    ...figureTable(["Latency", ...columns.map((column) => column.head)], rows, palette),
    ...censoredNote(result, palette, width),
  ];
}

function cell(result: RunResult, name: keyof Latencies, { figure }: Column, palette: Palette): string {
  const value = result.latency[name][figure];
  if (value === null) return palette.dim("-");
  const text = formatMicros(value);
  const open = isOpenAbove(result.totals, name, figure);
  return open ? palette.warn(`≥${text}`) : figure === "p50" || figure === "p99" ? palette.figure(text) : text;
}

function censoredNote(result: RunResult, palette: Palette, width: number): string[] {
  return flow(censoredWords(result), width - 1, " ").map((line) => ` ${palette.dim(line)}`);
}

const SPECTRUM: readonly (readonly [LatencyFigure, string])[] = [
  ["p50", "p50"],
  ["p75", "p75"],
  ["p90", "p90"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["p99_9", "p99.9"],
  ["p99_99", "p99.99"],
  ["max", "max"],
];

/** Samples that a percentile needs before it says more than the maximum does. */
const SAMPLES_FOR: Partial<Record<LatencyFigure, number>> = { p99: 100, p99_9: 1_000, p99_99: 10_000 };

/** Rows step the percentile logarithmically; the length of a bar is the latency, linear. */
export function spectrumSection(result: RunResult, palette: Palette, width: number): string[] {
  const summary = result.latency.response;
  const top = summary.max;
  if (top === null || summary.count < 2 || result.totals.succeeded === 0) return [];
  const columns = width - 22;
  const rows = SPECTRUM.filter(
    ([figure]) => summary[figure] !== null && summary.count >= (SAMPLES_FOR[figure] ?? 0),
  );
  return [
    ` ${palette.title("Percentiles")} ${palette.dim("of the response time")}`,
    ...rows.map(([figure, label]) => {
      const value = summary[figure] ?? 0;
      const drawn = bar(top === 0 ? 0 : value / top, columns);
      return `   ${palette.label(padEnd(label, 6))} ${padStart(formatMicros(value), 8)}  ${palette.bar(drawn)}`;
    }),
  ];
}
