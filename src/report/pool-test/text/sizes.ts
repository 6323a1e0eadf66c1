/** One line a size: what it gave, how long callers waited, what went wrong; and what became of its connections. */
import { formatMicros, groupThousands } from "../../../core/units.ts";
import type {
  CountedCode,
  Estimate,
  PoolTestResult,
  SizeRow,
  SizeRun,
} from "../../../engine/pool-test/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";
import { figureTable } from "../../text/table.ts";
import { perSecond } from "./rate.ts";

const NARROW = 100;

export function sizesSection(result: PoolTestResult, palette: Palette, width: number): string[] {
  const { rows, sweep } = result;
  if (rows.length === 0) return [];
  const chosen = sweep?.recommendation?.size;
  const wide = width >= NARROW;
  const head = [
    "size",
    "throughput",
    "±",
    "wait p50",
    "p99",
    "max",
    ...(wide ? ["query p50", "hold p50"] : []),
    "failed",
  ];
  const lines = rows.map((row) => {
    const { latency } = row;
    const size = `${row.size}${row.size === chosen ? " ←" : ""}${row.suspect ? " ?" : ""}`;
    return [
      row.size === chosen ? palette.good(size) : row.suspect ? palette.warn(size) : size,
      palette.figure(perSecond(row.throughput.mean)),
      palette.dim(spread(row.throughput)),
      micros(latency.wait.p50),
      micros(latency.wait.p99),
      micros(latency.wait.max),
      ...(wide ? [micros(latency.query.p50), micros(latency.hold.p50)] : []),
      failures(row, palette),
    ];
  });
  return figureTable(head, lines, palette);
}

function failures({ counts }: SizeRow, palette: Palette): string {
  const count = counts.failed + counts.censored + counts.overflowed;
  return count === 0 ? palette.dim("0") : palette.bad(groupThousands(count));
}

/** Half the interval as a share of its middle. */
function spread({ mean, low, high }: Estimate): string {
  if (low === null || high === null || mean === 0) return "";
  return `${(((high - low) / 2 / mean) * 100).toFixed(1)}%`;
}

function micros(us: number | null): string {
  return us === null ? "-" : formatMicros(us);
}

/** What connections went through, summed over the runs; errors by code. */
export function connectionsSection(result: PoolTestResult, palette: Palette, width: number): string[] {
  const { runs } = result;
  if (runs.length === 0) return [];
  const sum = (of: (run: SizeRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const words = [`${groupThousands(sum(({ connections }) => connections.created))} opened`];
  if (runs.every(({ connections }) => connections.reused !== null)) {
    words.push(`reused ${groupThousands(sum(({ connections }) => connections.reused ?? 0))} times`);
  }
  const failed = sum(({ connections }) => connections.createFailed);
  if (failed > 0) words.push(`${groupThousands(failed)} could not be opened`);
  const ended = new Map<string, number>();
  for (const { connections } of runs) {
    for (const [reason, count] of Object.entries(connections.destroyed)) {
      if (count > 0) ended.set(reason, (ended.get(reason) ?? 0) + count);
    }
  }
  words.push(...[...ended].map(([reason, count]) => `${printable(reason)} ${groupThousands(count)}`));
  const slowest = Math.max(...runs.map(({ latency }) => latency.creation.max ?? 0));
  if (slowest > 0) words.push(`opening took ${formatMicros(slowest)} at most`);
  const left = sum(({ connections }) => connections.leftOpen);
  return [
    ...hanging(` ${palette.title("Connections")}  `, words.join(" · "), width),
    ...(left === 0 ? [] : [palette.bad(`   ${left} were still open when the pool had closed`)]),
    ...errorLines(
      runs.flatMap(({ errors }) => errors),
      palette,
      width,
    ),
  ];
}

export function errorLines(errors: readonly CountedCode[], palette: Palette, width: number): string[] {
  const byCode = new Map<string, CountedCode>();
  for (const error of errors) {
    const before = byCode.get(error.code);
    byCode.set(error.code, before === undefined ? error : { ...before, count: before.count + error.count });
  }
  return [...byCode.values()]
    .toSorted((a, b) => b.count - a.count)
    .flatMap(({ code, count, example }) =>
      hanging(`   ✗ ${groupThousands(count)} × `, `${code}: ${printable(example)}`, width).map((line) =>
        palette.bad(line),
      ),
    );
}
