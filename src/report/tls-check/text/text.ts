/**
 * The page for a terminal: one target at length; more than three as one line each, worst findings after that.
 */
import { formatMicros, groupThousands } from "../../../core/units.ts";
import type { CheckDocument } from "../../../engine/tls-check/document/model.ts";
import { hanging, type Palette, paletteOf, printable } from "../../text/style.ts";
import type { CheckReportOptions } from "../format.ts";
import { connectionsOf, countWords, OUTCOME_WORDS } from "../reading.ts";
import { overview } from "./overview.ts";
import { targetPage } from "./target.ts";

/** So many targets are shown at length. */
const PAGES = 3;

export function renderCheckText(result: CheckDocument, options: CheckReportOptions): string {
  const palette = paletteOf(options);
  const { width } = options;
  const first = result.targets.find(({ policy }) => (policy?.steps.length ?? 0) > 0);
  const body =
    result.targets.length > PAGES
      ? overview(result, palette, width)
      : result.targets.flatMap((target) => [
          "",
          ...targetPage(target, result, target === first, palette, width),
        ]);
  const lines = [...body, "", ...waiverLines(result, palette, width), ...footer(result, palette, width)];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function waiverLines({ expiredWaivers }: CheckDocument, palette: Palette, width: number): string[] {
  return expiredWaivers.flatMap(({ rule, until }) =>
    hanging(
      " ✗ ",
      `the waiver for ${printable(rule)} ended on ${printable(until)}: renew it or take it out`,
      width,
    ).map((line) => palette.bad(line)),
  );
}

/** What decided, how much was looked at, and what it took. */
function footer(result: CheckDocument, palette: Palette, width: number): string[] {
  const { targets, outcome, planned, interrupted } = result;
  const ink = { passed: palette.good, failed: palette.bad, inconclusive: palette.warn }[outcome];
  const sign = { passed: "✓", failed: "✗", inconclusive: "?" }[outcome];
  const counts = countWords(targets.flatMap(({ findings }) => findings));
  const words = [counts, ...unknownWords(targets)].filter((text) => text !== "").join(", ");
  const seconds = Math.max(0, ...targets.map(({ effort }) => effort.seconds));
  const connections = connectionsOf(result);
  const effort = [
    `${groupThousands(targets.length)} ${targets.length === 1 ? "target" : "targets"}`,
    ...(connections > 0
      ? [`${groupThousands(connections)} ${connections === 1 ? "connection" : "connections"}`]
      : []),
    ...(targets.length === 1 ? [formatMicros(seconds * 1e6)] : []),
    `fails on ${result.failOn.join(", ") || "nothing"}`,
  ];
  const lines = hanging(` ${sign} `, `${outcome}: ${words === "" ? "nothing found" : words}`, width).map(
    (line) => ink(line),
  );
  lines.push(...hanging("   ", effort.join(" · "), width).map((line) => palette.dim(line)));
  if (interrupted) {
    const done = `interrupted: ${groupThousands(targets.length)} of ${groupThousands(planned)} targets were looked at`;
    lines.push(...hanging("   ", done, width).map((line) => palette.warn(line)));
  }
  return lines;
}

/** `2 targets not reached`. */
function unknownWords(targets: CheckDocument["targets"]): string[] {
  return (["unreachable", "unreadable", "inconclusive"] as const).flatMap((outcome) => {
    const count = targets.filter((target) => target.outcome === outcome).length;
    return count === 0
      ? []
      : [`${groupThousands(count)} ${count === 1 ? "target" : "targets"} ${OUTCOME_WORDS[outcome]}`];
  });
}
