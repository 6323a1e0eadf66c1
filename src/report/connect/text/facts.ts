/** What stands at the other end, in a terminal. */
import type { PathResult } from "../../../engine/connect/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";
import { factRows } from "../facts.ts";

const LABEL = 13;

export function factsSection(path: PathResult, palette: Palette, width: number): string[] {
  return factRows(path).flatMap(([label, text, ink]) => {
    const lines = hanging(` ${label.padEnd(LABEL)}`, printable(text), width);
    return lines.map((line, at) => {
      const body = line.slice(LABEL + 1);
      const coloured = ink === undefined ? body : palette[ink](body);
      return at === 0
        ? ` ${palette.title(label.padEnd(LABEL))}${coloured}`
        : " ".repeat(LABEL + 1) + coloured;
    });
  });
}
