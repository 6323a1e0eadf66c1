// What the formats of a connect say, beyond the promises that `testFormat` keeps.
import { describe, expect, test } from "vitest";
import { connectExitCode } from "../../src/commands/shared/connect-exit.ts";
import type { ConnectResult } from "../../src/engine/connect/result.ts";
import { type ConnectFormatId, connectFormat } from "../../src/report/connect/catalog.ts";
import { parseCsv } from "./conformance.ts";
import {
  ADDRESSES,
  BROKEN,
  CROWDED,
  FAILED,
  INTERRUPTED,
  LOST,
  ONCE,
  REPEAT,
} from "./fixtures/connect-result.ts";
import { parseXml } from "./xml.ts";

const render = (id: ConnectFormatId, result: ConnectResult): string =>
  connectFormat(id).render(result, { width: 80, color: 0 });

describe("CSV", () => {
  test("has a line a phase, which add up to the total", () => {
    const [head, ...rows] = parseCsv(render("csv", ONCE));
    const took = rows.map((row) => Number(row[head!.indexOf("took_us")]));
    expect(rows.map((row) => row[head!.indexOf("phase")])).toEqual([
      ...ONCE.paths[0]!.phases.map(({ name }) => name),
      "total",
    ]);
    expect(took.slice(0, -1).reduce((sum, us) => sum + us, 0)).toBe(took.at(-1));
  });

  test("of a repetition has a line a phase over all paths", () => {
    const [head, ...rows] = parseCsv(render("csv", REPEAT));
    expect(rows.map((row) => row[head!.indexOf("phase")])).toEqual(["dns", "connect", "total"]);
    expect(rows.at(-1)![head!.indexOf("p99_us")]).toBe("9000");
  });
});

describe("JUnit", () => {
  const verdicts = (result: ConnectResult) =>
    parseXml(render("junit", result))
      .children[0]!.children.filter(({ name }) => name === "testcase")
      .map(({ attributes, children }) => [attributes.name, children[0]?.name ?? "passed"]);

  test.each([
    ["all well", ONCE, false],
    ["a broken expectation", BROKEN, true],
    ["a path that failed", FAILED, true],
    ["one address of two", ADDRESSES, true],
    ["a repetition that lost a path", REPEAT, false],
    ["a repetition that lost all", LOST, true],
  ])("fails a case where the exit code does: %s", (_, result, fails) => {
    const bad = verdicts(result).filter(([, kind]) => kind === "failure" || kind === "error");
    expect(bad.length > 0).toBe(fails);
    expect(connectExitCode(result) !== 0).toBe(fails);
  });

  test("what was interrupted is skipped, and no failure", () => {
    expect(verdicts(INTERRUPTED)).toEqual([["the run is complete", "skipped"]]);
  });
});

describe("the verdict comes first", () => {
  test("in Markdown, broken expectations before it", () => {
    expect(render("markdown", ONCE)).toMatch(/^## ✅ netkit connect: example/);
    expect(render("markdown", BROKEN)).toMatch(/^## ❌ netkit connect: 1 of 2 expectations broken; example/);
    expect(render("markdown", FAILED)).toMatch(/^## ❌ netkit connect: TLS name: the certificate is for /);
    expect(render("markdown", ADDRESSES)).toMatch(/^## ⚠️ netkit connect: TLS name: 1 of 2 addresses failed/);
  });

  test("on the page, with what to try next", () => {
    const page = render("html", FAILED);
    expect(page.indexOf("TLS name: ", page.indexOf("<body>"))).toBeLessThan(page.indexOf("<main>"));
    expect(page.indexOf("--sni example.net")).toBeLessThan(page.indexOf("<main>"));
    expect(page).not.toContain("<script");
  });
});

describe("the page", () => {
  test("draws each phase where it began and as long as it took, the failed one in red", () => {
    const bars = [
      ...render("html", FAILED).matchAll(/<rect class="(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"/g),
    ];
    const drawn = bars.slice(0, 3).map(([, ink, x, width]) => [ink, Number(x), Number(width)]);
    // 12, 8 and 15 of 35 ms, on a line of 1,000.
    expect(drawn).toEqual([
      ["bar", 0, 342.9],
      ["bar", 342.9, 228.6],
      ["bad", 571.4, 428.6],
    ]);
  });

  test("shows the race, the repetition, and what it leaves out", () => {
    expect(render("html", ONCE)).toContain("Race of the addresses");
    const page = render("html", REPEAT);
    for (const words of ["19 of 20 answered, 5% lost", "ECONNREFUSED", "Up and down", "addresses changed"]) {
      expect(page).toContain(words);
    }
    expect(render("html", CROWDED)).toContain("and 170 more paths");
  });
});

describe("GitHub annotations", () => {
  test("are errors for what failed, and nothing when all is well", () => {
    expect(render("github", ONCE)).toBe("");
    expect(render("github", FAILED)).toMatch(/^::error title=TLS name%3A the certificate/);
    expect(render("github", BROKEN)).toMatch(/^::error title=total<30ms::/);
    expect(render("github", ADDRESSES).match(/^::\w+/gm)).toEqual(["::warning", "::error"]);
    expect(render("github", REPEAT)).toMatch(/^::warning /);
  });
});
