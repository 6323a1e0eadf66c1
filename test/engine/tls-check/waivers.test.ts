import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import type { Finding } from "../../../src/engine/tls-check/rules/rule.ts";
import { parseWaivers, waiversJsonSchema } from "../../../src/engine/tls-check/waiver-file.ts";
import { applyWaivers, expiredWaivers, type Waiver } from "../../../src/engine/tls-check/waivers.ts";
import { AT } from "../../support/tls-facts.ts";

const finding = (rule: string, where = "192.0.2.1:443"): Finding => ({
  rule,
  severity: "medium",
  status: "problem",
  message: "m",
  where,
  evidence: [],
});
const waiver = (overrides: Partial<Waiver> = {}): Waiver => ({
  rule: "proto-tls10",
  until: "2026-12-31",
  reason: "old scales in the warehouse",
  ...overrides,
});
const NAME = "https://www.example.org";
const apply = (waivers: readonly Waiver[], ...findings: readonly Finding[]) =>
  applyWaivers(findings, waivers, NAME, AT);

describe("applying", () => {
  test("excuses the findings of its rule, with reason and date, and no others", () => {
    const { findings, waived } = apply([waiver()], finding("proto-tls10"), finding("proto-tls11"));
    expect(findings.map(({ rule }) => rule)).toEqual(["proto-tls11"]);
    expect(waived.map(({ rule, waiver: used }) => [rule, used])).toEqual([
      ["proto-tls10", { reason: "old scales in the warehouse", until: "2026-12-31" }],
    ]);
  });

  test.each([
    ["192.0.2.*", 1],
    ["192.0.2.1:443", 1],
    ["*example.org", 1],
    ["10.*", 0],
    ["192.0.2.1", 0],
  ])("the pattern %s over place or target excuses %d", (where, count) => {
    expect(apply([waiver({ where })], finding("proto-tls10")).waived).toHaveLength(count);
  });

  test("holds through its last day in UTC and no longer", () => {
    const one = waiver({ until: "2026-11-23" });
    const last = Date.parse("2026-11-23T23:59:59.999Z");
    expect(applyWaivers([finding("proto-tls10")], [one], NAME, last).waived).toHaveLength(1);
    expect(applyWaivers([finding("proto-tls10")], [one], NAME, last + 1).findings).toHaveLength(1);
    expect(expiredWaivers([one], last)).toEqual([]);
    expect(expiredWaivers([one], last + 1)).toEqual([{ rule: "proto-tls10", until: "2026-11-23" }]);
  });
});

describe("the file", () => {
  const wrong = (text: string): NetkitError => {
    try {
      parseWaivers(text, "waivers.yaml");
    } catch (error) {
      if (error instanceof NetkitError) return error;
      throw error;
    }
    throw new Error("was accepted");
  };

  test("is a list of rule, until, reason and perhaps where", () => {
    const text = [
      "- rule: cert-expires-soon",
      "  where: '10.0.0.*'",
      "  until: 2026-12-31",
      "  reason: moves to the new cluster",
      "- { rule: proto-tls10, until: 2027-01-31, reason: scales }",
    ].join("\n");
    expect(parseWaivers(text, "waivers.yaml")).toEqual([
      {
        rule: "cert-expires-soon",
        where: "10.0.0.*",
        until: "2026-12-31",
        reason: "moves to the new cluster",
      },
      { rule: "proto-tls10", until: "2027-01-31", reason: "scales" },
    ]);
    expect(parseWaivers("[]", "waivers.json")).toEqual([]);
  });

  test.each([
    [
      "a rule that nobody knows",
      "- rule: proto-tls10\n  until: 2026-12-31\n  reason: x\n- rule: nope\n  until: 2026-12-31\n  reason: x",
      ":4",
      'no rule is called "nope"',
    ],
    ["a day that no month has", "- rule: proto-tls10\n  until: 2026-02-30\n  reason: x", ":2", "until"],
    ["no reason", "- rule: proto-tls10\n  until: 2026-12-31", ":1", "reason"],
    ["a reason of blanks", "- rule: proto-tls10\n  until: 2026-12-31\n  reason: ' '", ":3", "reason"],
    [
      "a word too many",
      "- rule: proto-tls10\n  until: 2026-12-31\n  reason: x\n  forever: true",
      ":4",
      "forever",
    ],
    ["no list", "rule: proto-tls10", ":1", "array"],
    ["no YAML", "- rule: [", ":1", ""],
  ])("with %s is refused with its line", (_, text, line, why) => {
    const error = wrong(text);
    expect(error.code).toBe("NK_CONFIG");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(`waivers.yaml${line}`);
    expect(error.why).toContain(why);
  });

  test("has a JSON Schema", () => {
    const schema = JSON.stringify(waiversJsonSchema());
    expect(schema).toContain("netkit.tls-waivers/1");
    expect(schema).toContain('"format":"date"');
  });
});
