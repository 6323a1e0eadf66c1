/**
 * A connect as CSV, microseconds. A line a phase of each path, and one of its total; of a repetition, whose paths are not
 * kept, a line a phase over all of them (each path as it goes is `--ndjson`).
 */
import type { ConnectResult } from "../../engine/connect/result.ts";
import { writeCsv } from "../syntax/csv.ts";
import { pathName, REPEAT_COLUMNS, repeatRows } from "./reading.ts";

const HEAD = [
  "path",
  "address",
  "outcome",
  "phase",
  "start_us",
  "took_us",
  "failed",
  "count",
  ...REPEAT_COLUMNS.map((column) => `${column}_us`),
] as const;

const NO_SUMMARY = Array.from({ length: 1 + REPEAT_COLUMNS.length }, () => null);

export function renderConnectCsv(result: ConnectResult): string {
  return writeCsv([HEAD, ...(result.repeat === null ? pathRows(result) : summaryRows(result))]);
}

function pathRows(result: ConnectResult): (string | number | null)[][] {
  return result.paths.flatMap((path) => {
    const start = [pathName(path, result), path.remote?.address ?? "", path.verdict.outcome];
    return [
      ...path.phases.map(({ name, startUs, durationUs, failed }) => [
        ...start,
        name,
        rounded(startUs),
        rounded(durationUs),
        String(failed),
        ...NO_SUMMARY,
      ]),
      [...start, "total", 0, rounded(path.totalUs), String(path.error !== null), ...NO_SUMMARY],
    ];
  });
}

function summaryRows({ url, verdict, repeat }: ConnectResult): (string | number | null)[][] {
  if (repeat === null) return [];
  return repeatRows(repeat).map(([phase, summary]) => [
    url,
    "",
    verdict.outcome,
    phase,
    null,
    null,
    "",
    summary.count,
    ...REPEAT_COLUMNS.map((column) => {
      const value = summary[column];
      return value === null ? null : rounded(value);
    }),
  ]);
}

/** To the nanosecond: no clock tells more. */
function rounded(us: number): number {
  return Math.round(us * 1000) / 1000;
}
