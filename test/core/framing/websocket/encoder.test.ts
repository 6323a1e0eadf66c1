// Frames on their way out: heads of every length, and masking at every offset, length and phase.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { closeBody, closeCodeText } from "../../../../src/core/framing/websocket/close.ts";
import {
  encodeFrame,
  frameHeaderBytes,
  MAX_HEADER_BYTES,
  writeFrameHeader,
} from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { MaskKeys, maskBytesOf, maskInPlace } from "../../../../src/core/framing/websocket/mask.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";

const KEY = 0xa1b2c3d4;

test.each([
  [0, "8200"],
  [125, "827d"],
  [126, "827e007e"],
  [65535, "827effff"],
  [65536, "827f0000000000010000"],
  [2 ** 40 + 5, "827f0000010000000005"],
])("the head of %i bytes", (length, expected) => {
  const target = Buffer.alloc(MAX_HEADER_BYTES + 2);
  const end = writeFrameHeader(target, 2, OPCODE.binary, true, length, undefined);
  expect(target.toString("hex", 2, end)).toBe(expected);
  expect(end - 2).toBe(frameHeaderBytes(length, false));
  const masked = writeFrameHeader(target, 0, OPCODE.binary, true, length, KEY);
  expect(target.toString("hex", masked - 4, masked)).toBe("a1b2c3d4");
  expect(target[1]! & 0x80).toBe(0x80);
  expect(masked).toBe(frameHeaderBytes(length, true));
});

test("the masked hello of RFC 6455 section 5.7", () => {
  const frame = encodeFrame(OPCODE.text, Buffer.from("Hello"), { key: 0x37fa213d });
  expect(frame.toString("hex")).toBe("818537fa213d7f9f4d5158");
});

test("a payload is masked byte by byte with the key's four, at every offset, length and phase", () => {
  const key = maskBytesOf(KEY);
  const room = Buffer.alloc(400);
  for (let start = 0; start < 9; start++) {
    for (const length of [0, 1, 2, 3, 4, 5, 47, 48, 49, 50, 51, 63, 64, 65, 100, 131, 256, 300]) {
      for (let phase = 0; phase < 5; phase++) {
        room.fill(0x5a);
        maskInPlace(room, start, start + length, KEY, phase);
        const expected = Buffer.alloc(400, 0x5a);
        for (let at = 0; at < length; at++) expected[start + at]! ^= key[(at + phase) % 4]!;
        expect(room.equals(expected)).toBe(true);
        maskInPlace(room, start, start + length, KEY, phase);
        expect(room.equals(Buffer.alloc(400, 0x5a))).toBe(true);
      }
    }
  }
});

test("keys differ from one another, over more than one filling", () => {
  const keys = new MaskKeys();
  const seen = new Set(Array.from({ length: 3000 }, () => keys.next()));
  expect(seen.size).toBeGreaterThan(2990);
});

describe("what may not be sent", () => {
  test("a control frame that is too long or in fragments", () => {
    expect(() => encodeFrame(OPCODE.ping, Buffer.alloc(126))).toThrow(RangeError);
    expect(() => encodeFrame(OPCODE.ping, Buffer.alloc(1), { final: false })).toThrow(RangeError);
    expect(encodeFrame(OPCODE.ping, Buffer.alloc(125))).toHaveLength(127);
  });

  test("a close code that never stands in a frame, and a reason that does not fit", () => {
    expect(() => closeBody(1006)).toThrow(RangeError);
    expect(() => closeBody(1000, "x".repeat(124))).toThrow(RangeError);
    expect(closeBody(1000, "x".repeat(123))).toHaveLength(125);
  });
});

test("close codes are told by name where they have one", () => {
  expect(closeCodeText(1008)).toBe("1008 policy violation");
  expect(closeCodeText(4001)).toBe("4001");
});
