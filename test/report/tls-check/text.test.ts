import { describe, expect, test } from "vitest";
import type { CheckDocument } from "../../../src/engine/tls-check/document/model.ts";
import { displayWidth } from "../../../src/report/text/style.ts";
import { renderExplanation, renderRuleList } from "../../../src/report/tls-check/text/rules.ts";
import { renderCheckText } from "../../../src/report/tls-check/text/text.ts";
import { renderTraceLine } from "../../../src/report/tls-check/text/trace.ts";
import {
  ALL_GOOD,
  documentOf,
  EMPTY,
  EVERYTHING,
  INTERRUPTED,
  MANY,
  RULES,
  UNREACHED,
  WORST,
} from "../fixtures/tls-check.ts";

function page(document: CheckDocument, width = 80): string {
  return renderCheckText(document, { width, color: 0, rules: RULES });
}

describe("the page for a terminal", () => {
  for (const width of [60, 80, 120, 160]) {
    test(`keeps to ${width} columns`, () => {
      for (const document of [EVERYTHING, ALL_GOOD, INTERRUPTED, MANY, EMPTY]) {
        for (const line of page(document, width).split("\n")) {
          expect(displayWidth(line), line).toBeLessThanOrEqual(width);
        }
      }
    });
  }

  test("begins with the verdict and the findings, worst first, with the step that mends them", () => {
    const text = page(documentOf([WORST]));
    const order = [
      "✗ failed",
      "✗ critical",
      "[vulnerable]",
      "Do this first.",
      "✗ medium",
      "! low",
      "? open",
      "· note",
      "waived",
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  test("shows the same finding once, with all its places", () => {
    const text = page(documentOf([WORST])).replace(/\s+/g, " ");
    expect(text).toContain("cipher-rc4: 192.0.2.1:443; [2001:db8::1]:443");
  });

  test("shows addresses that are alike together, and the one that was not reached apart", () => {
    const text = page(documentOf([WORST]));
    expect(text).toContain("192.0.2.1:443, [2001:db8::1]:443");
    expect(text).toContain("? 192.0.2.9:443  no answer came within 5 s");
  });

  test("puts steps of one kind together, and configuration below", () => {
    const text = page(documentOf([WORST]));
    expect(text).toContain("remove  TLSv1.0, TLSv1.1: only TLSv1.3 may be spoken");
    expect(text).toContain("     ssl_protocols TLSv1.3;");
  });

  test("shows a chain as it was sent, with what is odd", () => {
    const text = page(documentOf([WORST]));
    expect(text).toContain("sent (order!)");
    expect(text).toContain("(sent twice)");
    expect(text).toContain("67 days left");
  });

  test("says why a target was not reached, and what to try", () => {
    const text = page(documentOf([UNREACHED]));
    expect(text).toContain("? not reached");
    expect(text).toContain("could not resolve mail.example");
    expect(text).toContain("try  check it");
    expect(text).toContain("? inconclusive: 1 target not reached");
  });

  test("of more than three targets has a line each, and what was found by rule before", () => {
    const text = page(MANY);
    expect(text.indexOf("About heartbleed (heartbleed)")).toBeLessThan(text.indexOf("Targets"));
    expect(text.split("\n").filter((line) => /^ {3}✓ passed/.test(line))).toHaveLength(200);
    expect(text).toContain("? not reached");
  });

  test("says that it was interrupted, and how far it came", () => {
    expect(page(INTERRUPTED)).toContain("interrupted: 1 of 7 targets were looked at");
  });

  test("lets no colour of a stranger pass, and puts its own only where asked", () => {
    expect(page(EVERYTHING)).not.toContain("\u001b");
    expect(renderCheckText(EVERYTHING, { width: 80, color: 1, rules: RULES })).toContain("\u001b[31m");
  });
});

describe("rules for people", () => {
  test("are listed by what they are about", () => {
    const text = renderRuleList(RULES, { width: 80, color: 0 });
    for (const { id } of RULES) expect(text).toContain(` ${id} `);
    expect(text.indexOf(" vulnerability")).toBeGreaterThan(text.indexOf(" chain"));
  });

  test("are explained with what to do and what to read", () => {
    const text = renderExplanation(RULES[0]!, { width: 80, color: 0 });
    for (const part of ["About heartbleed", "To mend it", "nginx:    ssl_protocols", "RFC 9325"]) {
      expect(text).toContain(part);
    }
  });
});

test("a line of the trace has time, connection, probe, direction and bytes", () => {
  const line = {
    atMs: 12.3,
    connection: 3,
    probe: "TLSv1.2 suites",
    direction: "sent",
    what: "ClientHello",
    hex: "16",
  } as const;
  expect(renderTraceLine("https://a:1", "127.0.0.1", line, { width: 80, color: 0 })).toBe(
    " 12.3 ms https://a:1 127.0.0.1 #3 TLSv1.2 suites → ClientHello\n         16\n",
  );
});
