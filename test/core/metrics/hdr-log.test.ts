// HdrHistogram V2 logs, read by hdr-histogram-js and by a reader of our own that shares no code with the writer.
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { build, HistogramLogReader } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { encodeHistogram } from "../../../src/core/metrics/hdr-codec.ts";
import { writeHdrLog } from "../../../src/core/metrics/hdr-log.ts";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";

const HEAD = { baseTimeMs: Date.UTC(2026, 2, 1, 12), comments: [] };

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function logOf(seconds: readonly (readonly number[])[]): string {
  return writeHdrLog(
    HEAD,
    seconds.map((values, start) => ({
      start,
      seconds: 1,
      maxUs: values.length === 0 ? null : Math.max(...values),
      histogram: encodeHistogram(histogramOf(values)),
    })),
  );
}

interface Read {
  readonly start: number;
  readonly seconds: number;
  readonly max: number;
  /** Lowest value of a bucket → count. */
  readonly counts: ReadonlyMap<bigint, bigint>;
}

/**
 * From the format's description alone: lines of four fields, base64, zlib, then ZigZag LEB128 counts in the order of the
 * buckets, a negative one standing for a run of empty buckets. Written with BigInt and the recursive definition of buckets.
 */
function readLog(text: string): Read[] {
  const lines = text.split("\n").filter((line) => line !== "" && !/^[#"]/.test(line));
  return lines.map((line) => {
    const [start, seconds, max, encoded, ...more] = line.split(",");
    expect(more).toEqual([]);
    return { start: Number(start), seconds: Number(seconds), max: Number(max), counts: countsOf(encoded!) };
  });
}

function countsOf(encoded: string): Map<bigint, bigint> {
  const packed = Buffer.from(encoded, "base64");
  expect(packed.readUInt32BE(0)).toBe(0x1c849314);
  const plain = inflateSync(packed.subarray(8, 8 + packed.readUInt32BE(4)));
  expect(plain.readUInt32BE(0)).toBe(0x1c849313);
  expect(plain.readUInt32BE(8)).toBe(0);
  const payload = plain.subarray(40, 40 + plain.readUInt32BE(4));
  const counts = new Map<bigint, bigint>();
  let index = 0n;
  for (let at = 0; at < payload.length; ) {
    let raw = 0n;
    let shift = 0n;
    let byte: bigint;
    do {
      byte = BigInt(payload[at++]!);
      raw |= (byte & 0x7fn) << shift;
      shift += 7n;
    } while (byte >= 0x80n);
    const value = (raw >> 1n) ^ -(raw & 1n);
    if (value < 0n) index -= value;
    else {
      if (value > 0n) counts.set(lowest(index), value);
      index++;
    }
  }
  return counts;
}

/** 2,048 buckets of width 1, then 1,024 for each further power of two. */
function lowest(index: bigint): bigint {
  if (index < 2048n) return index;
  return 2n * lowest(index - 1024n);
}

const seconds = fc.array(fc.array(fc.integer({ min: 0, max: 100_000_000 }), { maxLength: 50 }), {
  minLength: 1,
  maxLength: 8,
});

describe("an HdrHistogram log", () => {
  test("is read by a reader of the format's description, count for count", () => {
    fc.assert(
      fc.property(seconds, (list) => {
        const read = readLog(logOf(list));
        expect(read.map(({ start }) => start)).toEqual(list.map((_, at) => at));
        for (const [at, values] of list.entries()) {
          const wanted = new Map<bigint, bigint>();
          for (const value of values) {
            const width = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 10);
            const low = BigInt(Math.floor(value / width) * width);
            wanted.set(low, (wanted.get(low) ?? 0n) + 1n);
          }
          const order = ([a]: readonly [bigint, bigint], [b]: readonly [bigint, bigint]) => (a < b ? -1 : 1);
          expect([...read[at]!.counts].sort(order)).toEqual([...wanted].sort(order));
          expect(read[at]!.max).toBeCloseTo(Math.max(0, ...values) / 1000, 3);
        }
      }),
    );
  });

  test("is read by hdr-histogram-js with the percentiles and times that went in", () => {
    fc.assert(
      fc.property(seconds, (list) => {
        const reader = new HistogramLogReader(logOf(list), 64);
        const all = build({ bitBucketSize: 64, highestTrackableValue: 2 ** 32 - 1 });
        for (const [at, values] of list.entries()) {
          const histogram = reader.nextIntervalHistogram()!;
          const ours = histogramOf(values);
          expect(histogram.totalCount).toBe(values.length);
          expect(histogram.startTimeStampMsec).toBe(HEAD.baseTimeMs + at * 1000);
          expect(histogram.endTimeStampMsec).toBe(HEAD.baseTimeMs + (at + 1) * 1000);
          for (const percentile of [50, 90, 99, 99.9]) {
            if (ours.isEmpty) continue;
            const mine = ours.valueAtPercentile(percentile)!;
            expect(Math.min(histogram.getValueAtPercentile(percentile), ours.max!)).toBe(mine);
          }
          all.add(histogram);
        }
        expect(reader.nextIntervalHistogram()).toBeNull();
        expect(all.totalCount).toBe(list.flat().length);
      }),
      { numRuns: 60 },
    );
  });

  test("has a line for an interval without values, whatever stands for its histogram", () => {
    const text = writeHdrLog(HEAD, [{ start: 0, seconds: 1, maxUs: null, histogram: "" }]);
    expect(readLog(text)).toEqual([{ start: 0, seconds: 1, max: 0, counts: new Map() }]);
  });

  test("keeps a comment on its line", () => {
    const text = writeHdrLog({ ...HEAD, comments: ["a\n0,1,2,forged\u2028b\rc"] }, []);
    expect(text.split("\n")[0]).toBe("#a 0,1,2,forged b c");
    expect(readLog(text)).toEqual([]);
  });
});
