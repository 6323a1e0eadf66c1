// Every kind of result has a catalog, every file that renders one is a line of it, and every flag of a command that writes a
// report stands for a line: a format that is written and forgotten fails here.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { RUN_FORMATS } from "../../src/report/catalog.ts";
import { COMPARE_FORMATS } from "../../src/report/compare/catalog.ts";
import { CONNECT_FORMATS } from "../../src/report/connect/catalog.ts";
import type { Media } from "../../src/report/format.ts";
import { HISTORY_FORMATS } from "../../src/report/history/catalog.ts";
import { POOL_TEST_FORMATS } from "../../src/report/pool-test/catalog.ts";
import { CHECK_FORMATS } from "../../src/report/tls-check/catalog.ts";

const REPORT = fileURLToPath(new URL("../../src/report/", import.meta.url));
const TEST = fileURLToPath(new URL("./formats.test.ts", import.meta.url));

interface Line {
  readonly id: string;
  readonly media: Media;
}

const CATALOGS: readonly {
  readonly kind: string;
  readonly list: string;
  readonly formats: readonly Line[];
  readonly file: string;
  /** Where its formats live. */
  readonly folders: readonly string[];
  /** Renderers of a part or of something else: of a split of one side, of a trace, of rules. */
  readonly others: readonly string[];
}[] = [
  {
    kind: "a run",
    list: "RUN_FORMATS",
    formats: RUN_FORMATS,
    file: "catalog.ts",
    folders: ["formats"],
    others: [],
  },
  {
    kind: "a comparison",
    list: "COMPARE_FORMATS",
    formats: COMPARE_FORMATS,
    file: "compare/catalog.ts",
    folders: ["compare"],
    others: ["renderAa"],
  },
  {
    kind: "a history",
    list: "HISTORY_FORMATS",
    formats: HISTORY_FORMATS,
    file: "history/catalog.ts",
    folders: ["history"],
    others: [],
  },
  {
    kind: "a connect",
    list: "CONNECT_FORMATS",
    formats: CONNECT_FORMATS,
    file: "connect/catalog.ts",
    folders: ["connect"],
    others: ["renderTrace"],
  },
  {
    kind: "a pool test",
    list: "POOL_TEST_FORMATS",
    formats: POOL_TEST_FORMATS,
    file: "pool-test/catalog.ts",
    folders: ["pool-test"],
    others: [],
  },
  {
    kind: "a tls-check",
    list: "CHECK_FORMATS",
    formats: CHECK_FORMATS,
    file: "tls-check/catalog.ts",
    folders: ["tls-check"],
    others: ["renderTraceLine", "renderRuleList", "renderExplanation"],
  },
];

/** What people, build servers, spreadsheets and pull requests read; each kind of result has it. */
const EVERYWHERE = ["text", "json", "html", "markdown", "junit", "github", "csv"];

describe.each(CATALOGS)("the catalog of $kind", ({ list, formats, file, folders, others }) => {
  const source = readFileSync(join(REPORT, file), "utf8");
  /** As `render: renderX`, or called by it. */
  const isLine = (name: string) => new RegExp(`(?:render: |=> )${name}\\b`).test(source);

  test("has a line for each format that every result has", () => {
    const ids = formats.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(EVERYWHERE));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has a line for every file that renders such a result", () => {
    const rendering = folders.flatMap((folder) =>
      readdirSync(join(REPORT, folder), { recursive: true, withFileTypes: true }).flatMap((entry) => {
        if (!entry.isFile()) return [];
        const path = join(entry.parentPath, entry.name);
        const exported = readFileSync(path, "utf8").matchAll(/^export function (render\w+)\(/gm);
        return [...exported].map(([, name]) => ({ name: name!, path: relative(REPORT, path) }));
      }),
    );
    const forgotten = rendering.filter(({ name }) => !others.includes(name) && !isLine(name));
    expect(forgotten).toEqual([]);
    expect(rendering.length).toBeGreaterThan(3);
  });

  test("is held to what formats promise, line by line", () => {
    const source = readFileSync(TEST, "utf8");
    const [, after] = source.split(`[] = ${list};`);
    expect(after, list).toMatch(/for \(const format of formats\)[\s\S]*?testFormat\(\s*format,/);
  });
});

test("every catalog is listed here", () => {
  const found = readdirSync(REPORT, { recursive: true, encoding: "utf8" }).filter(
    (path) =>
      path.endsWith("catalog.ts") && readFileSync(join(REPORT, path), "utf8").includes("_FORMATS = ["),
  );
  const listed = CATALOGS.map(({ file }) => file);
  expect(found.sort()).toEqual([...listed].sort());
});
