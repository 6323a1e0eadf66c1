// Length-prefixed frames: every width and order, every cut, whole and in parts; limits before memory.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeFrame,
  encodeLength,
  LengthPrefixedDecoder,
  type LengthPrefixOptions,
  type LengthWidth,
} from "../../../src/core/framing/length-prefixed.ts";
import { waysToCut } from "./http1/transcript.ts";

const FIXED: readonly LengthWidth[] = [1, 2, 4, 8];
const CODECS: readonly LengthPrefixOptions[] = [
  { width: "varint" },
  ...FIXED.flatMap((width) =>
    [false, true].flatMap((littleEndian) =>
      [false, true].map((includesHeader) => ({ width, littleEndian, includesHeader })),
    ),
  ),
];
const MIB = 1024 * 1024;
const POISON = 0xee;

const nameOf = ({ width, littleEndian = false, includesHeader = false }: LengthPrefixOptions) =>
  `width ${width}${littleEndian ? ", little-endian" : ""}${includesHeader ? ", header counted" : ""}`;

/** What `next` gives for bytes that come in pieces, each overwritten once the decoder asked for more. */
function wholeFrames(decoder: LengthPrefixedDecoder, bytes: Buffer, cuts: readonly number[]): string[] {
  const frames: string[] = [];
  inPieces(bytes, cuts, (chunk, start, end) => {
    decoder.feed(chunk, start, end);
    for (;;) {
      const event = decoder.next();
      if (event.kind === "need-more") return true;
      if (event.kind === "violation") {
        frames.push(`! ${event.reason}: ${event.detail}`);
        expect(decoder.next()).toBe(event);
        expect(decoder.finish()).toBe(event);
        return false;
      }
      frames.push(event.chunk.toString("latin1", event.start, event.end));
    }
  });
  return frames;
}

/** The same from `nextPart`, put together again. */
function framesOfParts(decoder: LengthPrefixedDecoder, bytes: Buffer, cuts: readonly number[]): string[] {
  const frames: string[] = [];
  let length = 0;
  let payload = "";
  inPieces(bytes, cuts, (chunk, start, end) => {
    decoder.feed(chunk, start, end);
    for (;;) {
      const part = decoder.nextPart();
      switch (part.kind) {
        case "header":
          length = part.length;
          payload = "";
          break;
        case "data":
          expect(part.end).toBeGreaterThan(part.start);
          expect(part.chunk).toBe(chunk);
          payload += part.chunk.toString("latin1", part.start, part.end);
          break;
        case "end":
          expect(payload).toHaveLength(length);
          frames.push(payload);
          break;
        case "need-more":
          return true;
        case "violation":
          frames.push(`! ${part.reason}: ${part.detail}`);
          return false;
      }
    }
  });
  expect(decoder.bytesCopied).toBe(0);
  return frames;
}

function inPieces(
  bytes: Buffer,
  cuts: readonly number[],
  take: (chunk: Buffer, start: number, end: number) => boolean,
): void {
  const edges = [0, ...cuts, bytes.length];
  for (let piece = 1; piece < edges.length; piece++) {
    const start = piece % 3;
    const end = start + edges[piece]! - edges[piece - 1]!;
    const chunk = Buffer.alloc(end + 1, POISON);
    bytes.copy(chunk, start, edges[piece - 1], edges[piece]);
    if (!take(chunk, start, end)) return;
    chunk.fill(POISON);
  }
}

describe.each(CODECS.map((options) => ({ name: nameOf(options), options })))("$name", ({ options }) => {
  const payloads = ["hello", "", "x", "y".repeat(130), "", "the end"];
  const bytes = Buffer.concat(payloads.map((text) => encodeFrame(Buffer.from(text, "latin1"), options)));

  test("gives the same frames, whole and in parts, however they are cut", () => {
    for (const cuts of waysToCut(bytes.length)) {
      expect(wholeFrames(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(payloads);
      expect(framesOfParts(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(payloads);
    }
  });

  test("copies nothing when frames arrive whole", () => {
    const decoder = new LengthPrefixedDecoder(options);
    wholeFrames(decoder, bytes, []);
    expect(decoder.bytesCopied).toBe(0);
    expect(decoder.idle).toBe(true);
    expect(decoder.finish()).toBeUndefined();
  });

  test("allows a frame of the limit and refuses one byte more, at its header", () => {
    const limited = { ...options, maxFrameBytes: 5 };
    expect(
      wholeFrames(new LengthPrefixedDecoder(limited), encodeFrame(Buffer.from("hello"), options), []),
    ).toEqual(["hello"]);
    const header = encodeLength(6, options);
    for (const cuts of waysToCut(header.length)) {
      const refused = ["! frame-too-large: a frame of 6 bytes, 5 are allowed"];
      expect(wholeFrames(new LengthPrefixedDecoder(limited), header, cuts)).toEqual(refused);
      expect(framesOfParts(new LengthPrefixedDecoder(limited), header, cuts)).toEqual(refused);
    }
  });

  test("tells an end in the middle of a frame from one between frames", () => {
    const frame = encodeFrame(Buffer.from("hello"), options);
    for (let length = 0; length <= frame.length; length++) {
      const decoder = new LengthPrefixedDecoder(options);
      wholeFrames(decoder, frame.subarray(0, length), []);
      const between = length === 0 || length === frame.length;
      expect(decoder.idle).toBe(between);
      expect(decoder.finish()?.reason).toBe(between ? undefined : "truncated");
    }
  });
});

test("writes lengths as their definitions say", () => {
  const hex = (length: number, options: LengthPrefixOptions) => encodeLength(length, options).toString("hex");
  expect(hex(0x0102, {})).toBe("00000102");
  expect(hex(0x0102, { littleEndian: true })).toBe("02010000");
  expect(hex(0x0102, { width: 2 })).toBe("0102");
  expect(hex(0x01, { width: 1 })).toBe("01");
  expect(hex(0x0102, { width: 8 })).toBe("0000000000000102");
  expect(hex(5, { includesHeader: true })).toBe("00000009");
  expect(hex(0, { width: "varint" })).toBe("00");
  expect(hex(127, { width: "varint" })).toBe("7f");
  expect(hex(128, { width: "varint" })).toBe("8001");
  expect(hex(300, { width: "varint" })).toBe("ac02");
  expect(hex(Number.MAX_SAFE_INTEGER, { width: "varint" })).toBe("ffffffffffffff0f");
  expect(hex(Number.MAX_SAFE_INTEGER, { width: 8 })).toBe("001fffffffffffff");
});

test("refuses lengths that do not fit their field", () => {
  expect(() => encodeLength(256, { width: 1 })).toThrow(RangeError);
  expect(() => encodeLength(255, { width: 1, includesHeader: true })).toThrow(RangeError);
  expect(() => encodeLength(2 ** 32)).toThrow(RangeError);
  for (const length of [-1, 1.5, Number.NaN, 2 ** 53]) {
    expect(() => encodeLength(length, { width: 8 })).toThrow(RangeError);
  }
  expect(() => encodeLength(-2, { includesHeader: true })).toThrow(RangeError);
  expect(() => encodeLength(1, { width: "varint", includesHeader: true })).toThrow(RangeError);
  expect(() => new LengthPrefixedDecoder({ width: "varint", includesHeader: true })).toThrow(RangeError);
});

describe("lengths that cannot be are refused at the header", () => {
  const cases: readonly (readonly [string, LengthPrefixOptions, string, string])[] = [
    ["4 GiB", { width: 4 }, "ffffffff", "frame-too-large"],
    ["4 GiB, little-endian", { width: 4, littleEndian: true }, "ffffffff", "frame-too-large"],
    ["4 GiB in 8 bytes", { width: 8 }, "0000000100000000", "frame-too-large"],
    ["2^63", { width: 8 }, "8000000000000000", "frame-too-large"],
    ["2^63, little-endian", { width: 8, littleEndian: true }, "0000000000000080", "frame-too-large"],
    ["2^64 − 1", { width: 8 }, "ffffffffffffffff", "frame-too-large"],
    ["2^53 + 1", { width: 8 }, "0020000000000001", "frame-too-large"],
    ["4 GiB as varint", { width: "varint" }, "8080808010", "frame-too-large"],
    ["2^63 as varint", { width: "varint" }, "80808080808080808001", "frame-too-large"],
    ["a varint that never ends", { width: "varint" }, "ff".repeat(40), "frame-too-large"],
    ["a varint of needless length", { width: "varint" }, "8000", "bad-length"],
    ["a varint of needless length, not zero", { width: "varint" }, "ff808000", "bad-length"],
    ["less than its own field", { width: 4, includesHeader: true }, "00000003", "bad-length"],
    ["zero, with its own field", { width: 2, includesHeader: true }, "0000", "bad-length"],
  ];

  test.each(cases)("%s", (_name, options, hex, reason) => {
    const bytes = Buffer.from(hex, "hex");
    const before = process.memoryUsage().arrayBuffers;
    for (const cuts of waysToCut(bytes.length)) {
      for (const read of [wholeFrames, framesOfParts]) {
        const frames = read(new LengthPrefixedDecoder(options), bytes, cuts);
        expect(frames).toHaveLength(1);
        expect(frames[0]).toMatch(new RegExp(`^! ${reason}:`));
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });
});

test("a frame that is announced costs what arrives, not what is promised", () => {
  const header = encodeLength(16 * MIB);
  const chunk = Buffer.alloc(1000);
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 100 }, () => {
    const decoder = new LengthPrefixedDecoder();
    wholeFrames(decoder, Buffer.concat([header, chunk]), []);
    return decoder;
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  expect(decoders.every((decoder) => !decoder.idle)).toBe(true);
});

test("a large frame that comes in small pieces is moved a few times at most", () => {
  const decoder = new LengthPrefixedDecoder();
  const frame = encodeFrame(Buffer.alloc(MIB, "x"));
  const cuts = Array.from({ length: 1024 }, (_, index) => (index + 1) * 1000);
  expect(wholeFrames(decoder, frame, cuts)[0]).toHaveLength(MIB);
  expect(decoder.bytesCopied).toBeGreaterThanOrEqual(MIB);
  expect(decoder.bytesCopied).toBeLessThan(3 * MIB);
});

test("any frames round trip in any codec under any cut", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CODECS),
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }),
      fc.array(fc.nat(2000), { maxLength: 12 }),
      (options, payloads, offsets) => {
        const bytes = Buffer.concat(payloads.map((payload) => encodeFrame(payload, options)));
        const cuts = offsets.filter((at) => at > 0 && at < bytes.length).sort((left, right) => left - right);
        const expected = payloads.map((payload) => Buffer.from(payload).toString("latin1"));
        expect(wholeFrames(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(expected);
        expect(framesOfParts(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(expected);
      },
    ),
  );
});

test("any bytes at all are read the same way whole and cut", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CODECS),
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (codec, input, offsets) => {
        const options = { ...codec, maxFrameBytes: 40 };
        const bytes = Buffer.from(input);
        const cuts = offsets.filter((at) => at > 0 && at < bytes.length).sort((left, right) => left - right);
        const whole = wholeFrames(new LengthPrefixedDecoder(options), bytes, []);
        expect(wholeFrames(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(whole);
        expect(framesOfParts(new LengthPrefixedDecoder(options), bytes, cuts)).toEqual(whole);
      },
    ),
  );
});
