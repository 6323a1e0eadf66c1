/** One target of the HTML report: verdict, findings with what to do, grade, policy, drift, and all that was seen. */
import type {
  CheckDocument,
  RuleDocument,
  TargetDocument,
} from "../../../engine/tls-check/document/model.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { countWords, type FindingGroup, groupFindings, OUTCOME_WORDS } from "../reading.ts";
import { certificatePart } from "./certificates.ts";
import { endpointPart } from "./endpoint.ts";

export function targetSection(
  target: TargetDocument,
  result: CheckDocument,
  rules: ReadonlyMap<string, RuleDocument>,
  open: boolean,
): string {
  const { name, outcome, grade, findings } = target;
  const ink = outcome === "passed" ? "good" : outcome === "failed" ? "bad" : "warn";
  const letter =
    grade === null ? "" : `<span class="grade ${gradeInk(grade.letter)}">${escapeHtml(grade.letter)}</span>`;
  return `<details class="target"${open ? " open" : ""}>
<summary>${letter}<h2>${escapeHtml(name)}</h2><span class="${ink}">${OUTCOME_WORDS[outcome]}</span><span class="soft">${countWords(findings)}</span></summary>
<div>
${[
  errorPart(target),
  findingsPart(target, rules),
  gradePart(target),
  policyPart(target),
  driftPart(target),
  endpointPart(target, result),
  certificatePart(target, result),
]
  .filter((part) => part !== "")
  .join("\n")}
</div>
</details>`;
}

function gradeInk(letter: string): string {
  if (letter.startsWith("A")) return "good";
  return letter === "B" || letter === "C" ? "warn" : "bad";
}

function errorPart({ error }: TargetDocument): string {
  if (error === null) return "";
  const more = [error.why, error.next].flatMap((text) =>
    text === null ? [] : [`<p>${escapeHtml(text)}</p>`],
  );
  return `<div class="finding high"><p class="bad">${escapeHtml(error.message)}</p>${more.join("")}</div>`;
}

function findingsPart(target: TargetDocument, rules: ReadonlyMap<string, RuleDocument>): string {
  const groups = groupFindings(target.findings);
  const waived = target.waived.map(
    ({ message, rule, waiver }) =>
      `<div class="finding"><p class="soft">waived until ${escapeHtml(waiver.until)}: ${escapeHtml(message)} (<code>${escapeHtml(rule)}</code>): ${escapeHtml(waiver.reason)}</p></div>`,
  );
  if (groups.length + waived.length === 0) return "";
  return `<h3>Findings</h3>${groups.map((group) => findingPart(group, rules.get(group.rule))).join("")}${waived.join("")}`;
}

function findingPart(group: FindingGroup, rule: RuleDocument | undefined): string {
  const { severity, status, message, places } = group;
  const isOpen = status === "inconclusive";
  const ink = isOpen
    ? "warn"
    : severity === "info"
      ? "soft"
      : severity === "critical" || severity === "high"
        ? "bad"
        : "warn";
  const evidence = [...new Set(places.flatMap((place) => place.evidence))].slice(0, 20);
  return `<div class="finding ${isOpen ? "" : severity}">
<p><span class="severity ${ink}">${isOpen ? "open" : severity}</span> ${status === "problem" || isOpen ? "" : `<span class="soft">${status}</span> `}<strong>${escapeHtml(message)}</strong></p>
<p class="soft"><code>${escapeHtml(group.rule)}</code> at ${places.map(({ where }) => escapeHtml(where)).join("; ")}</p>
${evidence.length === 0 ? "" : `<p class="soft">${evidence.map(escapeHtml).join("<br>")}</p>`}
${rule === undefined ? "" : `<details><summary>why, and what to do</summary><p>${escapeHtml(rule.why)}</p><pre>${escapeHtml(rule.fix)}</pre></details>`}
</div>`;
}

function gradePart({ grade }: TargetDocument): string {
  if (grade === null || grade.lines.length === 0) return "";
  const rows = grade.lines.map(
    ({ text, cap }) =>
      `<tr><td class="figure">at most ${escapeHtml(cap)}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<h3>Grade ${escapeHtml(grade.letter)}</h3><table>${rows.join("")}</table>`;
}

function policyPart({ policy }: TargetDocument): string {
  if (policy === null) return "";
  const title = `${policy.name} ${policy.version}`;
  if (policy.complies) return `<h3>Policy</h3><p class="good">complies with ${escapeHtml(title)}</p>`;
  const steps = policy.steps.map(
    ({ action, what, why }) =>
      `<tr><th scope="row">${action}</th><td>${escapeHtml(what)}</td><td class="soft">${escapeHtml(why)}</td></tr>`,
  );
  const unknown = policy.unknown.map((text) => `<p class="warn">not known whether ${escapeHtml(text)}</p>`);
  const configuration = policy.configuration.map(
    ({ server, lines }) =>
      `<details><summary>${escapeHtml(server)}</summary><pre>${lines.map(escapeHtml).join("\n")}</pre></details>`,
  );
  return `<h3>To comply with ${escapeHtml(title)}</h3><table>${steps.join("")}</table>${unknown.join("")}${configuration.join("")}`;
}

function driftPart({ drift }: TargetDocument): string {
  if (drift.length === 0) return "";
  const rows = drift.flatMap(({ what, values }) =>
    values.map(
      ({ value, addresses }, at) =>
        `<tr><th scope="row">${at === 0 ? escapeHtml(what) : ""}</th><td>${escapeHtml(addresses.join(", "))}</td><td><code>${escapeHtml(value)}</code></td></tr>`,
    ),
  );
  return `<h3 class="warn">The addresses differ</h3><div class="scroll"><table>${rows.join("")}</table></div>`;
}
