/** Comma-separated values (RFC 4180), safe to open in a spreadsheet. */
import { withoutControls } from "./escape.ts";

/** Every row ends with CR LF. A figure is written as a number, nothing (`null`) as an empty cell. */
export function writeCsv(rows: Iterable<readonly (string | number | null)[]>): string {
  let text = "";
  for (const row of rows) text += `${row.map(cell).join(",")}\r\n`;
  return text;
}

/** Names come from strangers: what a spreadsheet would run as a formula begins with an apostrophe. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const visible = withoutControls(value);
  const safe = /^[=+\-@\t]/.test(visible) ? `'${visible}` : visible;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
