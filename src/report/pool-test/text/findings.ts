/** What a reader should know before the figures are used, the gravest first, and what to do about it. */
import type { Finding, PoolTestResult } from "../../../engine/pool-test/result.ts";
import { hanging, type Palette, printable } from "../../text/style.ts";

const ORDER = ["error", "warning", "info"] as const satisfies readonly Finding["severity"][];
const SIGNS = { error: "✗", warning: "!", info: "·" } as const satisfies Record<Finding["severity"], string>;

export function findingsSection(
  { findings, interrupted }: PoolTestResult,
  palette: Palette,
  width: number,
): string[] {
  const inks = { error: palette.bad, warning: palette.warn, info: palette.dim };
  const sorted = findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const lines = sorted.flatMap(({ severity, text, next, size }) => [
    ...hanging(
      ` ${SIGNS[severity]} `,
      `${size === null ? "" : `size ${size}: `}${printable(text)}`,
      width,
    ).map((line) => inks[severity](line)),
    ...(next === null ? [] : hanging("   → ", printable(next), width)),
  ]);
  if (interrupted) lines.push(palette.warn(" ! interrupted: these are the figures until then"));
  return lines;
}
