/** Many targets: what was found most and worst, then one line each. */
import { groupThousands } from "../../../core/units.ts";
import type { CheckDocument, TargetDocument } from "../../../engine/tls-check/document/model.ts";
import { displayWidth, hanging, type Palette, padEnd, printable, truncate } from "../../text/style.ts";
import { isProblem, OUTCOME_WORDS, SEVERITIES_DOWN } from "../reading.ts";
import { severityInk } from "./findings.ts";
import { OUTCOME_SIGNS, outcomeInk } from "./target.ts";

export function overview(result: CheckDocument, palette: Palette, width: number): string[] {
  return ["", ...byRule(result, palette, width), ...everyTarget(result.targets, palette, width)];
}

/** Each rule that found something, with how many targets it found it at. */
function byRule({ targets, rules }: CheckDocument, palette: Palette, width: number): string[] {
  const hits = new Map<string, { severity: (typeof SEVERITIES_DOWN)[number]; targets: string[] }>();
  for (const target of targets) {
    const worst = new Map<string, (typeof SEVERITIES_DOWN)[number]>();
    for (const finding of target.findings) {
      if (!isProblem(finding)) continue;
      const known = worst.get(finding.rule);
      if (known === undefined || rank(finding.severity) < rank(known))
        worst.set(finding.rule, finding.severity);
    }
    for (const [rule, severity] of worst) {
      const entry = hits.get(rule) ?? { severity, targets: [] };
      if (rank(severity) < rank(entry.severity)) entry.severity = severity;
      entry.targets.push(target.name);
      hits.set(rule, entry);
    }
  }
  if (hits.size === 0) return [];
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const sorted = [...hits].sort(
    ([, a], [, b]) => rank(a.severity) - rank(b.severity) || b.targets.length - a.targets.length,
  );
  const lines = sorted.flatMap(([rule, { severity, targets: names }]) => {
    const count = `${groupThousands(names.length)} ${names.length === 1 ? "target" : "targets"}`;
    const [first = "", ...more] = hanging(
      `   ${padEnd(severity, 8)}  `,
      printable(`${titles.get(rule) ?? rule} (${rule}): ${names.length <= 2 ? names.join(", ") : count}`),
      width,
    );
    return [severityInk(severity, palette)(first.slice(0, 13)) + first.slice(13), ...more];
  });
  return [` ${palette.title("Findings")}`, ...lines, ""];
}

function rank(severity: (typeof SEVERITIES_DOWN)[number]): number {
  return SEVERITIES_DOWN.indexOf(severity);
}

/** What stands before a name, and the least that has room after it. */
const BEFORE = 22;
const AFTER = 14;

function everyTarget(targets: readonly TargetDocument[], palette: Palette, width: number): string[] {
  const longest = Math.max(...targets.map(({ name }) => displayWidth(printable(name))));
  const nameWidth = Math.min(longest, width - BEFORE - AFTER);
  return [
    ` ${palette.title("Targets")}`,
    ...targets.map((target) => {
      const { name, outcome, grade } = target;
      const word = `${OUTCOME_SIGNS[outcome]} ${padEnd(OUTCOME_WORDS[outcome], 12)}`;
      const letter = padEnd(grade?.letter ?? "", 3);
      const shown = padEnd(truncate(printable(name), nameWidth), nameWidth);
      const start = `   ${word} ${letter}${shown}  `;
      const detail = truncate(printable(reason(target)), width - displayWidth(start));
      return `   ${outcomeInk(outcome, palette)(word)} ${palette.figure(letter)}${shown}  ${palette.dim(detail)}`;
    }),
  ];
}

function reason({ findings, error }: TargetDocument): string {
  if (error !== null) return error.message;
  const rules = [...new Set(findings.filter(isProblem).map(({ rule }) => rule))];
  return rules.join(", ");
}
