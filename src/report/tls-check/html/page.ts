/** The HTML report: one self-contained page, no script, nothing loaded from anywhere. */
import type { CheckDocument, RuleDocument } from "../../../engine/tls-check/document/model.ts";
import { renderPage } from "../../html/frame.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { connectionsOf, isProblem, SEVERITIES_DOWN } from "../reading.ts";
import { CHECK_STYLE } from "./style.ts";
import { targetSection } from "./target.ts";

/** Up to so many targets are unfolded when the page opens. */
const OPEN_UP_TO = 5;

export function renderHtml(result: CheckDocument): string {
  const { targets, outcome, version, startedAt, at, failOn, planned, interrupted, expiredWaivers } = result;
  const rules = new Map<string, RuleDocument>(result.rules.map((rule) => [rule.id, rule]));
  const problems = targets.flatMap(({ findings }) => findings.filter(isProblem));
  const chips = [
    ...SEVERITIES_DOWN.filter((severity) => severity !== "info").map((severity) => {
      const count = problems.filter((finding) => finding.severity === severity).length;
      return `<li class="chip">${count} ${severity}</li>`;
    }),
    `<li class="chip">${targets.length} ${targets.length === 1 ? "target" : "targets"}</li>`,
    `<li class="chip">${connectionsOf(result)} ${connectionsOf(result) === 1 ? "connection" : "connections"}</li>`,
  ];
  const remarks = [
    ...(interrupted ? [`Interrupted: ${targets.length} of ${planned} targets were looked at.`] : []),
    ...expiredWaivers.map(({ rule, until }) => `The waiver for ${rule} ended on ${until}.`),
  ].map((text) => `<p class="bad">${escapeHtml(text)}</p>`);
  const ink = { passed: "good", failed: "bad", inconclusive: "warn" }[outcome];
  const facts = `netkit ${version}, ${startedAt.slice(0, 16).replace("T", " ")} UTC; dates judged by ${at.slice(0, 16).replace("T", " ")} UTC; fails on ${failOn.join(", ") || "nothing"}`;
  return renderPage({
    title: `TLS check ${outcome}`,
    style: CHECK_STYLE,
    body: `<header>
<h1>TLS check <span class="${ink}">${outcome}</span></h1>
<p class="soft">${escapeHtml(facts)}</p>
<ul class="chips">${chips.join("")}</ul>
${remarks.join("\n")}
</header>
<main>
${targets.map((target) => targetSection(target, result, rules, targets.length <= OPEN_UP_TO)).join("\n")}
</main>
<footer>Offered, refused and inconclusive are three answers: what was reset, cut or timed out is never read as refused.</footer>`,
  });
}
