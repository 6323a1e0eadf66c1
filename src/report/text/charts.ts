/** Bars, spans and sparklines out of block elements (U+2581 to U+258F): one column each in every terminal font. */

const EIGHTHS_ACROSS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const EIGHTHS_UP = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** `share` of `columns`, to an eighth of a column. What is not zero shows at least an eighth. */
export function bar(share: number, columns: number): string {
  if (!(share > 0)) return "";
  const eighths = Math.max(1, Math.round(Math.min(1, share) * columns * 8));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS_ACROSS[eighths % 8];
}

/**
 * A bar that begins somewhere: from `start` to `start + share` of `columns`. Its beginning is true to a column,
 * its end to an eighth of one; whatever the figures, it stays within the columns.
 */
export function span(start: number, share: number, columns: number): string {
  const from = Math.min(columns - 1, Math.floor(Math.max(0, start) * columns));
  const end = Math.min(1, start + share) * columns;
  const length = Math.max(0.125, end - from);
  return " ".repeat(from) + bar(length / columns, columns);
}

/**
 * One column a value, from 0 at the bottom to the largest value at the top, so that heights compare as the
 * values do. Nothing (0) and nothing measured (`null`) are a gap.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null || value <= 0) return " ";
      return EIGHTHS_UP[Math.min(7, Math.ceil((value / top) * 8) - 1)];
    })
    .join("");
}

/**
 * At most `columns` values: neighbours are joined by `join`, every group as long as the next or one longer.
 */
export function condense<T>(
  values: readonly T[],
  columns: number,
  join: (group: readonly T[]) => T,
): readonly T[] {
  if (values.length <= columns) return values;
  return Array.from({ length: columns }, (_, at) => {
    const from = Math.floor((at * values.length) / columns);
    const to = Math.floor(((at + 1) * values.length) / columns);
    return join(values.slice(from, to));
  });
}
