// permessage-deflate, held against RFC 7692: its examples, its negotiation, and what a hostile peer may send.
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chooseDeflate,
  DEFLATE_OFFER,
  deflateAnswerFault,
  deflateMessage,
  inflateMessage,
} from "../../../../src/core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";
import { messages } from "./transcripts.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const decoder = (max?: number): MessageDecoder => new MessageDecoder("client", max, true);

describe("compressed messages, RFC 7692 §7.2.3", () => {
  it.each([
    ["one block (§7.2.3.1)", "c1 07 f2 48 cd c9 c9 07 00", "text Hello"],
    ["two fragments (§7.2.3.1)", "41 03 f2 48 cd 80 04 c9 c9 07 00", "text Hello"],
    ["a block without compression (§7.2.3.3)", "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00", "text Hello"],
    ["a block that says it is the last (§7.2.3.4)", "c1 08 f3 48 cd c9 c9 07 00 00", "text Hello"],
    ["two blocks (§7.2.3.5)", "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "text Hello"],
    ["an empty message (§7.2.3.6)", "c1 01 00", "text"],
    ["a message that was left as it is (§6.1)", "81 05 48 65 6c 6c 6f", "text Hello"],
    ["a control frame between fragments", "41 03 f2 48 cd 8a 01 78 80 04 c9 c9 07 00", "pong x\ntext Hello"],
  ])("%s, cut anywhere", (_name, bytes, expected) => {
    const whole = hex(bytes);
    for (let at = 0; at <= whole.length; at++) {
      const lines = messages(Buffer.from(whole), [at], "client", decoder());
      expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(expected);
    }
  });

  it("what is deflated inflates to itself, with any window", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 9, max: 15 }), (payload, bits) => {
        const frame = encodeFrame(OPCODE.binary, deflateMessage(payload, bits), { compressed: true });
        const found: Buffer[] = [];
        const reader = decoder();
        reader.feed(frame, 0, frame.length);
        for (let event = reader.next(); event.kind === "message"; event = reader.next()) {
          found.push(Buffer.from(event.chunk.subarray(event.start, event.end)));
        }
        expect(found.length).toBe(1);
        expect(found[0]!.equals(payload)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("no message that is compressed ends with the tail of a flush", () => {
    expect(deflateMessage(Buffer.from("Hello"))).toEqual(hex("f248cdc9c90700"));
    expect(deflateMessage(Buffer.alloc(0))).toEqual(hex("00"));
  });
});

describe("what breaks it", () => {
  it.each([
    ["a continuation that says compressed", "41 03 f2 48 cd c0 04 c9 c9 07 00", "! 1002 reserved-bits"],
    ["a compressed ping", "c9 00", "! 1002 reserved-bits"],
    ["the second reserved bit", "a1 00", "! 1002 reserved-bits"],
    ["the third reserved bit with the first", "d1 00", "! 1002 reserved-bits"],
    ["no deflate at all", "c1 02 ff ff", "! 1007 bad-deflate"],
    ["a block cut short", "c1 03 f2 48 cd", "! 1007 bad-deflate"],
    ["text that is not UTF-8 behind the compression", "c1 03 fa 0f 00", "! 1007 not-utf-8"],
  ])("%s", (_name, bytes, expected) => {
    expect(messages(hex(bytes), [], "client", decoder()).at(-1)).toBe(expected);
  });

  it("is refused where it was not agreed on", () => {
    expect(messages(hex("c1 07 f2 48 cd c9 c9 07 00"))).toEqual(["! 1002 reserved-bits"]);
  });

  it("a bomb is refused by the limit of a message, and not unpacked", () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    expect(inflateMessage(bomb, 100_000)).toBe("too-large");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
    const frame = encodeFrame(OPCODE.binary, bomb, { compressed: true });
    expect(messages(frame, [], "client", decoder(100_000))).toEqual(["! 1009 message-too-large"]);
  });

  it("noise is refused, or is some message, and never thrown at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const found = inflateMessage(noise, 10_000);
        expect(found === "corrupt" || found === "too-large" || found.length <= 10_000).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("its negotiation, §5 and §7.1", () => {
  it.each([
    ["permessage-deflate", DEFLATE_OFFER],
    ["permessage-deflate; client_max_window_bits", DEFLATE_OFFER],
    ['permessage-deflate; client_max_window_bits="10"', DEFLATE_OFFER],
    ["x-webkit-deflate-frame, Permessage-Deflate", DEFLATE_OFFER],
    ["permessage-deflate; server_max_window_bits=10", `${DEFLATE_OFFER}; server_max_window_bits=10`],
    ["permessage-deflate; server_max_window_bits=8, permessage-deflate", DEFLATE_OFFER],
    ["permessage-deflate; server_no_context_takeover; client_no_context_takeover", DEFLATE_OFFER],
  ])("a server takes %s", (offer, answer) => {
    expect(chooseDeflate([offer])?.answer).toBe(answer);
  });

  it.each([
    "",
    "x-other",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=09",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; unknown",
    "permessage-deflate; =",
  ])("a server declines %j", (offer) => {
    expect(chooseDeflate([offer])).toBeUndefined();
  });

  it.each([
    "permessage-deflate; server_no_context_takeover",
    DEFLATE_OFFER,
    `${DEFLATE_OFFER}; server_max_window_bits=12`,
  ])("a client accepts %s", (answer) => {
    expect(deflateAnswerFault(answer)).toBeUndefined();
  });

  it.each([
    "permessage-deflate",
    `${DEFLATE_OFFER}; client_max_window_bits=12`,
    `${DEFLATE_OFFER}; server_max_window_bits=16`,
    `${DEFLATE_OFFER}; server_no_context_takeover`,
    "permessage-deflate; server_no_context_takeover=yes",
    `${DEFLATE_OFFER}, permessage-deflate`,
  ])("a client refuses %s", (answer) => {
    expect(deflateAnswerFault(answer)).toMatch(/\w/);
  });
});
