/** The last lines of every page: what it comes to, what was seen, and what to try next. */
import type { PathVerdict } from "../../../engine/connect/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";
import { verdictWords } from "../reading.ts";

export const SIGNS: Readonly<Record<PathVerdict["outcome"], string>> = {
  ok: "✓",
  degraded: "!",
  failed: "✗",
  interrupted: "!",
};

export const INKS = {
  ok: "good",
  degraded: "warn",
  failed: "bad",
  interrupted: "warn",
} as const satisfies Record<PathVerdict["outcome"], keyof Palette>;

export function conclusionSection(verdict: PathVerdict, palette: Palette, width: number): string[] {
  const ink = palette[INKS[verdict.outcome]];
  return [
    ...hanging(` ${SIGNS[verdict.outcome]} `, printable(verdictWords(verdict)), width).map((line) =>
      ink(line),
    ),
    ...verdict.evidence.flatMap((line) => hanging("   • ", printable(line), width)),
    ...(verdict.next === null
      ? []
      : hanging("   → ", printable(verdict.next), width).map((line) => palette.label(line))),
  ];
}
