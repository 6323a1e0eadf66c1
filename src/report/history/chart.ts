/**
 * One metric over runs as a chart of characters: a dot a run, a line for the level, a mark under the axis where a level
 * changes. More runs than columns share columns (means of neighbours); a mark stands at the column of its run.
 */
import type { HistoryMetric } from "../../engine/stats/history.ts";
import { shownValue } from "../compare/text.ts";
import { type Palette, padStart } from "../text/style.ts";

const ROWS = 7;
/** Columns of the scale at the left. */
const SCALE = 12;
/** Wider steps only spread the same dots. */
const WIDEST_STEP = 6;

interface Cell {
  readonly ink: "dot" | "level";
  readonly sign: string;
}

/** @param columns of the whole chart, scale included */
export function historyChart(metric: HistoryMetric, columns: number, palette: Palette): string[] {
  const known = metric.values.filter((value) => value !== null);
  if (known.length === 0) return [];
  const room = columns - SCALE - 3;
  const runs = metric.values.length;
  const step = Math.max(1, Math.min(WIDEST_STEP, Math.floor(room / runs)));
  const width = Math.min(runs * step, room);
  const columnOf = (run: number): number =>
    runs * step <= room ? run * step : Math.floor((run * room) / runs);
  const levels = metric.levels.map(({ value }) => value);
  const low = Math.min(...known, ...levels);
  const high = Math.max(...known, ...levels);
  const rowOf = (value: number): number =>
    high === low ? ROWS >> 1 : Math.round(((high - value) / (high - low)) * (ROWS - 1));

  const grid: (Cell | undefined)[][] = Array.from({ length: ROWS }, () => new Array(width).fill(undefined));
  for (const { from, to, value } of metric.levels) {
    const end = to >= runs ? width : columnOf(to);
    for (let at = columnOf(from); at < end; at++) grid[rowOf(value)]![at] = { ink: "level", sign: "─" };
  }
  for (const [column, values] of byColumn(metric.values, columnOf)) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    grid[rowOf(mean)]![column] = { ink: "dot", sign: "●" };
  }

  const label = (row: number): string => {
    const value = row === 0 ? high : row === ROWS - 1 && high > low ? low : undefined;
    if (high === low ? row !== ROWS >> 1 : value === undefined) return " ".repeat(SCALE);
    return padStart(shownValue(metric, { value: value ?? low, atLeast: false }), SCALE);
  };
  const marks: string[] = new Array(width).fill(" ");
  for (const { at, verdict } of metric.changes) {
    marks[columnOf(at)] = verdict === "worse" ? palette.bad("▲") : palette.good("▲");
  }
  return [
    ...grid.map((row, at) => {
      const cells = row.map((cell) =>
        cell === undefined ? " " : cell.ink === "dot" ? palette.bar(cell.sign) : palette.dim(cell.sign),
      );
      return ` ${palette.dim(`${label(at)} ┤`)}${cells.join("")}`;
    }),
    ...(metric.changes.length === 0 ? [] : [` ${" ".repeat(SCALE + 2)}${marks.join("")}`]),
  ].map((line) => line.trimEnd());
}

function byColumn(
  values: readonly (number | null)[],
  columnOf: (run: number) => number,
): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [run, value] of values.entries()) {
    if (value === null) continue;
    const column = columnOf(run);
    found.set(column, [...(found.get(column) ?? []), value]);
  }
  return found;
}
