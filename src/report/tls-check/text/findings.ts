/** Findings for people: worst first, each with its places and the first step to mend it. */
import type {
  CheckDocument,
  RuleDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import type { Severity } from "../../../engine/tls-check/rules/rule.ts";
import { hanging, type Palette, padEnd, printable } from "../../text/style.ts";
import { type FindingGroup, groupFindings, isProblem } from "../reading.ts";

/** More places than these are counted, not listed. */
const PLACES = 4;
const EVIDENCE = 3;
const EVIDENCE_LINES = 3;
/** ` ✗ critical  `. */
const INDENT = 13;

export function severityInk(severity: Severity, palette: Palette): (text: string) => string {
  switch (severity) {
    case "critical":
    case "high":
      return palette.bad;
    case "medium":
    case "low":
      return palette.warn;
    case "info":
      return palette.dim;
  }
}

export function findingsSection(
  target: TargetDocument,
  result: CheckDocument,
  palette: Palette,
  width: number,
): string[] {
  const groups = groupFindings(target.findings);
  const rules = new Map(result.rules.map((rule) => [rule.id, rule]));
  const problems = groups.filter(isProblem);
  // A target that was not reached has said so already.
  const open = groups.filter(
    ({ status, rule }) =>
      status === "inconclusive" && !(target.error !== null && rule === "endpoint-inconclusive"),
  );
  const notes = groups.filter((group) => !problems.includes(group) && group.status !== "inconclusive");
  const lines = problems.flatMap((group) => problemLines(group, rules.get(group.rule), palette, width));
  lines.push(...open.flatMap((group) => shortLines("?", group, palette, width)));
  lines.push(...notes.flatMap((group) => shortLines("·", group, palette, width)));
  lines.push(
    ...target.waived.flatMap(({ rule, message, waiver }) =>
      hanging(
        "   waived    ",
        printable(`${message} (${rule}, until ${waiver.until}: ${waiver.reason})`),
        width,
      ).map((line) => palette.dim(line)),
    ),
  );
  return lines.length === 0 ? [] : [` ${palette.title("Findings")}`, ...lines];
}

function problemLines(
  group: FindingGroup,
  rule: RuleDocument | undefined,
  palette: Palette,
  width: number,
): string[] {
  const ink = severityInk(group.severity, palette);
  const sign = group.decides ? "✗" : "!";
  const first = ` ${sign} ${padEnd(group.severity, 8)}  `;
  const status = group.status === "problem" ? "" : ` [${group.status}]`;
  const [head = "", ...more] = hanging(first, printable(`${group.message}${status}`), width);
  const lines = [
    ink(head.slice(0, INDENT)) + palette.figure(head.slice(INDENT)),
    ...more.map((line) => palette.figure(line)),
  ];
  const dim = (text: string) =>
    hanging(" ".repeat(INDENT), printable(text), width).map((line) => palette.dim(line));
  lines.push(...dim(placesText(group)));
  const evidence = [...new Set(group.places.flatMap((place) => place.evidence))];
  for (const text of evidence.slice(0, EVIDENCE)) lines.push(...shortened(dim(text)));
  if (evidence.length > EVIDENCE) lines.push(...dim(`and ${evidence.length - EVIDENCE} more`));
  const fix = rule?.fix.split("\n")[0];
  if (fix !== undefined && fix !== "") {
    lines.push(...hanging(`${" ".repeat(INDENT)}try  `, `${fix} (--explain ${group.rule})`, width));
  }
  return lines;
}

/** Lists of suites are long; the whole of them stands further down and in every other report. */
function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= EVIDENCE_LINES
    ? lines
    : [...lines.slice(0, EVIDENCE_LINES - 1), `${lines[EVIDENCE_LINES - 1]} …`];
}

function placesText({ rule, places }: FindingGroup): string {
  const shown = places.slice(0, PLACES).map(({ where }) => where);
  const rest = places.length - shown.length;
  return `${rule}: ${shown.join("; ")}${rest > 0 ? ` and ${rest} more places` : ""}`;
}

function shortLines(sign: string, group: FindingGroup, palette: Palette, width: number): string[] {
  const evidence = [...new Set(group.places.flatMap((place) => place.evidence))].slice(0, EVIDENCE);
  const detail = group.status === "inconclusive" && evidence.length > 0 ? `: ${evidence.join("; ")}` : "";
  const word = group.status === "inconclusive" ? "open" : "note";
  const ink = group.status === "inconclusive" ? palette.warn : palette.dim;
  return hanging(
    ` ${sign} ${padEnd(word, 8)}  `,
    printable(`${group.message}${detail} (${group.rule})`),
    width,
  ).map((line) => ink(line));
}
