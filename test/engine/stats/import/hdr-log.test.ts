// HdrHistogram's published logs, ours, and what is no log. The `.hlog` fixtures are of HdrHistogram's own test resources
// (public domain, CC0); hiccup.140623 is cut after three intervals; the figures are those of its HistogramLogReaderWriterTest.
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeHistogram } from "../../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../../src/core/metrics/histogram.ts";
import { readForeignHistogram } from "../../../../src/engine/stats/import/foreign-histogram.ts";
import { runFormat } from "../../../../src/report/catalog.ts";
import { runSchema } from "../../../../src/report/schemas/run.ts";
import { CHARTED } from "../../../report/fixtures/charted-run.ts";
import { imported, inPieces, published } from "./imported.ts";

const JHICCUP = "jHiccup-2.0.7S.logV2.hlog";

/** The lines of a log that start between two seconds, added up as Java's reader counts them. */
function between(log: string, from: number, to: number) {
  const rows = log.split("\n").flatMap((line) => {
    const [, start = "", content = ""] = /^([\d.]+),[\d.]+,[\d.]+,(\S+)$/.exec(line) ?? [];
    const isIn = content !== "" && Number(start) >= from && Number(start) <= to;
    return isIn ? [readForeignHistogram(content)] : [];
  });
  const buckets = rows.flatMap((row) => row.buckets).sort((a, b) => a.low - b.low);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  const at = buckets.find(({ count }) => {
    seen += count;
    return seen >= Math.ceil(total * 0.999);
  })!;
  return { intervals: rows.length, total, at };
}

/**
 * The test accumulates in a histogram of three digits, to which Java adds each count at the lowest value of its bucket; what it
 * quotes is the highest equivalent of that.
 */
function asAccumulated(lowNs: number): number {
  const width = 2 ** Math.max(0, Math.floor(Math.log2(lowNs)) - 10);
  return Math.floor(lowNs / width) * width + width - 1;
}

describe("HdrHistogram's published logs", () => {
  test("jHiccup 2.0.7's has the count, start and percentiles that its own test quotes", async () => {
    const run = await imported(await published(JHICCUP));
    expect(runSchema.parse(run)).toEqual(run);
    expect(run.startedAt).toBe(new Date(1441753532570 + 126).toISOString());
    expect(run.intervals).toHaveLength(38);
    expect(run.totals.requests).toBe(30874);
  });

  test.each([
    ["all of it", 0, 1000, 38, 30874, 956825599],
    ["seconds 5 to 20", 5, 20, 14, 12406, 969408511],
    ["seconds 15 to 32", 15, 32, 17, 13754, 969408511],
  ])(
    "of %s the p99.9 is the one quoted, and the run's stands in the same bucket",
    async (_, from, to, count, total, p99_9) => {
      const log = await published(JHICCUP);
      const found = between(log, from, to);
      expect([found.intervals, found.total, asAccumulated(found.at.low)]).toEqual([count, total, p99_9]);
      const run = await imported(log);
      const all = new LatencyHistogram();
      // Java's reader counts from StartTime, the document from the first interval.
      for (const { start, histogram } of run.intervals) {
        if (start + 0.126 >= from && start + 0.126 <= to) all.add(decodeHistogram(histogram));
      }
      expect(all.count).toBe(total);
      // netkit's own buckets are at most 0.1 % wide.
      const ns = all.valueAtPercentile(99.9)! * 1000;
      expect(ns).toBeGreaterThan(found.at.low);
      expect(ns).toBeLessThan(found.at.high * 1.001);
    },
  );

  test("one in encoding V0 is read, each count of it", async () => {
    const run = await imported(await published("hiccup.140623.1028.10646.hlog"));
    expect(run.intervals).toHaveLength(3);
    // 0x124b, the total in the header of the first.
    expect(run.intervals[0]!.requests).toBe(0x124b);
    expect(run.latency.response.max).toBe(3113);
  });

  test("several tags are not mixed: one is chosen", async () => {
    const log = await published("tagged-non-monotonic.hlog");
    await expect(imported(log)).rejects.toMatchObject({
      code: "NK_IMPORT",
      why: expect.stringContaining("A, B, C"),
    });
    await expect(imported(log, { tag: "D" })).rejects.toMatchObject({
      why: expect.stringContaining("no tag D"),
    });
    const run = await imported(log, { tag: "B" });
    expect(run.intervals.map(({ start }) => start)).toEqual([0, 1.007]);
    expect(run.quality.reasons.join()).toContain("does not say when it began");
  });
});

describe("a log of netkit", () => {
  const log = runFormat("hdr-log").render(CHARTED, { width: 80, color: 0 });

  test("comes back count for count, second for second, however it is cut, zipped or ended", async () => {
    for (const text of [log, log.replaceAll("\n", "\r\n")]) {
      for (const bytes of [Buffer.from(text), gzipSync(text)]) {
        const run = await imported(bytes);
        expect(run.intervals.map(({ histogram }) => decodeHistogram(histogram).snapshot().counts)).toEqual(
          CHARTED.intervals.map(({ histogram }) => decodeHistogram(histogram).snapshot().counts),
        );
        expect(run.intervals.map(({ p99 }) => p99)).toEqual(CHARTED.intervals.map(({ p99 }) => p99));
      }
    }
  });

  test("split anywhere is the same", async () => {
    const short = log.split("\n").slice(0, 8).join("\n");
    const whole = await imported(short);
    for (let at = 1; at < short.length; at += 7) expect(await inPieces(short, at)).toEqual(whole);
  });
});

describe("what is no whole log", () => {
  test.each([
    ["cut within a line", (text: string) => text.slice(0, -30), "line 42"],
    ["cut within a histogram's text", (text: string) => text.trimEnd().slice(0, -8), "line 42"],
    [
      "altered in a count",
      (text: string) => text.replace("0zEQKB", "0zEQKC").replace("pNpmSzMwMAgywAB", "pNpmSzMwMAgywBB"),
      "line 5",
    ],
    [
      "of the future",
      (text: string) => text.replace("version 1.2", "version 2.0"),
      "line 2: log format 2.0 is newer",
    ],
    ["twice itself", (text: string) => text + text.split("\n").slice(4).join("\n"), "overlaps"],
    [
      "without a telling maximum",
      (text: string) => text.replace(/^([\d.]+,[\d.]+),[\d.]+/gm, "$1,7.000"),
      "unit",
    ],
    ["empty", (text: string) => text.split("\n").slice(0, 4).join("\n"), "no interval"],
  ])("a log that is %s is refused, naming the line or the reason", async (_, damage, words) => {
    const text = damage(await published(JHICCUP));
    await expect(imported(text)).rejects.toMatchObject({
      code: "NK_IMPORT",
      why: expect.stringContaining(words),
    });
  });
});
