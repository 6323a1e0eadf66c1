/** The last lines of every page: what it comes to, what was seen, and what to try next. */
import type { PathVerdict } from "../../../engine/connect/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";

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

const LAYER_WORDS: Readonly<Record<string, string>> = {
  "tls-trust": "TLS trust",
  "tls-name": "TLS name",
  "tls-version": "TLS version",
  tls: "TLS",
};

export function conclusionSection(verdict: PathVerdict, palette: Palette, width: number): string[] {
  const ink = palette[INKS[verdict.outcome]];
  const layer = verdict.layer === null ? "" : `${LAYER_WORDS[verdict.layer] ?? verdict.layer}: `;
  return [
    ...hanging(` ${SIGNS[verdict.outcome]} `, layer + printable(verdict.title), width).map((line) =>
      ink(line),
    ),
    ...verdict.evidence.flatMap((line) => hanging("   • ", printable(line), width)),
    ...(verdict.next === null
      ? []
      : hanging("   → ", printable(verdict.next), width).map((line) => palette.label(line))),
  ];
}
