// What every output format promises, whatever the result: `testFormat` holds one to it. A format of a new kind of result is
// tested by one call with results that are calm, empty, large, and hostile.
import { describe, expect, test } from "vitest";
import type { ReportFormat } from "../../src/report/format.ts";
import type { TextOptions } from "../../src/report/text/style.ts";
import { parseXml, type XmlElement } from "./xml.ts";

/** What a GitHub comment can hold. */
const MOST_MARKDOWN = 65_536;
const MOST_HTML = 3 * 2 ** 20;

export function testFormat<Result, Options extends TextOptions>(
  format: ReportFormat<Result, Options>,
  results: Readonly<Record<string, Result>>,
  options: Options,
): void {
  const { id, media } = format;
  describe(`the format ${id}`, () => {
    for (const [name, result] of Object.entries(results)) {
      describe(`of ${name}`, () => {
        const document = format.render(result, options);

        test("ends with a line feed unless it is empty", () => {
          if (document !== "") expect(document.endsWith("\n")).toBe(true);
        });

        test("is the same each time, and leaves the result as it was", () => {
          const copy = structuredClone(result);
          expect(format.render(result, options)).toBe(document);
          expect(result).toEqual(copy);
        });

        test("lets no control character pass, and is UTF-8", () => {
          // CR is half of a line end in CSV, and ESC is ink in a terminal that has colours.
          expect(document).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]/);
          // JSON keeps every text exactly, and no reader of it takes the others for commands.
          if (media !== "json") expect(document).not.toMatch(/[\x7f-\x9f]/);
          expect(document.replaceAll("\r\n", "")).not.toContain("\r");
          // A terminal's stream replaces what no byte stands for.
          if (media !== "terminal") expect(Buffer.from(document).toString()).toBe(document);
        });

        test(`is valid ${media}`, () => {
          VALID[media](document);
        });

        if (media !== "terminal") {
          test("does not depend on the terminal", () => {
            expect(format.render(result, { ...options, width: 200, color: 3 })).toBe(document);
          });
        }
      });
    }
  });
}

const VALID: Record<ReportFormat<unknown>["media"], (document: string) => void> = {
  terminal: () => {},
  lines: () => {},
  json: (document) => expect(() => JSON.parse(document)).not.toThrow(),
  html: (document) => {
    expect(document.length).toBeLessThan(MOST_HTML);
    loadsNothing(document);
    isWellFormed(document);
  },
  junit: (document) => hasJunitShape(parseXml(document)),
  csv: (document) => {
    const rows = parseCsv(document);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    // A figure may be negative; a text must not be a formula.
    for (const cell of rows.flat()) if (Number.isNaN(Number(cell))) expect(cell).not.toMatch(/^[=+\-@]/);
  },
  markdown: (document) => {
    expect(document.length).toBeLessThan(MOST_MARKDOWN);
    tablesAreEven(document);
    quotesOnly(document);
  },
  metrics: (document) => {
    const samples = document
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("# "));
    for (const line of samples) {
      expect(line).toMatch(/^[a-z_]+(\{[a-z_]+="(?:[^"\\]|\\.)*"(,[a-z_]+="(?:[^"\\]|\\.)*")*\})? \S+$/);
    }
    const names = samples.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(names).size).toBe(names.length);
  },
  annotations: (document) => {
    const lines = document === "" ? [] : document.trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) [^:\n]*::/);
    expect(lines.length).toBeLessThanOrEqual(40);
  },
};

/** Nothing is fetched: no element that loads, no address in a style, and a policy that forbids the rest. */
function loadsNothing(document: string): void {
  const scripts = /<script\b[^>]*>[\s\S]*?<\/script>/g;
  const outside = document.replace(scripts, "");
  expect(outside).not.toMatch(/<(link|img|iframe|object|embed|audio|video|base|form)\b/i);
  expect(outside).not.toMatch(/<[^<>]*\s(src|href|srcset|action|style|on\w+)\s*=/i);
  for (const [style] of document.matchAll(/<style>[\s\S]*?<\/style>/g)) {
    expect(style).not.toMatch(/url\(|@import/i);
  }
  expect(document).toMatch(/Content-Security-Policy" content="default-src 'none'/);
  for (const [script] of document.matchAll(scripts)) {
    expect(script).toMatch(/^<script( type="application\/json" id="[\w-]+")?>/);
  }
}

/** Every element that is opened is closed, in order. */
function isWellFormed(document: string): void {
  const html = document
    .slice(document.indexOf("<html"))
    .replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, "")
    .replace(/<style>[\s\S]*?<\/style>/g, "")
    .replace(/<(meta|br)\b[^>]*>/g, "")
    .replaceAll(/ open(?=>)/g, "")
    .replaceAll("&#39;", "&apos;");
  expect(parseXml(html).name).toBe("html");
}

/** The shape that build servers share: counts that fit, suites of cases, at most one verdict a case. */
function hasJunitShape(root: XmlElement): void {
  expect(root.name).toBe("testsuites");
  const casesOf = (element: XmlElement) => element.children.filter(({ name }) => name === "testcase");
  const all = root.children.flatMap(casesOf);
  for (const element of [root, ...root.children]) {
    const cases = element === root ? all : casesOf(element);
    const count = (kind: string) =>
      cases.filter(({ children }) => children.some(({ name }) => name === kind)).length;
    expect(Number(element.attributes.tests)).toBe(cases.length);
    expect(Number(element.attributes.failures)).toBe(count("failure"));
    expect(Number(element.attributes.errors)).toBe(count("error"));
  }
  for (const suite of root.children) {
    expect(suite.name).toBe("testsuite");
    expect(suite.attributes.name).toBeDefined();
    for (const { name } of suite.children) expect(["properties", "testcase"]).toContain(name);
  }
  for (const { attributes, children } of all) {
    expect(attributes.name && attributes.classname).toBeTruthy();
    expect(children.length).toBeLessThanOrEqual(1);
  }
}

/** RFC 4180, every row ended by CR LF. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new Error(`not CSV at ${JSON.stringify(text.slice(at, at + 40))}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Text from outside is text: no link, no mention, no HTML but what folds a part away, no heading out of a line's middle. */
function quotesOnly(document: string): void {
  expect(document.replaceAll(/\\./g, "")).not.toMatch(/\]\(|@[\w-]/);
  for (const [, tag] of document.replace(/```[\s\S]*?```/g, "").matchAll(/<\/?([^\s>]*)/g)) {
    expect(["details", "summary", "b", "code", "pre", "sub", "br"]).toContain(tag);
  }
}

/** All rows of a table have as many cells as its head. */
function tablesAreEven(document: string): void {
  let columns: number | undefined;
  for (const line of document.split("\n")) {
    if (!line.startsWith("|")) {
      columns = undefined;
      continue;
    }
    const cells = line.replace(/\\[\\|]/g, "").split("|").length;
    columns ??= cells;
    expect(cells, line.slice(0, 80)).toBe(columns);
  }
}
