import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import {
  decodeHistogram,
  decodeHistogramData,
  encodeHistogram,
} from "../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram, MAX_LATENCY_US } from "../../../src/core/metrics/histogram.ts";

const latency = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 10_000_000 }),
  fc.integer({ min: 0, max: MAX_LATENCY_US }),
);
const count = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 43 }));
const recordings = fc.array(fc.tuple(latency, count), { maxLength: 60 });

function ours(pairs: readonly (readonly [number, number])[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const [value, n] of pairs) histogram.recordCount(value, n);
  return histogram;
}

function reference(pairs: readonly (readonly [number, number])[], digits: 1 | 2 | 3 | 4 = 3): Histogram {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    highestTrackableValue: 2 ** 32 - 1,
    numberOfSignificantValueDigits: digits,
  });
  for (const [value, n] of pairs) histogram.recordValueWithCount(value, n);
  return histogram;
}

function buckets(histogram: LatencyHistogram): unknown {
  const { indices, counts, count: total } = histogram.snapshot();
  return { indices: [...indices], counts: [...counts], total };
}

function refusal(text: string): NetkitError {
  try {
    decodeHistogram(text, undefined, "run.json");
  } catch (error) {
    if (error instanceof NetkitError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** A compressed V2 text around a payload of one's own. */
function craft(
  payload: Uint8Array,
  change: { digits?: number; lowest?: bigint; payloadLength?: number } = {},
): string {
  const header = Buffer.alloc(40);
  header.writeUInt32BE(0x1c849313, 0);
  header.writeUInt32BE(change.payloadLength ?? payload.length, 4);
  header.writeUInt32BE(change.digits ?? 3, 12);
  header.writeBigUInt64BE(change.lowest ?? 1n, 16);
  header.writeBigUInt64BE(0xffff_ffffn, 24);
  header.writeDoubleBE(1, 32);
  return frame(deflateSync(Buffer.concat([header, payload])));
}

function frame(packed: Uint8Array, length = packed.length): string {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x1c849314, 0);
  head.writeUInt32BE(length, 4);
  return Buffer.concat([head, packed]).toString("base64");
}

describe("against hdr-histogram-js", () => {
  test("what we write it reads, bucket for bucket", () => {
    fc.assert(
      fc.property(recordings, (pairs) => {
        const read = decodeFromCompressedBase64(encodeHistogram(ours(pairs)), 64);
        // The maximum is no part of the format: it takes part in the comparison as its own reader restores it.
        const expected = decodeFromCompressedBase64(encodeIntoCompressedBase64(reference(pairs)), 64);
        expect(read.totalCount).toBe(expected.totalCount);
        expect(read.outputPercentileDistribution()).toBe(expected.outputPercentileDistribution());
      }),
    );
  });

  test("what it writes we read, bucket for bucket", () => {
    fc.assert(
      fc.property(recordings, (pairs) => {
        const read = decodeHistogram(encodeIntoCompressedBase64(reference(pairs)));
        expect(buckets(read)).toEqual(buckets(ours(pairs)));
      }),
    );
  });

  test("its packed and 32-bit builds write the same, and are read the same", () => {
    for (const bitBucketSize of [32, "packed"] as const) {
      const histogram = build({
        bitBucketSize,
        highestTrackableValue: 2 ** 32 - 1,
        numberOfSignificantValueDigits: 3,
      });
      for (const value of [0, 1500, 70_000, 4_000_000_000]) histogram.recordValue(value);
      expect([...decodeHistogram(encodeIntoCompressedBase64(histogram))]).toHaveLength(4);
    }
  });
});

test("what Java's HdrHistogram 2.1.11 writes is read exactly", () => {
  // 0 twice, 1,500 three times, 70,000 once, 4,000,000,000 five times.
  const java = "HISTFAAAACp4nJNpmSzMwMDAzQABzFCaEUT8BwL7DxABlq3ibOcjmW7+YeQCAMNPCmE=";
  const expected = ours([
    [0, 2],
    [1500, 3],
    [70_000, 1],
    [4_000_000_000, 5],
  ]);
  expect(buckets(decodeHistogram(java))).toEqual(buckets(expected));
});

test("the header says: not shifted, ratio 1, three digits from 1 up (other readers obey it)", () => {
  const bytes = Buffer.from(encodeHistogram(ours([[7, 1]])), "base64");
  const plain = inflateSync(bytes.subarray(8));
  // cookie, payload of 2 bytes (7 empty buckets, count 1), offset 0, digits 3, lowest 1, highest 2^32-1, 1.0
  expect(plain.toString("hex")).toBe(
    "1c849313 00000002 00000000 00000003 0000000000000001 00000000ffffffff 3ff0000000000000 0d02".replaceAll(
      " ",
      "",
    ),
  );
});

describe("round trip", () => {
  test("with the exact moments beside it, everything comes back", () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 100 }), (values) => {
        const histogram = ours(values.map((value) => [value, 1]));
        const { min, max, mean, stdev } = histogram;
        const moments = { min: min!, max: max!, mean: mean!, stdev: stdev! };
        const back = decodeHistogram(encodeHistogram(histogram), moments);
        expect(buckets(back)).toEqual(buckets(histogram));
        expect([back.min, back.max, back.sum]).toEqual([min, max, histogram.sum]);
        expect(Math.abs(back.stdev! - stdev!)).toBeLessThanOrEqual(1e-6 * (1 + max!));
      }),
    );
  });

  test("without them, the figures are within the width of a bucket", () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 100 }), (values) => {
        const histogram = ours(values.map((value) => [value, 1]));
        const back = decodeHistogram(encodeHistogram(histogram));
        expect(back.count).toBe(histogram.count);
        for (const key of ["min", "max", "mean"] as const) {
          expect(Math.abs(back[key]! - histogram[key]!)).toBeLessThanOrEqual(histogram[key]! * 0.001 + 1e-9);
        }
      }),
    );
  });

  test("added up as data, seconds are what they are as histograms", () => {
    fc.assert(
      fc.property(fc.array(recordings, { maxLength: 8 }), (seconds) => {
        const [fromData, fromHistograms] = [new LatencyHistogram(), new LatencyHistogram()];
        for (const text of seconds.map((pairs) => encodeHistogram(ours(pairs)))) {
          fromData.addSnapshot(decodeHistogramData(text));
          fromHistograms.add(decodeHistogram(text));
        }
        expect(fromData.snapshot()).toEqual(fromHistograms.snapshot());
      }),
    );
  });

  test("base64 without its padding is read too", () => {
    const text = "HISTFAAAACp4nJNpmSzMwMDAzQABzFCaEUT8BwL7DxABlq3ibOcjmW7+YeQCAMNPCmE=";
    expect(buckets(decodeHistogram(text.replace(/=+$/, "")))).toEqual(buckets(decodeHistogram(text)));
  });

  test("an empty histogram stays empty", () => {
    expect(decodeHistogram(encodeHistogram(new LatencyHistogram())).isEmpty).toBe(true);
  });

  test("a full range takes every bucket", () => {
    const histogram = new LatencyHistogram();
    for (let value = 0; value <= MAX_LATENCY_US; value += Math.max(1, Math.floor(value / 2048))) {
      histogram.record(value);
    }
    expect(buckets(decodeHistogram(encodeHistogram(histogram)))).toEqual(buckets(histogram));
  });
});

describe("bad input is a file error that says why", () => {
  const sound = encodeHistogram(ours([[1500, 3]]));
  const bytes = Buffer.from(sound, "base64");
  test.each<[string, string, string]>([
    ["empty text", "", "not base64"],
    ["text that is not base64", "hello, world", "not base64"],
    ["base64 with a letter of another alphabet", sound.replace("H", "-"), "not base64"],
    ["base64 of something else", "aGVsbG8gd29ybGQh", "HISTFAAA"],
    ["a V1 histogram", Buffer.from("1c84920100000000", "hex").toString("base64"), "HISTFAAA"],
    ["a text cut short", bytes.subarray(0, 30).toString("base64"), "cut short"],
    ["a damaged stream", frame(Buffer.from("not zlib")), "damaged"],
    ["a stream of something else", frame(deflateSync(Buffer.alloc(64))), "not an HdrHistogram V2"],
    ["a short stream", frame(deflateSync(Buffer.alloc(3))), "not an HdrHistogram V2"],
    ["a stream that inflates without end", frame(deflateSync(Buffer.alloc(50_000_000))), "larger"],
    ["a payload longer than its stream", craft(Buffer.from([2]), { payloadLength: 9 }), "cut short"],
    ["a count cut in the middle", craft(Buffer.from([0x80])), "cut short"],
    ["a count above 2^53", craft(Buffer.alloc(9, 0xff)), "2^53"],
    ["values above the range", craft(Buffer.from([0xff, 0xff, 0x7f, 2])), "2^32"],
    ["two significant digits", encodeIntoCompressedBase64(reference([[5, 1]], 2)), "2 significant digits"],
    ["another unit", craft(Buffer.from([2]), { lowest: 1000n }), "from 1000 up"],
  ])("%s", (_, text, why) => {
    const error = refusal(text);
    expect(error.stage).toBe("file");
    expect(error.code).toBe("NK_HISTOGRAM_BAD");
    expect(error.subject).toBe("run.json");
    expect(error.exitCode).toBe(2);
    expect(error.why).toContain(why);
  });

  test("figures beside it that contradict it are refused", () => {
    expect(() => decodeHistogram(sound, { min: 1, max: 1500, mean: 1500, stdev: 0 })).toThrow(NetkitError);
    expect(() => decodeHistogram(sound, { min: 1500, max: 9000, mean: 1500, stdev: 0 })).toThrow(NetkitError);
  });

  test("no text whatever makes it throw anything else, or hang", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array().map((b) => craft(b)),
        ),
        (text) => {
          try {
            decodeHistogram(text);
          } catch (error) {
            expect(error).toBeInstanceOf(NetkitError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
