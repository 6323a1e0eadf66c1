// The built `netkit stats` on files that `netkit flood` really wrote: shown, merged, exported, compared.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import type { CompareResult } from "../../src/engine/stats/compare/result.ts";
import { parseCsv } from "../report/conformance.ts";
import { parseXml } from "../report/xml.ts";
import { exitFor, netkit, Running, serve } from "../support/netkit.ts";
import { Folder, runProgram } from "../support/program.ts";

let folder: Folder;
let server: Awaited<ReturnType<typeof serve>>;
const at = (name: string): string => join(folder.path, name);

/** A second of calm load, to a path that answers after so many milliseconds. */
async function flooded(name: string, delayMs: number): Promise<string> {
  const url = `${server.ready.listeners[0]!.url.replace(/\/$/, "")}/delay/${delayMs}ms`;
  const { code, stderr } = await netkit(
    ...[
      "flood",
      url,
      "--rate",
      "200/s",
      "-c",
      "20",
      "-d",
      "3s",
      "--warmup",
      "200ms",
      "-q",
      "--out",
      at(name),
    ],
  );
  const run = JSON.parse(await readFile(at(name), "utf8")) as RunResult;
  expect(code, stderr).toBe(exitFor(run, 0));
  // The path is the server's own way to be slow, and no difference of plans; a machine that was too busy to measure
  // well is not the subject here.
  const quality = { ...run.quality, verdict: "valid", reasons: [] };
  const plan = { ...run.plan, urls: ["http://service/"] };
  await writeFile(at(name), JSON.stringify({ ...run, quality, plan }));
  return at(name);
}

let calm: string[];
let slower: string[];

beforeAll(async () => {
  folder = await Folder.create();
  server = await serve("http://127.0.0.1:0", "--no-admin");
  calm = [await flooded("calm-1.json", 20), await flooded("calm-2.json", 20)];
  slower = [await flooded("slower-1.json", 30), await flooded("slower-2.json", 30)];
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function compared(...args: string[]): Promise<{ code: number | null; result: CompareResult }> {
  const { code, stdout } = await netkit("stats", "compare", "--json", ...args);
  return { code, result: JSON.parse(stdout) as CompareResult };
}

describe("stats compare", () => {
  test("finds a server that became half as slow again, and exits 1", async () => {
    const { code, result } = await compared(...calm, "--", ...slower);
    expect(result.verdict).toBe("worse");
    expect(code).toBe(1);
    const p50 = result.metrics.find(({ metric }) => metric === "p50")!;
    expect(p50.verdict).toBe("worse");
    expect(p50.change!.value).toBeGreaterThan(0.3);
    expect(p50.change!.value).toBeLessThan(0.7);
    const misplaced = await netkit("stats", "compare", calm[0]!, "--", slower[0]!, "--force");
    expect([misplaced.code, misplaced.stderr]).toEqual([
      2,
      expect.stringContaining("--force stands behind the --"),
    ]);
    const { code: spared } = await compared("--fail-on", "never", ...calm, "--", ...slower);
    expect(spared).toBe(0);
  });

  test("finds nothing worse in the same", async () => {
    const { code, result } = await compared(calm[0]!, calm[1]!);
    expect(["same", "undecided"]).toContain(result.verdict);
    expect(code).toBe(0);
    const undecided = await compared(calm[0]!, calm[1]!, "--fail-on", "undecided");
    expect(undecided.code).toBe(result.verdict === "undecided" ? 1 : 0);
  });

  test("prints a document that fits its own schema, and a table for a pull request", async () => {
    const { stdout } = await netkit("stats", "compare", "--json-schema");
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
    const { result } = await compared("--markdown", at("comment.md"), ...calm, "--", ...slower);
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(await readFile(at("comment.md"), "utf8")).toMatch(/\*\*Worse\*\*[\s\S]*\| p50 \|/);
  });

  test("writes each report that is asked for, all of one comparison", async () => {
    const flags = ["--report", "c.html", "--csv", "c.csv", "--junit", "c.xml", "--out", "c.json"];
    const files = flags.map((word) => (word.startsWith("--") ? word : at(word)));
    const { code, stdout } = await netkit("stats", "compare", "-q", ...files, ...calm, "--", ...slower);
    expect([code, stdout]).toEqual([1, ""]);
    const read = (name: string) => readFile(at(name), "utf8");
    const result = JSON.parse(await read("c.json")) as CompareResult;
    expect(parseCsv(await read("c.csv"))).toHaveLength(result.metrics.length + 1);
    const cases = parseXml(await read("c.xml")).children[0]!.children.filter(
      ({ name }) => name === "testcase",
    );
    const failed = cases.filter(({ children }) => children.some(({ name }) => name === "failure"));
    expect(failed.length).toBe(result.metrics.filter(({ verdict }) => verdict === "worse").length);
    expect(await read("c.html")).toContain('id="charts"');
  });

  test("does not write over a run, nor a report of one side held against itself", async () => {
    const before = await readFile(calm[0]!, "utf8");
    const over = await netkit("stats", "compare", calm[0]!, calm[1]!, "--csv", calm[0]!);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("would be written over")]);
    expect(await readFile(calm[0]!, "utf8")).toBe(before);
    for (const flag of ["--report", "--csv", "--junit", "--markdown"]) {
      const { code, stderr } = await netkit("stats", "compare", ...calm, "--aa", flag, at("never"));
      expect([code, stderr], flag).toEqual([2, expect.stringContaining("--aa")]);
    }
  });

  test("tells a job of GitHub Actions what is worse, and adds to its summary", async () => {
    const summary = await folder.write("summary.md", "");
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    await using running = new Running(["stats", "compare", ...calm, "--", ...slower], env);
    expect((await running.finished).stdout).toMatch(/^::error title=p50 is worse::/m);
    expect(await readFile(summary, "utf8")).toContain("netkit stats compare: **Worse**");
  });

  test("refuses what is unlike, naming it, unless it is forced", async () => {
    const run = JSON.parse(await readFile(calm[0]!, "utf8")) as RunResult;
    await writeFile(at("other.json"), JSON.stringify({ ...run, plan: { ...run.plan, connections: 7 } }));
    const refused = await netkit("stats", "compare", calm[0]!, at("other.json"));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("connections");
    expect((await netkit("stats", "compare", calm[0]!, at("other.json"), "--force")).code).toBe(0);
  });

  test("cannot tell where one side ends among three files", async () => {
    const { code, stderr } = await netkit("stats", "compare", ...calm, slower[0]!);
    expect(code).toBe(2);
    expect(stderr).toContain("--");
  });
});

describe("stats merge", () => {
  test("is all requests together, and the same as one of the parts in shape", async () => {
    const { code, stderr } = await netkit("stats", "merge", ...calm, "-q", "--out", at("all.json"));
    expect(code, stderr).toBe(0);
    const [a, b, all] = await Promise.all(
      [...calm, at("all.json")].map(async (path) => JSON.parse(await readFile(path, "utf8")) as RunResult),
    );
    expect(all!.totals.requests).toBe(a!.totals.requests + b!.totals.requests);
    expect(all!.latency.response.max).toBe(Math.max(a!.latency.response.max!, b!.latency.response.max!));
    expect((await netkit("stats", at("all.json"))).stdout).toContain("1,200 requests in 6 s");
  });

  test("refuses the same run twice", async () => {
    const { code, stderr } = await netkit("stats", "merge", calm[0]!, calm[0]!);
    expect(code).toBe(2);
    expect(stderr).toContain("overlap in time");
  });
});

describe("stats", () => {
  test("shows a run again, and exports it", async () => {
    const { code, stdout } = await netkit("stats", calm[0]!);
    expect(code).toBe(0);
    expect(stdout).toContain("Percentiles of the response time");
    expect((await netkit("stats", "export", calm[0]!, "--format", "csv")).stdout).toMatch(/^start_s,/);
    await netkit("stats", "export", calm[0]!, "--format", "html", "--out", at("run.html"));
    expect(await readFile(at("run.html"), "utf8")).toMatch(/^<!doctype html>/i);
  });

  test.each([
    ["cut", (text: string) => text.slice(0, text.length / 2), "is not JSON"],
    ["of the future", (text: string) => text.replace("netkit.run/1", "netkit.run/2"), '"netkit.run/2"'],
    ["altered", (text: string) => text.replace(/"requests":\d+/, '"requests":-5'), "requests"],
    [
      "with a damaged histogram",
      (text: string) => text.replace(/"response":"[^"]{20}/, '"response":"AAAA'),
      "damaged",
    ],
  ])("a file that is %s is refused, never a wrong number", async (_, damage, words) => {
    await writeFile(at("damaged.json"), damage(await readFile(calm[0]!, "utf8")));
    const { code, stdout, stderr } = await netkit("stats", at("damaged.json"));
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(words);
  });

  test("nothing named is exit 2 where a file is needed", async () => {
    expect((await netkit("stats", "import")).code).toBe(2);
    expect((await netkit("stats", "merge")).code).toBe(2);
    expect((await netkit("stats", "export", calm[0]!)).code).toBe(2);
  });
});

describe("stats import", () => {
  test("a log that was exported comes back with every interval, and can be compared", async () => {
    const [log, back] = [at("calm.hlog"), at("imported.json")];
    await netkit("stats", "export", calm[0]!, "--format", "hdr-log", "--out", log);
    expect((await netkit("stats", "import", log, "--out", back, "-q")).code).toBe(0);
    const [run, imported] = await Promise.all(
      [calm[0]!, back].map(async (path) => JSON.parse(await readFile(path, "utf8")) as RunResult),
    );
    expect(imported!.histograms.response).toBe(run!.histograms.response);
    expect(imported!.intervals.map(({ histogram }) => histogram)).toEqual(
      run!.intervals.map(({ histogram }) => histogram),
    );
    const { code, stdout } = await netkit("stats", "compare", back, back, "--json");
    expect([code, (JSON.parse(stdout) as CompareResult).verdict]).toEqual([
      0,
      expect.stringMatching(/same|undecided/),
    ]);
  });

  test("what autocannon writes of a real server", async () => {
    const autocannon = createRequire(import.meta.url).resolve("autocannon");
    const { output } = await runProgram(process.execPath, [
      autocannon,
      "--json",
      "-d",
      "1",
      "-c",
      "2",
      server.ready.listeners[0]!.url,
    ]);
    const path = await folder.write(
      "autocannon.json",
      output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1),
    );
    const { code, stdout } = await netkit("stats", "import", path, "--json");
    const run = JSON.parse(stdout) as RunResult;
    expect([code, run.totals.failed]).toEqual([0, 0]);
    expect(run.totals.succeeded).toBeGreaterThan(100);
    expect(run.statuses["200"]).toBe(run.totals.succeeded);
  });
});
