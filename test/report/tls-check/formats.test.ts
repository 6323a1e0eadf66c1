import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { CheckDocument } from "../../../src/engine/tls-check/document/model.ts";
import { toJsonSchema } from "../../../src/report/schemas/json-schema.ts";
import { tlsCheckSchema } from "../../../src/report/schemas/tls-check.ts";
import { CHECK_FORMATS, type CheckFormatId, checkFormat } from "../../../src/report/tls-check/catalog.ts";
import {
  ALL_GOOD,
  documentOf,
  EMPTY,
  EVERYTHING,
  FILE,
  finding,
  HOSTILE,
  INTERRUPTED,
  MANY,
  PASSED,
  RULES,
  UNREACHED,
  WORST,
} from "../fixtures/tls-check.ts";
import { parseXml, type XmlElement } from "../xml.ts";
import { sarifLog } from "./sarif-shape.ts";

const DOCUMENTS: Record<string, CheckDocument> = { EVERYTHING, ALL_GOOD, INTERRUPTED, MANY, EMPTY };

function render(id: CheckFormatId, document: CheckDocument, width = 80): string {
  return checkFormat(id).render(document, { width, color: 0, rules: RULES });
}

describe("every format", () => {
  test("has an id of its own", () => {
    expect(new Set(CHECK_FORMATS.map(({ id }) => id)).size).toBe(CHECK_FORMATS.length);
  });

  for (const { id } of CHECK_FORMATS) {
    for (const [name, document] of Object.entries(DOCUMENTS)) {
      test(`${id} renders ${name}, ends with a line feed, and lets no control character pass`, () => {
        const text = render(id, document);
        if (text !== "") expect(text).toMatch(/\n$/);
        expect(text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
      });
    }
  }

  test("is the same when only what it took differs", () => {
    const effort = { connections: 99, retries: 9, seconds: 9 };
    const slower = documentOf(
      EVERYTHING.targets.map((target) => ({
        ...target,
        endpoint:
          target.endpoint === null
            ? null
            : { ...target.endpoint, addresses: target.endpoint.addresses.map((one) => ({ ...one, effort })) },
        effort: { seconds: 77 },
      })),
      {
        expiredWaivers: EVERYTHING.expiredWaivers,
        startedAt: "2026-11-23T09:00:00.000Z",
        at: "2026-11-23T09:00:00.000Z",
      },
    );
    for (const id of ["junit", "sarif", "markdown", "csv", "github"] as const) {
      expect(render(id, slower), id).toBe(render(id, EVERYTHING));
    }
  });
});

test("the published schema accepts every result, and refuses what it does not know", () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
    toJsonSchema([tlsCheckSchema]),
  );
  for (const document of Object.values(DOCUMENTS)) {
    expect(validate(JSON.parse(render("json", document))), JSON.stringify(validate.errors?.slice(0, 3))).toBe(
      true,
    );
  }
  expect(validate({ ...ALL_GOOD, more: 1 })).toBe(false);
  expect(validate({ ...ALL_GOOD, targets: [{ ...PASSED, outcome: "fine" }] })).toBe(false);
});

describe("SARIF", () => {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    test(`of ${name} has the shape of 2.1.0, and nothing besides`, () => {
      expect(sarifLog.safeParse(JSON.parse(render("sarif", document))).error?.issues ?? []).toEqual([]);
    });
  }

  const [run] = (JSON.parse(render("sarif", EVERYTHING)) as { runs: SarifRun[] }).runs;

  test("points from each result to its rule, which has help", () => {
    for (const { ruleId, ruleIndex } of run!.results) {
      const rule = run!.tool.driver.rules[ruleIndex]!;
      expect(rule.id).toBe(ruleId);
      expect(rule.help.text.length).toBeGreaterThan(20);
    }
  });

  test("suppresses what is waived, leaves open what is open, and names what could not be looked at", () => {
    const by = (rule: string) => run!.results.filter(({ ruleId }) => ruleId === rule);
    expect(by("cert-expires-soon")[0]!.suppressions![0]).toMatchObject({
      justification: "the renewal is under way",
    });
    expect(by("endpoint-inconclusive")[0]).toMatchObject({ kind: "open", level: "none" });
    expect(by("heartbleed")[0]).toMatchObject({ kind: "fail", level: "error" });
    expect(by("policy")).toHaveLength(3);
    expect(by("waiver-expired")).toHaveLength(1);
    expect(run!.invocations[0]!.toolExecutionNotifications[0]).toMatchObject({
      descriptor: { id: "NK_DNS_NOT_FOUND" },
    });
  });

  test("has a fingerprint for each result, and lines for what stands in a file", () => {
    const prints = run!.results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0]);
    expect(new Set(prints).size).toBe(prints.length);
    const mismatch = run!.results.find(({ ruleId }) => ruleId === "key-mismatch")!;
    expect(mismatch.locations[0]!.physicalLocation).toEqual({
      artifactLocation: { uri: "certs/old%20key.pem" },
      region: { startLine: 31 },
    });
  });
});

interface SarifRun {
  tool: { driver: { rules: { id: string; help: { text: string } }[] } };
  invocations: { toolExecutionNotifications: object[] }[];
  results: {
    ruleId: string;
    ruleIndex: number;
    kind: string;
    partialFingerprints: Record<string, string>;
    suppressions?: object[];
    locations: { physicalLocation: object }[];
  }[];
}

describe("JUnit", () => {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    test(`of ${name} is well-formed, has the common shape, and its counts are right`, () => {
      const root = parseXml(render("junit", document));
      expect(root.name).toBe("testsuites");
      const suites = root.children;
      const cases = suites.flatMap((suite) => suite.children);
      expect(suites.every((suite) => suite.name === "testsuite" && suite.attributes.name !== undefined)).toBe(
        true,
      );
      expect(cases.every((one) => one.name === "testcase" && one.attributes.classname !== undefined)).toBe(
        true,
      );
      const count = (elements: readonly XmlElement[], kind: string) =>
        elements.filter((one) => one.children.some((child) => child.name === kind)).length;
      for (const element of [root, ...suites]) {
        const own = element === root ? cases : element.children;
        expect(Number(element.attributes.tests)).toBe(own.length);
        expect(Number(element.attributes.failures)).toBe(count(own, "failure"));
        expect(Number(element.attributes.errors)).toBe(count(own, "error"));
      }
    });
  }

  const suites = parseXml(render("junit", EVERYTHING)).children;
  const verdicts = (index: number) =>
    Object.fromEntries(
      suites[index]!.children.map((one) => [
        one.attributes.name!.split(":")[0],
        one.children[0]?.name ?? "passed",
      ]),
    );

  test("has a case for each rule that applies: failed, skipped or passed", () => {
    expect(verdicts(0)).toEqual({
      heartbleed: "failure",
      "cipher-rc4": "failure",
      "cert-expires-soon": "passed",
      "chain-extra": "system-out",
      "key-mismatch": "passed",
      "endpoint-inconclusive": "system-out",
      policy: "failure",
    });
    expect(verdicts(1)).toEqual({ "not reached": "error" });
    expect(verdicts(2)).toEqual({
      "cert-expires-soon": "passed",
      "chain-extra": "passed",
      "key-mismatch": "failure",
      "file-unreadable": "passed",
    });
    expect(suites[3]!.attributes.name).toBe("waivers");
  });

  test("an open question alone is a skipped case", () => {
    const findings = [finding("cipher-rc4", { status: "inconclusive", severity: "info", decides: false })];
    const [suite] = parseXml(render("junit", documentOf([{ ...PASSED, findings }]))).children;
    const rc4 = suite!.children.find((one) => one.attributes.name!.startsWith("cipher-rc4"))!;
    expect(rc4.children[0]!.name).toBe("skipped");
  });

  test("of many targets lists only what was found", () => {
    const good = parseXml(render("junit", MANY)).children.at(-1)!;
    expect(good.children.map((one) => one.attributes.name)).toEqual([
      "all rules",
      "policy: mozilla-modern 6.0",
    ]);
  });
});

describe("CSV", () => {
  test("has one line a finding, all of one width, with no formula in it", () => {
    const target = { ...PASSED, findings: [finding("cipher-rc4", { message: '=HYPERLINK("http://x"),1' })] };
    const lines = render("csv", documentOf([target, UNREACHED])).split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://x""),1"`);
    expect(lines[2]).toBe(
      "smtp://mail.example:25,unreachable,,NK_DNS_NOT_FOUND,,error,,,smtp://mail.example:25,could not resolve mail.example",
    );
  });

  test("a target without findings has its line too", () => {
    expect(render("csv", ALL_GOOD).split("\r\n")[1]).toBe("https://good.example:443,passed,A+,,,,,,,");
  });
});

describe("GitHub annotations", () => {
  const lines = render("github", EVERYTHING).trimEnd().split("\n");

  test("are one line each, what decides first, and a name from a certificate starts no command of its own", () => {
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) [^:]*::/);
    const kinds = lines.map((line) => line.slice(2, line.indexOf(" ")));
    expect(kinds.lastIndexOf("error")).toBeLessThan(kinds.indexOf("warning"));
  });

  test("name the file that they are about", () => {
    expect(lines.find((line) => line.includes("key-mismatch"))).toContain("file=certs/old key.pem,");
  });

  test("are bounded", () => {
    const findings = Array.from({ length: 100 }, (_, index) =>
      finding("cipher-rc4", { message: `no ${index}` }),
    );
    expect(
      render("github", documentOf([{ ...WORST, findings }]))
        .trimEnd()
        .split("\n").length,
    ).toBeLessThanOrEqual(31);
  });
});

describe("Nagios", () => {
  test.each([
    ["OK", ALL_GOOD],
    ["CRITICAL", EVERYTHING],
    ["UNKNOWN", documentOf([UNREACHED])],
    ["UNKNOWN", INTERRUPTED],
    [
      "WARNING",
      documentOf([
        { ...PASSED, outcome: "failed", findings: [finding("cipher-rc4", { severity: "medium" })] },
      ]),
    ],
  ])("says %s in one line with figures", (state, document) => {
    expect(render("nagios", document)).toMatch(new RegExp(`^TLS ${state} - [^|\\n]+ \\| [^|\\n]+\\n$`));
  });

  test("shows the days of the certificate that ends first", () => {
    expect(render("nagios", EVERYTHING)).toContain("days_left=67 ");
  });
});

describe("Prometheus", () => {
  test("has well-formed lines, each series once", () => {
    const series = render("prometheus", EVERYTHING)
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    for (const line of series)
      expect(line).toMatch(/^netkit_tls_\w+(\{(\w+="(?:[^"\\]|\\.)*",?)*\})? -?[\d.e+]+$/);
    const names = series.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(names).size).toBe(names.length);
    expect(series).toContain(
      'netkit_tls_version_offered{target="https://web.example:443",address="192.0.2.1:443",version="TLSv1.0"} 1',
    );
    expect(series.some((line) => line.includes('version="TLSv1.1"'))).toBe(false);
  });
});

describe("HTML", () => {
  const page = render("html", EVERYTHING);

  test("loads nothing, runs nothing, and shows hostile names as text", () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|object)\b/i);
    expect(page).not.toMatch(/\b(src|href)=["']?http/i);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;");
  });

  test("closes every element that it opens", () => {
    const body = page
      .slice(page.indexOf("<html"))
      .replace(/<(meta|br)\b[^>]*>/g, "")
      .replace(/<style>[\s\S]*<\/style>/, "");
    expect(parseXml(body.replaceAll(/ open(?=>)/g, "").replaceAll("&#39;", "&apos;")).name).toBe("html");
  });
});

describe("Markdown", () => {
  test("escapes what would be Markdown, HTML or a mention", () => {
    const text = render("markdown", EVERYTHING);
    expect(text).not.toContain("<img");
    expect(text).not.toContain("](http://evil)");
    expect(text).not.toContain("@all");
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.replace(/\\\|/g, "").split("|")).toHaveLength(6);
  });

  test("fits a comment whatever the number of targets", () => {
    expect(render("markdown", MANY).length).toBeLessThan(65_536);
  });
});

test("no machine format depends on the terminal", () => {
  for (const id of [
    "json",
    "junit",
    "sarif",
    "markdown",
    "csv",
    "html",
    "github",
    "nagios",
    "prometheus",
  ] as const) {
    const wide = checkFormat(id).render(EVERYTHING, { width: 160, color: 3, rules: RULES });
    expect(wide, id).toBe(render(id, EVERYTHING));
  }
  expect(FILE.name + HOSTILE).not.toBe("");
});
