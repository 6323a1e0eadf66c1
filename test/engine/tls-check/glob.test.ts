import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesGlob } from "../../../src/engine/tls-check/glob.ts";

describe("patterns", () => {
  test.each([
    ["*", "", true],
    ["*", "anything", true],
    ["10.0.0.*", "10.0.0.7:443", true],
    ["10.0.0.*", "10.0.1.7:443", false],
    ["*.example.org", "www.example.org", true],
    ["*.example.org", "example.org", false],
    ["*.example.org", "*.example.org", true],
    ["?.pem", "a.pem", true],
    ["?.pem", "ab.pem", false],
    ["WWW.*", "www.example.org", true],
    ["a*b*c", "a1b2b3c", true],
    ["a*b*c", "acb", false],
    ["[a]", "[a]", true],
    ["", "", true],
    ["", "a", false],
  ])("%j over %j: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test("agree with the regular expression they stand for", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
    );
  });

  test("many stars over a long text take no time to speak of", () => {
    const started = process.cpuUsage().user;
    expect(matchesGlob(`${"*a".repeat(50)}b`, "a".repeat(20_000))).toBe(false);
    expect(process.cpuUsage(undefined).user - started).toBeLessThan(2_000_000);
  });
});
