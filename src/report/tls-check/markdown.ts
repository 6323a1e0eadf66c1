/** A comment for a pull request: the verdict, a table of targets, findings with what to do. GitHub's Markdown. */
import type { CheckDocument, RuleDocument, TargetDocument } from "../../engine/tls-check/document/model.ts";
import { escapeMarkdown } from "../syntax/escape.ts";
import { countWords, type FindingGroup, groupFindings, isProblem, OUTCOME_WORDS } from "./reading.ts";

/** GitHub takes 65,536 characters; beyond these the report file is the place to look. */
const MOST_TARGETS = 100;
const MOST_FINDINGS = 50;

const SIGNS = {
  passed: "✅",
  failed: "❌",
  inconclusive: "❔",
  unreachable: "❔",
  unreadable: "❔",
} as const;

export function renderMarkdown(result: CheckDocument): string {
  const { targets, outcome, expiredWaivers } = result;
  const counts = countWords(targets.flatMap(({ findings }) => findings));
  const lines = [
    `## ${SIGNS[outcome]} TLS check ${outcome}`,
    "",
    counts === "" ? "Nothing was found." : `${counts}.`,
    ...(result.interrupted
      ? ["", `Interrupted: ${targets.length} of ${result.planned} targets were looked at.`]
      : []),
    ...expiredWaivers.flatMap(({ rule, until }) => ["", `❌ The waiver for \`${rule}\` ended on ${until}.`]),
    "",
    "| target | outcome | grade | findings |",
    "| --- | --- | --- | --- |",
    ...targets.slice(0, MOST_TARGETS).map(targetRow),
    ...(targets.length > MOST_TARGETS ? [`| and ${targets.length - MOST_TARGETS} more | | | |`] : []),
    ...findingsPart(result),
    ...targets.slice(0, MOST_TARGETS).flatMap(policyPart),
  ];
  return `${lines.join("\n")}\n`;
}

function targetRow({ name, outcome, grade, findings, error }: TargetDocument): string {
  const what = error === null ? countWords(findings) || "none" : escapeMarkdown(error.message);
  return `| ${escapeMarkdown(name)} | ${SIGNS[outcome]} ${OUTCOME_WORDS[outcome]} | ${grade?.letter ?? ""} | ${what} |`;
}

/** The same at several targets is one entry. */
function findingsPart({ targets, rules }: CheckDocument): string[] {
  const groups = groupFindings(targets.flatMap(({ findings }) => findings.filter(isProblem)));
  if (groups.length === 0) return [];
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const shown = groups.slice(0, MOST_FINDINGS).flatMap((group) => findingPart(group, byId.get(group.rule)));
  const rest = groups.length - MOST_FINDINGS;
  return ["", "### Findings", "", ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])];
}

function findingPart(group: FindingGroup, rule: RuleDocument | undefined): string[] {
  const places = group.places.slice(0, 5).map(({ where }) => escapeMarkdown(where));
  const rest = group.places.length - places.length;
  const sign = group.decides ? "❌" : "⚠️";
  return [
    `<details><summary>${sign} <b>${group.severity}</b> ${escapeMarkdown(group.message)} (<code>${escapeMarkdown(group.rule)}</code>)</summary>`,
    "",
    `At ${places.join("; ")}${rest > 0 ? ` and ${rest} more places` : ""}.`,
    ...(rule === undefined
      ? []
      : ["", escapeMarkdown(rule.why), "", "```text", rule.fix.replaceAll("```", "'''"), "```"]),
    "",
    "</details>",
    "",
  ];
}

function policyPart({ name, policy }: TargetDocument): string[] {
  if (policy === null || policy.steps.length === 0) return [];
  return [
    "",
    `### To comply with ${escapeMarkdown(policy.name)} ${escapeMarkdown(policy.version)}: ${escapeMarkdown(name)}`,
    "",
    ...policy.steps.map(
      ({ action, what, why }) => `- ${action} ${escapeMarkdown(what)}: ${escapeMarkdown(why)}`,
    ),
  ];
}
