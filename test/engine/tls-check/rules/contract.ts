// The conformance suite of all rules: subjects on which a rule finds, stays silent, or has to leave it open.
import { describe, expect, test } from "vitest";
import { ruleOf } from "../../../../src/engine/tls-check/rules/catalog.ts";
import {
  type Finding,
  type ProbeName,
  type Rule,
  SEVERITIES,
  type Severity,
  type Subject,
} from "../../../../src/engine/tls-check/rules/rule.ts";

export interface Finds {
  readonly subject: Subject;
  readonly severity?: Severity;
  readonly status?: Finding["status"];
  /** Part of the message. */
  readonly says?: string;
  readonly count?: number;
  /** Of the first finding, in full. */
  readonly evidence?: readonly string[];
}

export interface RuleCases {
  /** Sentence to case. */
  readonly finds: Readonly<Record<string, Finds>>;
  readonly silent: Readonly<Record<string, Subject>>;
  readonly open?: Readonly<Record<string, Subject>>;
}

export type Cases = Readonly<Record<string, RuleCases>>;

/** Facts of an address to the probe that finds them out; the others only say which address it is. */
const FOUND_BY: Readonly<Record<string, ProbeName>> = {
  protocols: "protocols",
  groups13: "groups",
  groups12: "groups",
  dh: "dh",
  signatures13: "signatures",
  signatures12: "signatures",
  features: "features",
  sessions: "sessions",
  vulnerabilities: "vulnerabilities",
  chains: "certificates",
};
const OF_SUBJECT: Readonly<Record<string, ProbeName>> = {
  chains: "certificates",
  file: "files",
  companions: "files",
};

/** What a rule looks at while it judges. */
function readBy(rule: Rule, subject: Subject): readonly ProbeName[] {
  const read = new Set<ProbeName>();
  const watched = <T extends object>(object: T, names: Readonly<Record<string, ProbeName>>): T =>
    new Proxy(object, {
      get(target, field, receiver) {
        const probe = names[String(field)];
        if (probe !== undefined) read.add(probe);
        return Reflect.get(target, field, receiver);
      },
    });
  const { endpoint } = subject;
  const addresses = endpoint?.addresses.map((address) => watched(address, FOUND_BY));
  const looked = endpoint === undefined ? endpoint : { ...endpoint, addresses: addresses! };
  rule.judge(watched({ ...subject, endpoint: looked }, OF_SUBJECT));
  return [...read];
}

export function testRule(id: string, cases: RuleCases): void {
  describe(id, () => {
    const judge = (subject: Subject): readonly Finding[] => {
      const rule = ruleOf(id);
      if (rule === undefined) throw new Error(`no rule is called ${id}`);
      const findings = rule.judge(subject);
      expect(rule.probes, "the facts that it looks at").toEqual(
        expect.arrayContaining([...readBy(rule, subject)]),
      );
      for (const finding of findings) checkForm(finding, id, rule.severity);
      expect(rule.judge(subject), "the same facts give the same findings").toEqual(findings);
      return findings;
    };

    test.each(Object.entries(cases.finds))(
      "finds %s",
      (_, { subject, severity, status, says, count, evidence }) => {
        const findings = judge(subject);
        expect(findings).toHaveLength(count ?? 1);
        expect(findings[0]!.status).not.toBe("inconclusive");
        if (severity !== undefined) expect(findings[0]!.severity).toBe(severity);
        if (status !== undefined) expect(findings[0]!.status).toBe(status);
        if (evidence !== undefined) expect(findings[0]!.evidence).toEqual(evidence);
        if (says !== undefined) expect(findings.map(({ message }) => message).join("\n")).toContain(says);
      },
    );

    test.each(Object.entries(cases.silent))("is silent for %s", (_, subject) => {
      expect(judge(subject)).toEqual([]);
    });

    test.each(Object.entries(cases.open ?? {}))("leaves open %s", (_, subject) => {
      const findings = judge(subject);
      expect(findings.map(({ status }) => status)).toContain("inconclusive");
      expect(findings.every(({ status }) => status === "inconclusive")).toBe(true);
    });
  });
}

function checkForm(finding: Finding, id: string, worst: Severity): void {
  expect(finding.rule).toBe(id);
  expect(SEVERITIES.indexOf(finding.severity)).toBeLessThanOrEqual(SEVERITIES.indexOf(worst));
  expect(finding.where).not.toBe("");
  // A sentence without its full stop, on one line, without a time of day or a count of days.
  expect(finding.message).toMatch(/^\S.*[^.\s]$/);
  expect(finding.message).not.toMatch(/\d\d:\d\d:\d\d|\b\d+(\.\d+)? days (left|ago)/);
  if (finding.status === "inconclusive") expect(finding.severity).toBe("info");
}
