/**
 * JUnit XML as build servers read it: a suite for each target, a case for each rule. A finding that decides is a
 * failure, an open question a skipped case, a target that could not be looked at an error. No times: the file is the
 * same as long as the servers are.
 */
import type {
  CheckDocument,
  FindingDocument,
  RuleDocument,
  TargetDocument,
} from "../../engine/tls-check/document/model.ts";
import { type JunitCase, type JunitSuite, type JunitVerdict, writeJunit } from "../syntax/junit.ts";
import type { CheckReportOptions } from "./format.ts";
import { OUTCOME_WORDS } from "./reading.ts";

/** Beyond so many targets only rules that found something have cases of their own. */
const EVERY_RULE_UP_TO = 100;

export function renderJunit(result: CheckDocument, { rules }: CheckReportOptions): string {
  const everyRule = result.targets.length <= EVERY_RULE_UP_TO;
  const suites = result.targets.map((target) => suiteOf(target, result, rules, everyRule));
  if (result.expiredWaivers.length > 0) suites.push(waiverSuite(result));
  return writeJunit("netkit tls-check", suites);
}

function suiteOf(
  target: TargetDocument,
  { scope }: CheckDocument,
  rules: readonly RuleDocument[],
  every: boolean,
): JunitSuite {
  const { name, error, findings, policy } = target;
  const cases: JunitCase[] = [];
  if (error !== null) {
    const text = [error.message, error.why, error.next].filter((line) => line !== null).join("\n");
    cases.push({
      name: OUTCOME_WORDS[target.outcome],
      verdict: { kind: "error", type: error.code, message: error.message, text },
    });
  }
  for (const rule of rules) {
    const found = findings.filter((finding) => finding.rule === rule.id);
    if (found.length > 0 || (every && error === null && applies(rule, target, scope))) {
      cases.push({ name: `${rule.id}: ${rule.title}`, verdict: verdictOf(found) });
    }
  }
  if (!every && cases.length === 0) cases.push({ name: "all rules", verdict: { kind: "passed" } });
  if (policy !== null) {
    const steps = policy.steps.map(({ action, what, why }) => `${action} ${what}: ${why}`);
    const message = `does not comply with ${policy.name} ${policy.version}`;
    const verdict: JunitVerdict =
      steps.length > 0
        ? { kind: "failure", type: "policy", message, text: steps.join("\n") }
        : policy.complies
          ? { kind: "passed" }
          : { kind: "skipped", message: `not known whether ${policy.unknown.join("; ")}` };
    cases.push({ name: `policy: ${policy.name} ${policy.version}`, verdict });
  }
  return { name, cases };
}

/** Rules about versions and suites say nothing about files, nor where only certificates were looked at. */
function applies({ about }: RuleDocument, { kind }: TargetDocument, scope: CheckDocument["scope"]): boolean {
  const ofCertificates = about === "certificate" || about === "chain" || about === "key";
  if (kind === "file") return ofCertificates || about === "file";
  return ofCertificates || (about !== "file" && scope === "full");
}

function verdictOf(found: readonly FindingDocument[]): JunitVerdict {
  const deciding = found.filter(({ decides }) => decides);
  const first = deciding[0];
  if (first !== undefined) {
    return {
      kind: "failure",
      type: first.severity,
      message: first.message,
      text: deciding.map(findingText).join("\n"),
    };
  }
  const open = found.filter(({ status }) => status === "inconclusive");
  if (open.length > 0 && open.length === found.length) {
    return { kind: "skipped", message: open.map(({ message }) => message).join("; ") };
  }
  return found.length === 0
    ? { kind: "passed" }
    : { kind: "passed", output: found.map(findingText).join("\n") };
}

function findingText({ severity, status, message, where }: FindingDocument): string {
  return `${severity} ${status}: ${message} (${where})`;
}

function waiverSuite({ expiredWaivers }: CheckDocument): JunitSuite {
  const cases = expiredWaivers.map(({ rule, until }): JunitCase => {
    const message = `the waiver for ${rule} ended on ${until}`;
    return { name: `waiver: ${rule}`, verdict: { kind: "failure", type: "waiver", message, text: message } };
  });
  return { name: "waivers", cases };
}
