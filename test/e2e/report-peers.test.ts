// Reports read by the programs that they are for: HdrHistogram's own log processor and promtool.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeHistogram } from "../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../src/core/metrics/histogram.ts";
import type { RunResult } from "../../src/core/run-document.ts";
import { type RunFormatId, runFormat } from "../../src/report/catalog.ts";
import { BRIEF, CHARTED, HOSTILE, NOTHING } from "../report/fixtures/charted-run.ts";
import { CALM, ROUGH } from "../report/fixtures/run-result.ts";
import { peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";

/** Of Debian's libhdrhistogram-java. */
const JAR = "/usr/share/java/hdrhistogram.jar";

function render(id: RunFormatId, result: RunResult): string {
  return runFormat(id).render(result, { width: 80, color: 0 });
}

describe("HdrHistogram's log processor", () => {
  const javaTest = existsSync(JAR)
    ? (name: string, fn: () => Promise<void>) => peerTest("java", name, fn, 120_000)
    : test.skip;

  javaTest("finds the percentiles of the run in its log, interval for interval", async () => {
    await using folder = await Folder.create();
    const log = await folder.write("run.hlog", render("hdr-log", CHARTED));
    const out = join(folder.path, "out");
    const processor = ["-cp", JAR, "org.HdrHistogram.HistogramLogProcessor"];
    execFileSync("java", [...processor, "-i", log, "-o", out, "-outputValueUnitRatio", "1000"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const rows = (text: string) =>
      text
        .split("\n")
        .filter((line) => /^ *\d/.test(line))
        .map((line) => line.trim().split(/ +/).map(Number));
    const theirs = rows(readFileSync(`${out}.hgrm`, "utf8"));
    const ours = rows(render("hgrm", CHARTED));
    expect(theirs).toHaveLength(ours.length);
    const max = CHARTED.latency.response.max! / 1000;
    for (const [at, [value, share, total]] of ours.entries()) {
      expect(Math.min(theirs[at]![0]!, max)).toBeCloseTo(value!, 3);
      expect(theirs[at]![1]).toBeCloseTo(share!, 11);
      expect(theirs[at]![2]).toBe(total);
    }
    const all = new LatencyHistogram();
    for (const { histogram } of CHARTED.intervals) all.add(decodeHistogram(histogram));
    expect(theirs.at(-1)![2]).toBe(all.count);
    const intervals = readFileSync(out, "utf8")
      .split("\n")
      .filter((line) => /^\d/.test(line));
    expect(intervals).toHaveLength(CHARTED.intervals.length);
  });
});

describe("promtool", () => {
  const runs = { CHARTED, CALM, ROUGH, BRIEF, NOTHING, HOSTILE };
  for (const [name, result] of Object.entries(runs)) {
    peerTest("promtool", `has nothing to say about the metrics of ${name}`, () => {
      const input = render("prometheus", result);
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input,
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    });
  }
});
