/**
 * Percentile curves in a terminal, several in one picture: latency upwards and percentiles across, both logarithmic, so that
 * the tail has as much room as the body.
 *
 *     20 ms ┤                 ●●●●
 *           ┤            ●●●●●   ○○      each curve has a mark of its own, so that colour is not needed;
 *      5 ms ┤●●●●●●◐◐◐◐◐◐  ○○○○○○        ◐ is where they meet
 *           └───────┬──────────┬───
 *                  p90        p99
 */
import { formatMicros } from "../../core/units.ts";
import { type Palette, padStart } from "./style.ts";

export interface Curve {
  readonly mark: string;
  readonly ink: "good" | "warn" | "bad" | "bar" | "dim" | "label";
  /** Values that it is made of: how far into the tail it can be drawn. */
  readonly count: number;
  /** Microseconds. @param share from 0 to 1 */
  valueAt(share: number): number;
}

const ROWS = 10;
const LABEL = 9;
const MEETING = "◐";
const LEAST_COLUMNS = 16;
/** Decades of the distance to 100 %: p99.999 at most. */
const MOST_NINES = 5;
/** Where a curve begins, p10: the least value of all would take half of the rows. */
const FROM_NINES = -Math.log10(0.9);

const TICKS: readonly (readonly [share: number, label: string])[] = [
  [0.5, "p50"],
  [0.9, "p90"],
  [0.99, "p99"],
  [0.999, "p99.9"],
  [0.9999, "p99.99"],
  [0.99999, "p99.999"],
];

/** Nothing where there is no room, or a curve has no value. */
export function percentileCurves(curves: readonly Curve[], palette: Palette, width: number): string[] {
  const columns = width - LABEL - 5;
  const least = Math.min(...curves.map(({ count }) => count));
  if (curves.length === 0 || columns < LEAST_COLUMNS || !(least > 0)) return [];
  const nines = Math.min(MOST_NINES, Math.max(1, Math.log10(least)));
  const shareAt = (column: number): number =>
    1 - 10 ** -(FROM_NINES + (column / (columns - 1)) * (nines - FROM_NINES));
  // Half a microsecond for 0, which a log axis has no place for.
  const values = curves.map((curve) =>
    Array.from({ length: columns }, (_, column) => Math.max(0.5, curve.valueAt(shareAt(column)))),
  );
  const low = Math.log(Math.min(...values.flat()));
  const high = Math.max(low + 1e-9, Math.log(Math.max(...values.flat())));
  const rowOf = (us: number): number => Math.round(((Math.log(us) - low) / (high - low)) * (ROWS - 1));
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      const here = curves.filter((_, at) => rowOf(values[at]![column]!) === row);
      if (here.length === 0) return " ";
      return here.length > 1 ? palette.label(MEETING) : palette[here[0]!.ink](here[0]!.mark);
    });
    const us = Math.exp(low + ((high - low) * row) / (ROWS - 1));
    const label = row % 2 === (ROWS - 1) % 2 || row === 0 ? formatMicros(us) : "";
    return ` ${palette.dim(`${padStart(label, LABEL)} ┤`)}${cells.join("")}`;
  });
  return [...rows.reverse(), ...axis(columns, nines, palette)];
}

function axis(columns: number, nines: number, palette: Palette): string[] {
  const line = Array.from({ length: columns }, () => "─");
  let labels = "";
  for (const [share, label] of TICKS) {
    const at = Math.round(((-Math.log10(1 - share) - FROM_NINES) / (nines - FROM_NINES)) * (columns - 1));
    const from = at - (label.length >> 1);
    if (at >= columns || from <= labels.length || from + label.length > columns) continue;
    line[at] = "┬";
    labels = labels.padEnd(from) + label;
  }
  const indent = " ".repeat(LABEL + 2);
  return [palette.dim(`${indent}└${line.join("")}`), palette.dim(`${indent} ${labels}`)];
}
