/** One target at length: the verdict, why, what to do, and then everything that was seen. */
import type { CheckDocument, TargetDocument } from "../../../engine/tls-check/document/model.ts";
import { hanging, type Palette, padEnd, printable } from "../../text/style.ts";
import { countWords, OUTCOME_WORDS } from "../reading.ts";
import { certificateSections } from "./certificates.ts";
import { endpointSections } from "./endpoint.ts";
import { findingsSection } from "./findings.ts";

export function outcomeInk(outcome: TargetDocument["outcome"], palette: Palette): (text: string) => string {
  if (outcome === "passed") return palette.good;
  return outcome === "failed" ? palette.bad : palette.warn;
}

export const OUTCOME_SIGNS: Readonly<Record<TargetDocument["outcome"], string>> = {
  passed: "✓",
  failed: "✗",
  inconclusive: "?",
  unreachable: "?",
  unreadable: "?",
};

type Policy = NonNullable<TargetDocument["policy"]>;

/** More things than these in one step are counted: every other report has all of them. */
const STEPS = 12;

/** @param configure With configuration that complies, which is the same for all targets. */
export function targetPage(
  target: TargetDocument,
  result: CheckDocument,
  configure: boolean,
  palette: Palette,
  width: number,
): string[] {
  const findings = findingsSection(target, result, palette, width);
  return [
    ...head(target, palette, width),
    ...errorLines(target, palette, width),
    ...(findings.length === 0 ? [] : ["", ...findings]),
    ...gradeLines(target, palette, width),
    ...policyLines(target, configure, palette, width),
    ...driftLines(target, palette, width),
    ...endpointSections(target, result.scope, palette, width),
    ...certificateSections(target, result, palette, width),
  ];
}

function head({ name, outcome, findings, grade }: TargetDocument, palette: Palette, width: number): string[] {
  const ink = outcomeInk(outcome, palette);
  const counts = countWords(findings);
  const words = [
    `${OUTCOME_SIGNS[outcome]} ${OUTCOME_WORDS[outcome]}`,
    ...(grade === null ? [] : [`grade ${grade.letter}`]),
    ...(counts === "" ? [] : [counts]),
  ];
  return [
    ...hanging(" ", printable(name), width).map((line) => palette.title(line)),
    ...hanging(" ", words.join("  ·  "), width).map((line) => ink(line)),
  ];
}

function errorLines({ error }: TargetDocument, palette: Palette, width: number): string[] {
  if (error === null) return [];
  const lines = ["", ...hanging("   ", printable(error.message), width).map((line) => palette.bad(line))];
  if (error.why !== null) lines.push(...hanging("   why  ", printable(error.why), width));
  if (error.next !== null) lines.push(...hanging("   try  ", printable(error.next), width));
  return lines;
}

function gradeLines({ grade }: TargetDocument, palette: Palette, width: number): string[] {
  if (grade === null) return [];
  const opening = ` ${palette.title("Grade")}  ${palette.figure(grade.letter)}`;
  if (grade.lines.length === 0) return ["", opening];
  return [
    "",
    opening,
    ...grade.lines.flatMap(({ text, cap }) =>
      hanging(`   at most ${padEnd(cap, 3)} `, printable(text), width),
    ),
  ];
}

/** Steps of one kind and reason stand together: sixty suites to take out are one line to read. */
function stepGroups(steps: Policy["steps"]): readonly (readonly [string, readonly string[], string])[] {
  const groups = new Map<string, [string, string[], string]>();
  for (const { action, what, why } of steps) {
    const group = groups.get(`${action}\n${why}`) ?? [action, [], why];
    groups.set(`${action}\n${why}`, group);
    group[1].push(what);
  }
  return [...groups.values()];
}

function policyLines(
  { policy }: TargetDocument,
  configure: boolean,
  palette: Palette,
  width: number,
): string[] {
  if (policy === null) return [];
  const count = policy.steps.length;
  const verdict = policy.complies
    ? palette.good("✓ complies")
    : count > 0
      ? palette.bad(`✗ ${count} ${count === 1 ? "step" : "steps"} to comply`)
      : palette.warn("? not known");
  const lines = [
    "",
    ` ${palette.title("Policy")}  ${printable(policy.name)} ${printable(policy.version)}  ${verdict}`,
  ];
  for (const [action, things, why] of stepGroups(policy.steps)) {
    const short = things.length === 1 ? things : things.map((what) => what.replace(/ \(.*\)$/, ""));
    const more = short.length > STEPS ? ` and ${short.length - STEPS} more` : "";
    const text = `${short.slice(0, STEPS).join(", ")}${more}: ${why}`;
    lines.push(...hanging(`   ${padEnd(action, 7)} `, printable(text), width));
  }
  for (const question of policy.unknown) {
    const text = printable(`not known whether ${question}`);
    lines.push(...hanging("   ?       ", text, width).map((line) => palette.warn(line)));
  }
  if (!configure) return lines;
  for (const { server, lines: configuration } of policy.configuration) {
    // Not broken, however long: these lines are there to be copied.
    lines.push(`   ${palette.label(server)}`, ...configuration.map((line) => `     ${printable(line)}`));
  }
  return lines;
}

function driftLines({ drift }: TargetDocument, palette: Palette, width: number): string[] {
  if (drift.length === 0) return [];
  return [
    "",
    ` ${palette.title("Drift")}  ${palette.warn("the addresses differ")}`,
    ...drift.flatMap(({ what, values }) => [
      ...hanging("   ", what, width).map((line) => palette.label(line)),
      ...values.flatMap(({ value, addresses }) =>
        hanging("     ", printable(`${addresses.join(", ")}: ${value}`), width),
      ),
    ]),
  ];
}
