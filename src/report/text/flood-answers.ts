/** What came back: status codes, the endpoints one by one, and the kinds of errors with an example each. */

import type { RunResult } from "../../core/run-document.ts";
import { formatMicros, formatShare, groupThousands } from "../../core/units.ts";
import { flow, type Palette, printable, truncate } from "./style.ts";
import { figureTable } from "./table.ts";

/** More rows than this say less. */
const MOST_ENDPOINTS = 10;
const MOST_ERRORS = 8;

export function answersSection(result: RunResult, palette: Palette, width: number): string[] {
  const statuses = Object.entries(result.statuses).sort(([a], [b]) => Number(a) - Number(b));
  if (statuses.length === 0) return [];
  const parts = statuses.map(([status, count]) => {
    const ink = Number(status) >= 400 ? palette.bad : palette.good;
    return `${ink(truncate(printable(status), 16))} × ${groupThousands(count)}`;
  });
  const [first = "", ...rest] = flow(parts, width - 12, "   ");
  return [` ${palette.title("Statuses")}  ${first}`, ...rest.map((line) => `           ${line}`)];
}

export function endpointsSection(result: RunResult, palette: Palette, width: number): string[] {
  if (result.endpoints.length < 2) return [];
  const name = Math.max(12, width - 56);
  const rows = result.endpoints.slice(0, MOST_ENDPOINTS).map((endpoint) => {
    const { p50, p99 } = endpoint.latency.response;
    const { requests, failed, censored } = endpoint.totals;
    return [
      palette.label(truncate(printable(endpoint.name), name)),
      groupThousands(requests),
      (failed > 0 ? palette.bad : palette.dim)(groupThousands(failed)),
      (censored > 0 ? palette.warn : palette.dim)(groupThousands(censored)),
      p50 === null ? "-" : formatMicros(p50),
      p99 === null ? "-" : formatMicros(p99),
    ];
  });
  const hidden = result.endpoints.length - rows.length;
  return [
    ...figureTable(["Endpoints", "requests", "failed", "unanswered", "p50", "p99"], rows, palette),
    ...(hidden > 0 ? [` ${palette.dim(`and ${hidden} more; --json lists all`)}`] : []),
  ];
}

export function errorsSection(result: RunResult, palette: Palette, width: number): string[] {
  if (result.errors.length === 0) return [];
  const errors = [...result.errors].sort((a, b) => b.count - a.count);
  const total = Math.max(1, result.totals.requests);
  const shown = errors.slice(0, MOST_ERRORS);
  const countWidth = Math.max(...shown.map(({ count }) => groupThousands(count).length));
  const kindWidth = Math.min(24, Math.max(...shown.map(({ kind }) => kind.length)));
  const lines = shown.map(({ kind, count, example }) => {
    const share = formatShare(count / total);
    const start = `   ${palette.bad(truncate(printable(kind), kindWidth).padEnd(kindWidth))}  ${groupThousands(count).padStart(countWidth)}  ${share.padStart(6)}`;
    const room = width - (kindWidth + countWidth + 6 + 9);
    return room < 10 || example === ""
      ? start
      : `${start}  ${palette.dim(truncate(printable(example), room))}`;
  });
  const hidden = errors.length - shown.length;
  return [
    ` ${palette.title("Errors")}`,
    ...lines,
    ...(hidden > 0 ? [`   ${palette.dim(`and ${hidden} more kinds; --json lists all`)}`] : []),
  ];
}
