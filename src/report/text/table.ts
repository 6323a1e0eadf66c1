/** Tables of figures: a dim rule under the head, no other lines, the first column left and the rest right. */
import Table from "cli-table3";
import type { Palette } from "./style.ts";

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Lines of the table, indented by one column. Cells may be coloured. */
export function figureTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  palette: Palette,
): string[] {
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
  });
  table.push(head.map((cell, column) => (column === 0 ? palette.title(cell) : palette.dim(cell))));
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => ` ${line.trimEnd()}`);
}
