/** Tables of HTML reports. A wide one scrolls by itself, by hand or by keyboard, and the page does not. */
import { escapeHtml } from "../syntax/escape.ts";

/** Text of a cell, escaped here; `ink` is a class of the shared style. */
export interface Cell {
  readonly text: string;
  readonly ink?: "good" | "warn" | "bad" | "soft";
  /** SVG of our own, instead of the text, which says in words what is drawn. */
  readonly drawing?: string;
}

export interface Table {
  /** What it is about, for who does not see it. */
  readonly label: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly (Cell | string)[])[];
  /** Columns of figures, which are set to the right: from, and up to but without. */
  readonly figures?: readonly [from: number, to: number];
}

export function tableHtml({ label, head, rows, figures: [from, to] = [0, 0] }: Table): string {
  const isFigure = (at: number) => at >= from && at < to;
  const heads = head.map((text, at) => {
    return `<th scope="col"${isFigure(at) ? ' class="figure"' : ""}>${escapeHtml(text)}</th>`;
  });
  const lines = rows.map((row) => {
    const [first, ...cells] = row;
    const more = cells.map((cell, at) => {
      const kind = isFigure(at + 1) ? ' class="figure"' : typeof cell === "string" ? ' class="text"' : "";
      return `<td${kind}>${inkedText(cell)}</td>`;
    });
    return `<tr><th scope="row">${first === undefined ? "" : inkedText(first)}</th>${more.join("")}</tr>`;
  });
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>${lines.join("\n")}</tbody>
</table></div>`;
}

/** Names and values, without a head. */
export function factsHtml(rows: readonly (readonly [name: string, value: string])[]): string {
  const lines = rows.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table><tbody>${lines.join("\n")}</tbody></table>`;
}

function inkedText(cell: Cell | string): string {
  if (typeof cell === "string") return escapeHtml(cell);
  if (cell.drawing !== undefined) return cell.drawing;
  return cell.ink === undefined
    ? escapeHtml(cell.text)
    : `<span class="${cell.ink}">${escapeHtml(cell.text)}</span>`;
}
