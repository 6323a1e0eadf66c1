import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** Packages that cost start-up time and serve one command, one format or one file at most. */
const HEAVY = ["zod", "yaml", "ora", "chalk", "cli-table3", "hdr-histogram-js", "@peculiar/x509"];

/** Every package that loading a source file loads: its static imports, and those of the files it imports. */
function packagesOf(url: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(url.href)) return packages;
  seen.add(url.href);
  const source = readFileSync(fileURLToPath(url), "utf8");
  for (const [, clause = "", target = ""] of source.matchAll(
    /^import\s+([^"]*?)(?:\s+from\s+)?"([^"]+)"/gm,
  )) {
    // Types are gone at run time: `import type …`, or braces with nothing but `type` names.
    const names = /^\{([^}]*)\}$/s.exec(clause.trim())?.[1]?.split(",");
    const onlyTypes = names?.every((name) => name.trim() === "" || name.trim().startsWith("type "));
    if (clause.startsWith("type ") || onlyTypes === true) continue;
    if (target.startsWith(".")) for (const name of packagesOf(new URL(target, url), seen)) packages.add(name);
    else if (!target.startsWith("node:")) packages.add(target);
  }
  return packages;
}

describe("start-up", () => {
  for (const command of ["flood", "serve", "tls-check"]) {
    test(`declaring ${command} loads none of the heavy packages and no engine`, () => {
      const seen = new Set<string>();
      const packages = packagesOf(new URL(`../../src/commands/${command}.ts`, import.meta.url), seen);
      expect([...packages].filter((name) => HEAVY.some((heavy) => name.startsWith(heavy)))).toEqual([]);
      expect([...packages].every((name) => name.startsWith("@oclif/core/"))).toBe(true);
      expect([...seen].filter((file) => file.includes("/engine/"))).toEqual([]);
    });
  }

  test("the walk sees what a report loads", () => {
    const packages = packagesOf(new URL("../../src/report/text/flood.ts", import.meta.url));
    expect(packages).toContain("chalk");
    expect(packages).toContain("cli-table3");
  });
});
