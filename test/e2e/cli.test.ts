// The program as a newcomer and as a script meet it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { KnownServer } from "../support/known-server.ts";
import { exitFor, flood, netkit } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

async function validator(command: string): Promise<(document: unknown) => string[]> {
  const { stdout, code } = await netkit(command, "--json-schema");
  expect(code).toBe(0);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
  return (document) =>
    validate(document)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

describe("a newcomer", () => {
  test("types flood and sees a measurement of a server of netkit's own", async () => {
    const { result, stderr } = await flood("-d", "2s");
    expect(result.totals.succeeded).toBeGreaterThan(1000);
    expect(result.totals.failed + result.totals.censored).toBe(0);
    expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  });

  test("sees a page that fits 80 columns", async () => {
    await using server = await KnownServer.start("mixed");
    const { stdout, code } = await netkit("flood", server.url, "--rate", "100/s", "-d", "2s");
    expect([0, 4]).toContain(code);
    for (const part of ["response", "service", "lateness", "Percentiles", "Over time", "Quality"]) {
      expect(stdout.toLowerCase()).toContain(part.toLowerCase());
    }
    for (const line of stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test.each([
    [["flod"], "flood"],
    [["flood", "--conections", "5"], "--connections"],
    [["flood", "ftp://127.0.0.1/"], "http:"],
    [["flood", "-d", "10"], "10s"],
    [["flood", "http://127.0.0.1:8080/", "--body-file", "/does/not/exist"], "/does/not/exist"],
    [["serve", "http://127.0.0.1:0", "--max-body", "lots"], "64KiB"],
  ])("is told what was wrong with %j, and what would be right", async (args, hint) => {
    const { code, stderr, stdout } = await netkit(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });
});

describe("a script", () => {
  test("compares a run with an earlier one, and finds no secret in the file that it keeps", async () => {
    await using server = await KnownServer.start("50ms");
    await using folder = await Folder.create();
    const file = join(folder.path, "run.json");
    const url = `${server.url}?token=t0ps&page=2`;
    const first = await flood(url, "-n", "20", "-c", "2", "-H", "X-Api-Key: s3cr3t", "--out", file);
    expect(first.code).toBe(exitFor(first.result, 0));
    const kept = await readFile(file, "utf8");
    expect(kept).toContain("page=2");
    for (const text of [kept, first.stderr]) expect(text).not.toMatch(/t0ps|s3cr3t/);

    const against = (limit: string) =>
      flood(url, "-n", "20", "-c", "2", "--baseline", file, "--expect", limit);
    const alike = await against("p50<baseline+50%");
    expect(alike.code).toBe(exitFor(alike.result, 0));
    const slower = await against("p50<baseline-50%");
    expect(slower.code).toBe(exitFor(slower.result, 1));
    expect(slower.result.expectations).toMatchObject([{ holds: false }]);
    const without = await netkit("flood", url, "--expect", "p50<baseline+50%");
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("--baseline");
  });

  test("gets one document on stdout that the published schema accepts, whatever happened", async () => {
    const problems = await validator("flood");
    await using server = await KnownServer.start("mixed");
    await using silent = await KnownServer.start("silent");
    const runs = [
      [server.url, "-n", "50", "-c", "5"],
      [server.url, "--rate", "50/s", "-d", "1s", "--expect", "p99<1us", "--expect", "error_rate<1%"],
      [silent.url, "-n", "3", "-c", "3", "--timeout", "300ms"],
      ["http://127.0.0.1:1/", "-n", "3"],
      ["http://no-such-host.invalid/", "-n", "3"],
      [server.url, "--expect", "nonsense"],
    ];
    for (const args of runs) {
      const { stdout } = await netkit("flood", "--json", ...args);
      expect(problems(JSON.parse(stdout))).toEqual([]);
    }
  });

  test("gets the same document in the file, whole, and figures that add up", async () => {
    await using folder = await Folder.create();
    await using server = await KnownServer.start("mixed");
    const out = join(folder.path, "run.json");
    const { result, code } = await flood(server.url, "-c", "10", "-d", "3s", "--out", out);
    expect(code).toBe(exitFor(result, 0));
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual(result);
    const sum = (pick: (interval: RunResult["intervals"][number]) => number) =>
      result.intervals.reduce((total, interval) => total + pick(interval), 0);
    expect(sum((interval) => interval.requests)).toBe(result.totals.requests);
    expect(sum((interval) => interval.bytes)).toBe(result.totals.bytesReceived);
    expect(result.intervals.length).toBeGreaterThanOrEqual(3);
  });

  test("lets expectations decide the exit code", async () => {
    await using server = await KnownServer.start("50ms");
    const args = [server.url, "-c", "5", "-n", "20"];
    const holds = await flood(...args, "--expect", "p99<1s", "--expect", "error_rate<1%");
    expect(holds.code).toBe(exitFor(holds.result, 0));
    expect(holds.result.expectations.map((expectation) => expectation.holds)).toEqual([true, true]);
    const broken = await flood(...args, "--expect", "p50<10ms");
    expect(broken.code).toBe(exitFor(broken.result, 1));
    expect(broken.result.expectations[0]).toMatchObject({ text: "p50<10ms", holds: false });
  });

  test("sets flags by file and environment: a flag wins over the environment, that over the file", async () => {
    await using folder = await Folder.create();
    await using server = await KnownServer.start("fast");
    const config = await folder.write("netkit.yaml", "flood:\n  connections: 7\n  requests: 40\n");
    const { Running } = await import("../support/netkit.ts");
    const run = async (env: Record<string, string>, ...more: string[]) => {
      const args = ["flood", "--json", server.url, "--config", config, ...more];
      const { stdout } = await new Running(args, env).finished;
      return (JSON.parse(stdout) as RunResult).plan;
    };
    expect(await run({})).toMatchObject({ connections: 7, requests: 40 });
    expect(await run({ NETKIT_CONNECTIONS: "3" })).toMatchObject({ connections: 3, requests: 40 });
    expect(await run({ NETKIT_CONNECTIONS: "3" }, "-c", "2")).toMatchObject({ connections: 2, requests: 40 });
  });
});
