import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countFindings,
  decide,
  decideTarget,
  fails,
  judge,
  type TargetParts,
} from "../../../src/engine/tls-check/judge.ts";
import { type Finding, type Rule, SEVERITIES } from "../../../src/engine/tls-check/rules/rule.ts";
import {
  AT,
  certificateItem,
  chainOf,
  endpoint,
  featuring,
  file,
  fileFacts,
  protocol,
  SUITE,
  serving,
  speaking,
  TLS12,
  TLS13,
  UNKNOWN,
  unreadable,
} from "../../support/tls-facts.ts";
import { anySubject } from "./arbitrary-facts.ts";

const UNREACHED = { code: "NK_CONNECT_REFUSED", message: "refused", next: undefined };

describe("judging", () => {
  test("a sound endpoint has no findings", () => {
    expect(judge(endpoint())).toEqual([]);
  });

  test("a sound file has no findings", () => {
    const chains = [chainOf({}, { served: undefined, where: "cert.pem" })];
    expect(judge(file(fileFacts("cert.pem", certificateItem()), { chains }))).toEqual([]);
  });

  test("worst first, then by rule and place", () => {
    const bad = speaking(protocol("SSLv3", [SUITE.RSA_RC4_128_SHA]), protocol("TLSv1.0", [SUITE.RSA_3DES]));
    const findings = judge(bad);
    const ranks = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    const high = findings.filter(({ severity }) => severity === "high").map(({ rule }) => rule);
    expect(high).toEqual([...high].sort());
    expect(high).toContain("proto-sslv3");
  });

  test("the same finding of two chains at one place is one, with the evidence of both", () => {
    const expired = chainOf({ notAfterMs: AT - 1 });
    const longer = chainOf({ notAfterMs: AT - 2 });
    const found = judge(serving(expired, longer)).filter(({ rule }) => rule === "cert-expired");
    expect(found).toHaveLength(1);
    expect(found[0]!.evidence).toEqual(["0.0 days ago"]);
  });

  test("any facts are judged without an exception, to the same findings each time", () => {
    fc.assert(
      fc.property(anySubject, (subject) => {
        const findings = judge(subject);
        expect(judge(subject)).toEqual(findings);
        for (const { severity } of findings) expect(SEVERITIES).toContain(severity);
      }),
      { numRuns: 300 },
    );
  });

  test("messages are the same a week later, but for what has changed by then", () => {
    const old = (atMs: number) =>
      judge(endpoint([{}], { chains: [chainOf({ notAfterMs: AT - 1 })], plan: { atMs } })).map(
        ({ message, where }) => `${where} ${message}`,
      );
    expect(old(AT + 7 * 86_400_000)).toEqual(old(AT));
  });
});

const finding = (overrides: Partial<Finding> = {}): Finding => ({
  rule: "proto-tls10",
  severity: "medium",
  status: "problem",
  message: "m",
  where: "w",
  evidence: [],
  ...overrides,
});

describe("what makes a check fail", () => {
  test("severity at or above the limit", () => {
    expect(fails(finding(), ["medium"])).toBe(true);
    expect(fails(finding(), ["high"])).toBe(false);
    expect(fails(finding({ severity: "critical" }), ["high", "low"])).toBe(true);
    expect(fails(finding({ severity: "critical" }), [])).toBe(false);
  });

  test("a rule that is named, whatever its severity", () => {
    expect(fails(finding({ severity: "info" }), ["high", { rule: "proto-tls10" }])).toBe(true);
    expect(fails(finding({ severity: "info" }), [{ rule: "proto-tls11" }])).toBe(false);
  });

  test("never what is not known", () => {
    expect(fails(finding({ status: "inconclusive" }), ["info", { rule: "proto-tls10" }])).toBe(false);
  });
});

describe("the outcome of a target", () => {
  const parts = (overrides: Partial<TargetParts> = {}): TargetParts => ({
    endpoint: endpoint().endpoint,
    file: undefined,
    findings: [],
    policy: undefined,
    ...overrides,
  });
  const policy = { name: "p", version: "1", complies: false, steps: [], unknown: [], configuration: [] };
  const unknown = finding({ status: "inconclusive", severity: "info" });

  test("nothing found: passed", () => {
    expect(decideTarget(parts(), ["medium"])).toBe("passed");
  });

  test("a finding that counts: failed, even if other addresses were not reached", () => {
    const facts = endpoint([{}, { unreachable: UNREACHED }]).endpoint;
    expect(decideTarget(parts({ endpoint: facts, findings: [finding()] }), ["medium"])).toBe("failed");
  });

  test("no address reached: unreachable; some: inconclusive", () => {
    expect(decideTarget(parts({ endpoint: endpoint([{ unreachable: UNREACHED }]).endpoint }), ["high"])).toBe(
      "unreachable",
    );
    expect(
      decideTarget(parts({ endpoint: endpoint([{}, { unreachable: UNREACHED }]).endpoint }), ["high"]),
    ).toBe("inconclusive");
    expect(decideTarget(parts({ endpoint: endpoint([]).endpoint }), ["high"])).toBe("unreachable");
    expect(decideTarget(parts({ endpoint: undefined }), ["high"])).toBe("unreachable");
  });

  test("a file of which nothing can be read: unreadable; an empty one is a matter of findings", () => {
    const locked = fileFacts("a.p12", unreadable("PKCS#12", true));
    expect(decideTarget(parts({ endpoint: undefined, file: locked }), ["high"])).toBe("unreadable");
    expect(decideTarget(parts({ endpoint: undefined, file: fileFacts("a.pem") }), ["high"])).toBe("passed");
  });

  test("an open question matters when its answer could have made the check fail", () => {
    // The worst of proto-tls10 is medium.
    expect(decideTarget(parts({ findings: [unknown] }), ["medium"])).toBe("inconclusive");
    expect(decideTarget(parts({ findings: [unknown] }), ["high"])).toBe("passed");
    expect(decideTarget(parts({ findings: [unknown] }), ["high", { rule: "proto-tls10" }])).toBe(
      "inconclusive",
    );
  });

  test("a rule that nobody knows could have found anything", () => {
    const rules: readonly Rule[] = [];
    expect(decideTarget(parts({ findings: [unknown] }), ["critical"], rules)).toBe("inconclusive");
  });

  test("steps to comply with a policy: failed; demands that could not be checked: inconclusive", () => {
    const steps = [{ action: "remove" as const, what: "TLSv1.0", why: "w" }];
    expect(decideTarget(parts({ policy: { ...policy, steps } }), [])).toBe("failed");
    expect(decideTarget(parts({ policy: { ...policy, unknown: ["x"] } }), [])).toBe("inconclusive");
    expect(decideTarget(parts({ policy: { ...policy, complies: true } }), [])).toBe("passed");
  });

  test("a reset turns no verdict from offered to refused, nor hides", () => {
    const findings = judge(speaking(protocol("TLSv1.0", UNKNOWN), TLS12, TLS13));
    expect(findings.filter(({ rule }) => rule === "proto-tls10").map(({ status }) => status)).toEqual([
      "inconclusive",
    ]);
    expect(decideTarget(parts({ findings }), ["medium"])).toBe("inconclusive");
    const unsupported = judge(featuring({ secureRenegotiation: UNKNOWN }));
    expect(unsupported.every(({ status }) => status === "inconclusive")).toBe(true);
  });
});

describe("the outcome of the whole check", () => {
  test.each([
    ["passed", ["passed", "passed"]],
    ["failed", ["passed", "failed", "unreachable"]],
    ["inconclusive", ["passed", "unreachable"]],
    ["inconclusive", ["unreadable"]],
    ["passed", []],
  ] as const)("%s for %j", (outcome, targets) => {
    expect(decide(targets.map((one) => ({ outcome: one })))).toBe(outcome);
  });

  test("an expired waiver fails even when every target passed", () => {
    expect(decide([{ outcome: "passed" }], [{ rule: "proto-tls10", until: "2026-01-01" }])).toBe("failed");
  });
});

test("findings are counted by severity, open questions are not", () => {
  const findings = [
    finding(),
    finding({ severity: "low" }),
    finding({ status: "inconclusive", severity: "info" }),
  ];
  expect(countFindings([{ findings }, { findings: [finding()] }])).toEqual({
    info: 0,
    low: 1,
    medium: 2,
    high: 0,
    critical: 0,
  });
});
