// The built `netkit stats history` on a folder of runs whose true course is known, and on what does not belong there.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import type { HistoryResult } from "../../src/engine/stats/history.ts";
import { netkit } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

let folder: Folder;
let template: RunResult;
const at = (...names: string[]): string => join(folder.path, ...names);

/** Twelve nights; p50 a quarter slower from the eighth on, with one per cent of noise. */
beforeAll(async () => {
  folder = await Folder.create();
  const { code, stderr } = await netkit(
    "flood",
    "-d",
    "1s",
    "-c",
    "2",
    "--rate",
    "200/s",
    "-q",
    "--out",
    at("one"),
  );
  // Only the shape of the file counts: whether the machine was busy does not.
  expect([0, 4], stderr).toContain(code);
  template = JSON.parse(await readFile(at("one"), "utf8")) as RunResult;
  await mkdir(at("nights"));
  for (let night = 0; night < 12; night++) {
    const p50 = (night < 7 ? 1_000 : 1_250) * (1 + 0.01 * Math.sin(night * 2.4));
    // Names stand against the order of time.
    await writeFile(
      at("nights", `${String.fromCharCode(108 - night)}.json`),
      JSON.stringify(nightly(night, p50)),
    );
  }
}, 60_000);

afterAll(async () => await folder[Symbol.asyncDispose]());

function nightly(night: number, p50: number): RunResult {
  const response = { ...template.latency.response, p50 };
  return {
    ...template,
    startedAt: new Date(Date.UTC(2026, 0, 1 + night, 3)).toISOString(),
    plan: { ...template.plan, urls: ["http://service/"] },
    latency: { ...template.latency, response },
    histograms: {},
    quality: { ...template.quality, verdict: "valid", reasons: [] },
  };
}

test("finds the night at which the level changed, sorted by start, and exits 1 when asked to", async () => {
  const { code, stdout } = await netkit("stats", "history", at("nights"), "--json", "--fail-on", "change");
  expect(code).toBe(1);
  const result = JSON.parse(stdout) as HistoryResult;
  const p50 = result.series[0]!.metrics.find(({ metric }) => metric === "p50")!;
  expect(p50.changes).toHaveLength(1);
  expect(p50.changes[0]).toMatchObject({ at: 7, run: at("nights", "e.json"), verdict: "worse" });
  expect(p50.changes[0]!.change).toBeCloseTo(0.25, 1);
  const schema = await netkit("stats", "history", "--json-schema");
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schema.stdout) as object);
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  expect((await netkit("stats", "history", at("nights"))).code).toBe(0);
  expect(
    (await netkit("stats", "history", at("nights"), "--metric", "p99", "--fail-on", "change")).code,
  ).toBe(0);
});

test("draws the course with its change marked, and writes it as Markdown", async () => {
  const { stdout } = await netkit(
    "stats",
    "history",
    at("nights"),
    "--metric",
    "p50",
    "--markdown",
    at("h.md"),
  );
  expect(stdout).toMatch(/●[\s\S]*▲[\s\S]*p50 worse by \+2\d%/);
  expect(stdout).toContain("2026-01-08");
  expect(await readFile(at("h.md"), "utf8")).toMatch(/\*\*p50 worse\*\*[\s\S]*\| p50 \|/);
});

test("skips and names what is no run in a folder, and refuses it when it was named by hand", async () => {
  await mkdir(at("mixed"), { recursive: true });
  for (let night = 0; night < 2; night++) {
    await writeFile(at("mixed", `${night}.json`), JSON.stringify(nightly(night, 1_000)));
  }
  await writeFile(at("mixed", "notes.json"), '{"schema":"other"}');
  const shown = await netkit("stats", "history", at("mixed"));
  expect(shown.code).toBe(0);
  expect(shown.stdout.replace(/\s+/g, " ")).toMatch(/skipped: \S*notes\.json/);
  const named = await netkit("stats", "history", at("mixed", "0.json"), at("mixed", "notes.json"));
  expect(named.code).toBe(2);
  expect(named.stderr).toContain("notes.json");
  await mkdir(at("empty"), { recursive: true });
  expect((await netkit("stats", "history", at("empty"))).code).toBe(2);
});

test("refuses unlike plans by what differs, unless it is forced", async () => {
  const other = nightly(20, 1_000);
  await writeFile(at("other.json"), JSON.stringify({ ...other, plan: { ...other.plan, connections: 7 } }));
  const refused = await netkit("stats", "history", at("nights"), at("other.json"));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("plan.connections");
  const forced = await netkit("stats", "history", at("nights"), at("other.json"), "--force", "--json");
  expect((JSON.parse(forced.stdout) as HistoryResult).series.map(({ runs }) => runs.length)).toEqual([12, 1]);
});
