/** The latency table, what its figures leave open, and the percentile spectrum of the response time. */
import { formatMicros, formatShare, groupThousands } from "../../core/units.ts";
import type { Latencies, LatencySummary, RunResult } from "../../engine/flood/result.ts";
import { bar } from "./charts.ts";
import { flow, type Palette, padEnd, padStart } from "./style.ts";
import { figureTable } from "./table.ts";

type Figure = Exclude<keyof LatencySummary, "unit" | "count">;

interface Column {
  readonly figure: Figure;
  readonly head: string;
  /** Per cent; `undefined` where the figure is no percentile. */
  readonly percentile?: number;
}

const SLIM: readonly Column[] = [
  { figure: "p50", head: "p50", percentile: 50 },
  { figure: "p90", head: "p90", percentile: 90 },
  { figure: "p99", head: "p99", percentile: 99 },
  { figure: "max", head: "max" },
];

const USUAL: readonly Column[] = [
  { figure: "mean", head: "mean" },
  { figure: "p50", head: "p50", percentile: 50 },
  { figure: "p90", head: "p90", percentile: 90 },
  { figure: "p99", head: "p99", percentile: 99 },
  { figure: "p99_9", head: "p99.9", percentile: 99.9 },
  { figure: "max", head: "max" },
];

const WIDE: readonly Column[] = [
  { figure: "min", head: "min" },
  { figure: "mean", head: "mean" },
  { figure: "stdev", head: "stdev" },
  { figure: "p50", head: "p50", percentile: 50 },
  { figure: "p75", head: "p75", percentile: 75 },
  { figure: "p90", head: "p90", percentile: 90 },
  { figure: "p95", head: "p95", percentile: 95 },
  { figure: "p99", head: "p99", percentile: 99 },
  { figure: "p99_9", head: "p99.9", percentile: 99.9 },
  { figure: "max", head: "max" },
];

const ROWS: readonly (readonly [keyof Latencies, string])[] = [
  ["response", "response"],
  ["service", "service"],
  ["lateness", "send lateness"],
  ["firstByte", "first byte"],
  ["dns", "DNS"],
  ["connect", "TCP connect"],
  ["tls", "TLS handshake"],
  ["failed", "failed requests"],
];

/** In a closed loop the response time is the service time, and one row says it. */
function rowsOf(result: RunResult): (readonly [keyof Latencies, string])[] {
  const closed = result.plan.load === "closed";
  return ROWS.filter(([name]) => {
    if (closed && (name === "service" || name === "lateness")) return false;
    return result.latency[name].count > 0 || name === "response";
  });
}

export function latencySection(result: RunResult, palette: Palette, width: number): string[] {
  const columns = width >= 110 ? WIDE : width >= 78 ? USUAL : SLIM;
  const share = censoredShare(result);
  const rows = rowsOf(result).map(([name, label]) => [
    name === "failed" ? palette.bad(label) : palette.label(label),
    ...columns.map((column) => cell(result.latency[name], column, isCensored(name) ? share : 0, palette)),
  ]);
  return [
    ...figureTable(["Latency", ...columns.map((column) => column.head)], rows, palette),
    ...censoredNote(result, palette, width),
  ];
}

function cell(summary: LatencySummary, column: Column, share: number, palette: Palette): string {
  const value = summary[column.figure];
  if (value === null) return palette.dim("-");
  const text = formatMicros(value);
  // Beyond this percentile unanswered requests may stand: the true value can only be larger.
  const open = column.percentile !== undefined && share > 0 && 1 - column.percentile / 100 <= share;
  return open
    ? palette.warn(`≥${text}`)
    : column.figure === "p50" || column.figure === "p99"
      ? palette.figure(text)
      : text;
}

function isCensored(name: keyof Latencies): boolean {
  return name === "response" || name === "service";
}

function censoredShare({ totals }: RunResult): number {
  const counted = totals.succeeded + totals.censored;
  return counted === 0 ? 0 : totals.censored / counted;
}

function censoredNote(result: RunResult, palette: Palette, width: number): string[] {
  const { totals } = result;
  if (totals.censored === 0) return [];
  const cut = totals.censored - totals.timedOut - totals.unsent;
  const kinds = [
    totals.timedOut > 0 ? `${groupThousands(totals.timedOut)} timed out` : "",
    cut > 0 ? `${groupThousands(cut)} in flight at the end` : "",
    totals.unsent > 0 ? `${groupThousands(totals.unsent)} due but never sent` : "",
  ].filter(Boolean);
  const parts = [
    `${formatShare(totals.censored / totals.requests)} unanswered,`,
    `counted as "at least" their age:`,
    ...kinds.map((kind, at) => (at < kinds.length - 1 ? `${kind},` : kind)),
  ];
  return flow(parts, width - 1, " ").map((line) => ` ${palette.dim(line)}`);
}

const SPECTRUM: readonly (readonly [Figure, string])[] = [
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
const SAMPLES_FOR: Partial<Record<Figure, number>> = { p99: 100, p99_9: 1_000, p99_99: 10_000 };

/** Rows step the percentile logarithmically; the length of a bar is the latency, linear. */
export function spectrumSection(result: RunResult, palette: Palette, width: number): string[] {
  const summary = result.latency.response;
  const top = summary.max;
  if (top === null || summary.count < 2 || result.totals.succeeded === 0) return [];
  const columns = width - 22;
  const rows = SPECTRUM.filter(([figure]) => summary.count >= (SAMPLES_FOR[figure] ?? 0));
  return [
    ` ${palette.title("Percentiles")} ${palette.dim("of the response time")}`,
    ...rows.map(([figure, label]) => {
      const value = summary[figure] ?? 0;
      const drawn = bar(top === 0 ? 0 : value / top, columns);
      return `   ${palette.label(padEnd(label, 6))} ${padStart(formatMicros(value), 8)}  ${palette.bar(drawn)}`;
    }),
  ];
}
