/** May these figures be trusted, and do they hold what was expected: the last lines of the page. */

import type { Quality, RunResult } from "../../core/run-document.ts";
import { formatMicros, formatShare } from "../../core/units.ts";
import { VERDICT_MEANING } from "../run-reading.ts";
import { displayWidth, flow, hanging, type Palette, padEnd, printable } from "./style.ts";

export function qualitySection(result: RunResult, palette: Palette, width: number): string[] {
  const { quality } = result;
  const ink = { valid: palette.good, suspect: palette.warn, invalid: palette.bad }[quality.verdict];
  const sign = { valid: "✓", suspect: "!", invalid: "✗" }[quality.verdict];
  const [opening = "", ...more] = hanging(
    ` Quality  ${sign} ${quality.verdict}  `,
    VERDICT_MEANING[quality.verdict],
    width,
  );
  const head = opening.replace(
    ` Quality  ${sign} ${quality.verdict}`,
    ` ${palette.title("Quality")}  ${ink(`${sign} ${quality.verdict}`)}`,
  );
  return [
    head,
    ...more,
    ...flow(evidence(quality), width - 3, " · ").map((line) => `   ${palette.dim(line)}`),
    ...quality.reasons.flatMap((reason) =>
      hanging("   • ", printable(reason), width).map((line) => ink(line)),
    ),
  ];
}

function evidence({ cpu, loopLag, gc }: Quality): string[] {
  // An imported run has no generator that was watched.
  const parts = loopLag.count === 0 && cpu.busy === 0 ? [] : [`generator ${formatShare(cpu.busy)} busy`];
  if (cpu.waiting !== null) parts.push(`waiting for a CPU ${formatShare(cpu.waiting)}`);
  if (loopLag.p99 !== null) parts.push(`loop lag p99 ${formatMicros(loopLag.p99)}`);
  if (gc.pauses > 0) parts.push(`longest GC ${formatMicros(gc.maxMs * 1000)}`);
  return parts;
}

/** Of any result that was held against `--expect`. */
export function expectationsSection(
  { expectations }: Pick<RunResult, "expectations">,
  palette: Palette,
  width: number,
): string[] {
  if (expectations.length === 0) return [];
  const broken = expectations.filter(({ holds }) => !holds).length;
  const summary =
    broken === 0
      ? palette.good(expectations.length === 1 ? "it holds" : `all ${expectations.length} hold`)
      : palette.bad(`${broken} of ${expectations.length} broken`);
  const longest = Math.max(...expectations.map(({ text }) => displayWidth(printable(text))));
  const textWidth = Math.min(longest, Math.floor(width * 0.45));
  return [
    ` ${palette.title("Expectations")}  ${summary}`,
    ...expectations.flatMap(({ text, detail, holds }) => {
      const ink = holds ? palette.good : palette.bad;
      const lines = hanging(`   ${holds ? "✓" : "✗"} `, printable(text), width);
      const last = lines.at(-1)!;
      // A long expectation has its finding below it, under its text.
      const fits = displayWidth(last) <= textWidth + 5;
      const finding = fits
        ? hanging(padEnd(last, textWidth + 7), printable(detail), width)
        : [last, ...hanging(" ".repeat(7), printable(detail), width)];
      return [...lines.slice(0, -1), ...finding].map((line, at) =>
        at === 0 ? ink(line.slice(0, 4)) + line.slice(4) : line,
      );
    }),
  ];
}
