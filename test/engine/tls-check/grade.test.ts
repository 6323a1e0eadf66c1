import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grade, LETTERS } from "../../../src/engine/tls-check/grade.ts";
import { judge } from "../../../src/engine/tls-check/judge.ts";
import { RULES } from "../../../src/engine/tls-check/rules/catalog.ts";
import type { Subject } from "../../../src/engine/tls-check/rules/rule.ts";
import {
  AT,
  chainOf,
  endpoint,
  featuring,
  file,
  fileFacts,
  OFFERED,
  protocol,
  SUITE,
  serving,
  speaking,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../support/tls-facts.ts";
import { anySubject } from "./arbitrary-facts.ts";

const letter = (subject: Subject): string | undefined => grade(subject, judge(subject))?.letter;

describe("the letter", () => {
  test.each<[string, string, Subject]>([
    ["A+", "strong suites, TLS 1.2 and 1.3", endpoint()],
    ["A-", "no TLS 1.3", speaking(TLS12)],
    ["B", "TLS 1.0 beside", speaking(protocol("TLSv1.0", [SUITE.ECDHE_RSA_AES128_CBC]), TLS12, TLS13)],
    ["C", "RC4", speaking(protocol("TLSv1.2", [...TLS12.suites, SUITE.RSA_RC4_128_SHA]), TLS13)],
    ["F", "export suites", speaking(protocol("TLSv1.2", [...TLS12.suites, SUITE.RSA_EXPORT_RC4_40]), TLS13)],
    [
      "F",
      "Heartbleed",
      endpoint([
        {
          vulnerabilities: {
            heartbleed: OFFERED,
            ccsInjection: undefined,
            robot: undefined,
            ticketbleed: undefined,
            poodleTls: undefined,
          },
        },
      ]),
    ],
    ["T", "an expired certificate", serving(chainOf({ notAfterMs: AT - 1 }))],
    ["A", "an open question", featuring({ compression: UNKNOWN })],
    [
      "A+",
      "a certificate that expires soon, which is no matter of strength",
      serving(chainOf({ notAfterMs: AT + 1000 })),
    ],
  ])("is %s for %s", (expected, _, subject) => {
    expect(letter(subject)).toBe(expected);
  });

  test("T stands above what else is wrong", () => {
    const both = endpoint(
      [{ protocols: speaking(protocol("SSLv2", []), TLS12).endpoint!.addresses[0]!.protocols }],
      {
        chains: [chainOf({ notAfterMs: AT - 1 })],
      },
    );
    expect(letter(both)).toBe("T");
  });

  test("there is none without a handshake, without probes, or for a file", () => {
    const unreachable = { code: "X", message: "x", next: undefined };
    expect(letter(endpoint([{ unreachable }]))).toBeUndefined();
    expect(letter(endpoint([{}], { plan: { scope: "certificate-only" } }))).toBeUndefined();
    expect(letter(file(fileFacts("a.pem")))).toBeUndefined();
  });
});

test("every line names what it rests on and what it caps the letter at, worst first", () => {
  const subject = speaking(protocol("TLSv1.0", [SUITE.RSA_3DES]), TLS12);
  const result = grade(subject, judge(subject))!;
  expect(result.lines[0]!.cap).toBe(result.letter);
  expect(result.lines).toContainEqual({ text: "TLS 1.0 is spoken", cap: "B" });
  const order = result.lines.map(({ cap }) => LETTERS.indexOf(cap as (typeof LETTERS)[number]));
  expect(order).toEqual([...order].sort((a, b) => b - a));
});

test("the letter is the worst cap of its lines, for any facts", () => {
  fc.assert(
    fc.property(anySubject, (subject) => {
      const result = grade(subject, judge(subject));
      if (result === undefined) return;
      expect([...LETTERS, "T"]).toContain(result.letter);
      expect(result.letter).toBe(result.lines[0]?.cap ?? "A+");
    }),
    { numRuns: 100 },
  );
});

test("the table of caps speaks of rules that exist", async () => {
  const source = await import("node:fs").then(({ readFileSync }) =>
    readFileSync(new URL("../../../src/engine/tls-check/grade.ts", import.meta.url), "utf8"),
  );
  const table = source.slice(source.indexOf("BY_RULE"), source.indexOf("function capOf"));
  const ids = [...table.matchAll(/^ {2}"?([a-z][a-z0-9-]*)"?: "/gm)].map(([, id]) => id!);
  expect(ids.length).toBeGreaterThan(20);
  expect(ids.filter((id) => !RULES.some((rule) => rule.id === id))).toEqual([]);
});
