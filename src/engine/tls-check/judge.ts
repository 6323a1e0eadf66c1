/**
 * From findings to a verdict. Pure: the same facts give the same findings in the same order, and what could not
 * be found out decides nothing unless it could have decided something.
 */
import type { CheckPlan } from "./plan.ts";
import type { CheckResult, TargetResult } from "./result.ts";
import { RULES } from "./rules/catalog.ts";
import { type Finding, type Rule, SEVERITIES, type Severity, type Subject } from "./rules/rule.ts";

export type FailOn = CheckPlan["failOn"];

/** Every rule over one target: worst first, then by rule and place; the same finding once, with all evidence. */
export function judge(subject: Subject, rules: readonly Rule[] = RULES): readonly Finding[] {
  const byIdentity = new Map<string, Finding>();
  for (const finding of rules.flatMap((rule) => rule.judge(subject))) {
    const identity = [finding.rule, finding.where, finding.status, finding.message].join("\n");
    const known = byIdentity.get(identity);
    byIdentity.set(identity, known === undefined ? finding : merge(known, finding));
  }
  return [...byIdentity.values()].sort(byWeight);
}

function merge(a: Finding, b: Finding): Finding {
  const severity = rank(a.severity) >= rank(b.severity) ? a.severity : b.severity;
  return { ...a, severity, evidence: [...new Set([...a.evidence, ...b.evidence])] };
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Code points, not the reader's language: reports must not differ between machines. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byWeight(a: Finding, b: Finding): number {
  return (
    rank(b.severity) - rank(a.severity) ||
    compare(a.rule, b.rule) ||
    compare(a.where, b.where) ||
    compare(a.message, b.message)
  );
}

/** Reaches the severity asked for, or is of a rule that is named. */
export function reaches(rule: string, severity: Severity, failOn: FailOn): boolean {
  return failOn.some((limit) =>
    typeof limit === "string" ? rank(severity) >= rank(limit) : limit.rule === rule,
  );
}

/** Whether this finding makes the check fail. What is not known never does. */
export function fails(finding: Finding, failOn: FailOn): boolean {
  return finding.status !== "inconclusive" && reaches(finding.rule, finding.severity, failOn);
}

/** An open question matters when its answer could have made the check fail. */
function leavesOpen(finding: Finding, failOn: FailOn, rules: readonly Rule[]): boolean {
  if (finding.status !== "inconclusive") return false;
  const own = rules.find(({ id }) => id === finding.rule);
  if (own === undefined) return reaches(finding.rule, "critical", failOn);
  const open = rules.filter((rule) => rule === own || own.opens?.includes(rule.about) === true);
  return open.some(({ id, severity }) => reaches(id, severity, failOn));
}

export type TargetParts = Pick<TargetResult, "endpoint" | "file" | "findings" | "policy">;

/** The outcome of one target; `findings` are those that no waiver covers. */
export function decideTarget(
  parts: TargetParts,
  failOn: FailOn,
  rules: readonly Rule[] = RULES,
): TargetResult["outcome"] {
  const { endpoint, file, findings, policy } = parts;
  // Not a judgement of what is in it: there is nothing to judge.
  if (file !== undefined && file.items.length > 0 && file.items.every(({ kind }) => kind === "unreadable")) {
    return "unreadable";
  }
  const breaksPolicy = policy !== undefined && policy.steps.length > 0;
  if (breaksPolicy || findings.some((finding) => fails(finding, failOn))) return "failed";
  if (endpoint === undefined && file === undefined) return "unreachable";
  if (endpoint !== undefined) {
    const missed = endpoint.addresses.filter(({ unreachable }) => unreachable !== undefined).length;
    if (missed === endpoint.addresses.length) return "unreachable";
    // Nothing is known of an address that was not reached.
    if (missed > 0) return "inconclusive";
  }
  if (policy !== undefined && policy.unknown.length > 0) return "inconclusive";
  return findings.some((finding) => leavesOpen(finding, failOn, rules)) ? "inconclusive" : "passed";
}

/** The outcome of the whole check: one failure decides; else one open question does. */
export function decide(
  targets: readonly Pick<TargetResult, "outcome">[],
  expiredWaivers: CheckResult["expiredWaivers"] = [],
): CheckResult["outcome"] {
  if (expiredWaivers.length > 0 || targets.some(({ outcome }) => outcome === "failed")) return "failed";
  return targets.every(({ outcome }) => outcome === "passed") ? "passed" : "inconclusive";
}

/** Findings that count, by severity: without the waived ones and the open questions. */
export function countFindings(targets: readonly Pick<TargetResult, "findings">[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const { findings } of targets) {
    for (const { severity, status } of findings) if (status !== "inconclusive") counts[severity]++;
  }
  return counts;
}
