// The built `netkit connect` and its reports: each tells of the one connect, none of its secrets; and the page in a real browser.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectResult } from "../../src/engine/connect/result.ts";
import { connectFormat } from "../../src/report/connect/catalog.ts";
import { parseCsv } from "../report/conformance.ts";
import * as connects from "../report/fixtures/connect-result.ts";
import { parseXml } from "../report/xml.ts";
import { netkit, Running, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder, freePort } from "../support/program.ts";
import { auditTest, isQuietAndFits, openPage, VIEWS, violations } from "../support/report-page.ts";

let server: Awaited<ReturnType<typeof serve>>;
let url: string;

beforeAll(async () => {
  server = await serve("http://127.0.0.1:0", "--no-admin");
  url = server.ready.listeners[0]!.url.replace(/\/$/, "");
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const FLAGS = ["--out", "json", "--report", "html", "--csv", "csv", "--junit", "xml", "--markdown", "md"];

async function reported(folder: Folder, ...args: string[]) {
  const files = FLAGS.map((word) => (word.startsWith("--") ? word : join(folder.path, word)));
  const finished = await netkit("connect", "-q", ...files, ...args);
  return { ...finished, read: (name: string) => readFileSync(join(folder.path, name), "utf8") };
}

describe("the reports of a connect", () => {
  test("tell of one path, each in its way, and none has a secret", async () => {
    await using folder = await Folder.create();
    const target = `${url.replace("://", "://ada:p4ss@")}/bytes/9?token=abc123&x=1`;
    const secrets = ["-H", "X-Api-Key: k3yk3y", "--expect", "total<1us"];
    const { code, stdout, stderr, read } = await reported(folder, target, ...secrets);
    expect([code, stdout], stderr).toEqual([1, ""]);
    const result = JSON.parse(read("json")) as ConnectResult;
    const [, ...rows] = parseCsv(read("csv"));
    expect(rows).toHaveLength(result.paths[0]!.phases.length + 1);
    const cases = parseXml(read("xml")).children[0]!.children.filter(({ name }) => name === "testcase");
    expect(cases.map(({ children }) => children[0]?.name)).toEqual(["system-out", "failure"]);
    expect(read("md")).toMatch(/^## ❌ netkit connect: 1 of 1 expectation broken/);
    expect(read("html")).toContain("waterfall");
    for (const name of ["json", "csv", "xml", "md", "html"]) {
      expect(read(name), name).not.toMatch(/abc123|k3yk3y|p4ss/);
      expect(read(name), name).toContain("x=1");
    }
  });

  test("tell of a repetition", async () => {
    await using folder = await Folder.create();
    const { code, read } = await reported(folder, url, "--count", "3", "--interval", "20ms");
    expect(code).toBe(0);
    expect(parseCsv(read("csv")).at(-1)!.slice(2, 8)).toEqual(["ok", "total", "", "", "", "3"]);
    expect(read("md")).toContain("3 of 3 answered");
    expect(read("html")).toContain("The repetition");
  });

  test("are written when nothing was reached, too", async () => {
    await using folder = await Folder.create();
    const { code, read } = await reported(folder, `http://127.0.0.1:${await freePort()}/`);
    expect(code).toBe(3);
    expect(read("xml")).toContain('errors="1"');
    expect(read("md")).toMatch(/^## ❌ /);
  });

  test("are refused before the first connection when one replaces an input or another, or for a pipe", async () => {
    await using folder = await Folder.create();
    const path = join(folder.path, "a");
    const body = await folder.write("body", "x");
    const over = await netkit("connect", url, "--body-file", body, "--csv", body);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("would be written over")]);
    expect(readFileSync(body, "utf8")).toBe("x");
    expect((await netkit("connect", url, "--csv", path, "--report", path)).code).toBe(2);
    for (const flag of FLAGS.filter((word) => word.startsWith("--"))) {
      expect((await netkit("connect", url, flag, join(folder.path, "missing", "a"))).code, flag).toBe(2);
      expect((await netkit("connect", url, "--interactive", flag, path)).code, flag).toBe(2);
    }
    expect(existsSync(path)).toBe(false);
  });

  test("annotate a job of GitHub Actions", async () => {
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "" };
    await using running = new Running(["connect", url, "--expect", "total<1us"], env);
    expect((await running.finished).stdout).toMatch(/^::error title=total<1us::/m);
  });
});

describe("the page of a connect", () => {
  const html = (result: ConnectResult) => connectFormat("html").render(result, { width: 80, color: 0 });

  peerTest("chromium", "asks for nothing, complains about nothing, and fits every screen", async () => {
    for (const [name, result] of Object.entries(connects)) await isQuietAndFits(html(result), name);
  });

  peerTest("chromium", "has its whole waterfall in view, on a telephone too", async () => {
    for (const view of VIEWS) {
      await openPage(html(connects.FAILED), view, async (page) => {
        const bars = await page.evaluate<{ left: number; right: number }[]>(
          `[...document.querySelectorAll('[aria-label="Waterfall"] rect')].map((bar) => bar.getBoundingClientRect().toJSON())`,
        );
        expect(bars).toHaveLength(3);
        for (const { left, right } of bars) {
          expect(left).toBeGreaterThan(0);
          expect(right).toBeLessThanOrEqual(view.width);
          expect(right - left).toBeGreaterThan(0);
        }
        // Each begins where the one before ended.
        expect(bars[1]!.left).toBeCloseTo(bars[0]!.right, 0);
        expect(bars[2]!.left).toBeCloseTo(bars[1]!.right, 0);
      });
    }
  });

  auditTest("axe-core finds nothing in light and dark, wide and narrow", async () => {
    for (const view of VIEWS) {
      for (const result of [connects.FAILED, connects.REPEAT, connects.BROKEN]) {
        await openPage(html(result), view, async (page) => expect(await violations(page)).toEqual([]));
      }
    }
  });
});
