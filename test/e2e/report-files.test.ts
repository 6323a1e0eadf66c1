// `netkit flood` and its reports: all that were asked for are written, and what could not be written is refused first.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HistogramLogReader } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import type { PoolTestResult } from "../../src/engine/pool-test/result.ts";
import { parseCsv } from "../report/conformance.ts";
import { parseXml } from "../report/xml.ts";
import { exitFor, netkit, Running, serve } from "../support/netkit.ts";
import { Folder, freePort } from "../support/program.ts";

describe("the reports of a flood", () => {
  test("tell of one run, each in its way", async () => {
    await using folder = await Folder.create();
    const at = (name: string) => join(folder.path, name);
    const args = ["--out", "json", "--report", "html", "--csv", "csv", "--hdr-log", "hlog", "--junit", "xml"];
    const files = [...args, "--markdown", "md"].map((arg) => (arg.startsWith("--") ? arg : at(arg)));
    const { code, stdout } = await netkit(
      "flood",
      "-n",
      "300",
      "-c",
      "3",
      "--expect",
      "p50<1us",
      "-q",
      ...files,
    );
    const read = (name: string) => readFileSync(at(name), "utf8");
    const result = JSON.parse(read("json")) as RunResult;
    expect(code).toBe(exitFor(result, 1));
    expect(stdout).toBe("");

    const [, ...rows] = parseCsv(read("csv"));
    expect(rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe(300);
    let logged = 0;
    const reader = new HistogramLogReader(read("hlog"), 64);
    for (;;) {
      const histogram = reader.nextIntervalHistogram();
      if (histogram === null) break;
      logged += histogram.totalCount;
    }
    expect(logged).toBe(result.latency.response.count);
    const failures = parseXml(read("xml"))
      .children[0]!.children.filter(({ children }) => children.some(({ name }) => name === "failure"))
      .map(({ attributes }) => attributes.name);
    expect(failures).toEqual(["p50<1us"]);
    expect(read("md")).toContain("p50&lt;1us");
    expect(read("html")).toContain('id="charts"');
    // Written under another name and moved: nothing is left over.
    expect(readdirSync(folder.path).sort()).toEqual(["csv", "hlog", "html", "json", "md", "xml"]);
  });

  test("are refused before the run when two would be one file", async () => {
    await using folder = await Folder.create();
    const url = `http://127.0.0.1:${await freePort()}/`;
    const path = join(folder.path, "a");
    const dotted = `${folder.path}/./a`;
    const { code, stderr } = await netkit("flood", url, "--csv", path, "--report", dotted);
    expect(code).toBe(2);
    expect(stderr).toContain("two reports would be written to");
    expect(existsSync(path)).toBe(false);
  });

  test("are refused before the run when one cannot be written", async () => {
    await using folder = await Folder.create();
    const url = `http://127.0.0.1:${await freePort()}/`;
    for (const flag of ["--out", "--report", "--csv", "--hdr-log", "--junit", "--markdown"]) {
      const { code, stderr } = await netkit("flood", url, flag, join(folder.path, "missing", "a"));
      expect(code, flag).toBe(2);
      expect(stderr, flag).toContain("could not write");
    }
  });

  test("do not replace what the run reads", async () => {
    await using folder = await Folder.create();
    const body = await folder.write("body", "x");
    const { code, stderr } = await netkit("flood", "http://127.0.0.1:1/", "--body-file", body, "--csv", body);
    expect(code).toBe(2);
    expect(stderr).toContain("a report would be written over");
    expect(readFileSync(body, "utf8")).toBe("x");
  });
});

describe("in GitHub Actions", () => {
  test("a flood annotates what broke, and adds to the summary of the job", async () => {
    await using folder = await Folder.create();
    const summary = await folder.write("summary.md", "before\n");
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    await using running = new Running(["flood", "-n", "50", "-c", "1", "--expect", "p50<1us"], env);
    const { stdout } = await running.finished;
    expect(stdout).toMatch(/^::error title=p50<1us::/m);
    expect(readFileSync(summary, "utf8")).toMatch(/^before\n## ❌ netkit flood: /);
  });

  test("a summary that cannot be written costs nothing else", async () => {
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "/nonexistent/summary" };
    await using running = new Running(["flood", "-n", "50", "-c", "1", "--json"], env);
    const { stdout, stderr, code } = await running.finished;
    expect(code).toBe(exitFor(JSON.parse(stdout) as RunResult, 0));
    expect(stderr).toContain("the summary of the job was not written");
  });

  test("elsewhere nothing is annotated", async () => {
    await using running = new Running(["flood", "-n", "50", "-c", "1", "--expect", "p50<1us"], {
      GITHUB_ACTIONS: "",
    });
    expect((await running.finished).stdout).not.toContain("::error");
  });
});

test("the reports of a pool test tell of one sweep, each in its way", async () => {
  await using folder = await Folder.create();
  await using server = await serve("tcp://127.0.0.1:0", "--no-admin");
  const at = (name: string) => join(folder.path, name);
  const files = ["--out", "json", "--csv", "csv", "--junit", "xml", "--markdown", "md"];
  const { code } = await netkit(
    "pool-test",
    server.ready.listeners[0]!.url,
    ...["--sizes", "1,2,4", "--repeat", "1", "-d", "300ms", "--warmup", "50ms", "--clients", "8", "-q"],
    ...["--expect", "wait.p50<1us"],
    ...files.map((arg) => (arg.startsWith("--") ? arg : at(arg))),
  );
  const read = (name: string) => readFileSync(at(name), "utf8");
  const result = JSON.parse(read("json")) as PoolTestResult;
  expect([1, 4]).toContain(code);
  expect(parseCsv(read("csv")).map(([size]) => size)).toEqual(["size", "1", "2", "4"]);
  expect(parseCsv(read("csv"))[3]![2]).toBe(String(result.rows[2]!.throughput.mean));
  const failures = parseXml(read("xml"))
    .children[0]!.children.filter(({ children }) => children.some(({ name }) => name === "failure"))
    .map(({ attributes }) => attributes.name);
  expect(failures).toContain("wait.p50<1us");
  expect(read("md")).toContain("| 4 |");
});
