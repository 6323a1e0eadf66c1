// The built `netkit stats import`: a log to a run that the other stats commands take, and what is refused.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { runFormat } from "../../src/report/catalog.ts";
import { CHARTED } from "../report/fixtures/charted-run.ts";
import { netkit } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

const log = runFormat("hdr-log").render(CHARTED, { width: 80, color: 0 });

test("a zipped log is a run that is shown, compared, merged and exported", async () => {
  await using folder = await Folder.create();
  const at = (name: string): string => join(folder.path, name);
  await writeFile(at("a.hlog.gz"), gzipSync(log));
  await writeFile(at("b.hlog"), log.replace(/(BaseTime|StartTime): \d{4}/g, "$1: 1999"));
  for (const [source, out] of [
    ["a.hlog.gz", "a.json"],
    ["b.hlog", "b.json"],
  ] as const) {
    const { code, stderr } = await netkit("stats", "import", at(source), "-q", "--out", at(out));
    expect(code, stderr).toBe(0);
  }
  const run = JSON.parse(await readFile(at("a.json"), "utf8")) as RunResult;
  expect(run.intervals.map(({ p99 }) => p99)).toEqual(CHARTED.intervals.map(({ p99 }) => p99));
  expect((await netkit("stats", at("a.json"))).stdout).toContain("imported from an HdrHistogram log");
  expect((await netkit("stats", "compare", at("a.json"), at("b.json"))).code).toBe(0);
  const merged = await netkit("stats", "merge", at("a.json"), at("b.json"), "--json");
  expect((JSON.parse(merged.stdout) as RunResult).totals.requests).toBe(2 * run.totals.requests);
  expect((await netkit("stats", "export", at("a.json"), "--format", "hgrm")).code).toBe(0);
});

test("what is cut, unlike or not there is exit 2, with the line and no document", async () => {
  await using folder = await Folder.create();
  await writeFile(join(folder.path, "cut.hlog"), log.trimEnd().slice(0, -20));
  const cut = await netkit("stats", "import", join(folder.path, "cut.hlog"));
  expect([cut.code, cut.stdout]).toEqual([2, ""]);
  expect(cut.stderr).toMatch(/line \d+/);
  await writeFile(join(folder.path, "other.txt"), "hello\n");
  expect((await netkit("stats", "import", join(folder.path, "other.txt"))).stderr).toContain("--from");
  const missing = await netkit("stats", "import", join(folder.path, "nowhere.hlog"));
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no such file")]);
});
