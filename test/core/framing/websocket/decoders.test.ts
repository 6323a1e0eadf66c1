// WebSocket frames and messages (RFC 6455): every rule by bytes, every cut, views where frames come whole, limits
// before memory.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closeBody } from "../../../../src/core/framing/websocket/close.ts";
import { FrameDecoder } from "../../../../src/core/framing/websocket/frame-decoder.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE, type Role } from "../../../../src/core/framing/websocket/types.ts";
import { every, waysToCut } from "../http1/transcript.ts";
import { frames, messages } from "./transcripts.ts";

const KEY = 0x37fa213d;
const MIB = 1024 * 1024;

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Frames of either side. */
function sent(by: Role, ...list: readonly [opcode: number, payload: string | Uint8Array, final?: boolean][]) {
  return Buffer.concat(
    list.map(([opcode, payload, final = true]) =>
      encodeFrame(opcode as 0, typeof payload === "string" ? Buffer.from(payload, "latin1") : payload, {
        final,
        key: by === "client" ? KEY : undefined,
      }),
    ),
  );
}

describe("the examples of RFC 6455 section 5.7", () => {
  test.each<[string, Role, string, string[]]>([
    ["an unmasked text", "client", "81 05 48656c6c6f", ["text Hello"]],
    ["a masked text", "server", "81 85 37fa213d 7f9f4d5158", ["text Hello"]],
    ["a text in two fragments", "client", "01 03 48656c 80 02 6c6f", ["text Hello"]],
    ["a ping", "client", "89 05 48656c6c6f", ["ping Hello"]],
    ["a masked pong", "server", "8a 85 37fa213d 7f9f4d5158", ["pong Hello"]],
    ["256 bytes", "client", `82 7e 0100 ${"78".repeat(256)}`, [`binary ${"x".repeat(256)}`]],
    ["64 KiB", "client", `82 7f 0000000000010000 ${"79".repeat(65536)}`, [`binary ${"y".repeat(65536)}`]],
  ])("%s", (_name, role, bytes, expected) => {
    expect(messages(hex(bytes), [], role)).toEqual(expected);
  });
});

describe.each<[Role, Role]>([
  ["client", "server"],
  ["server", "client"],
])("a %s, however the bytes are cut", (role, peer) => {
  const bytes = sent(
    peer,
    [OPCODE.text, "hello"],
    [OPCODE.binary, ""],
    [OPCODE.text, Buffer.from("grüße €", "utf8").subarray(0, 3), false],
    [OPCODE.ping, "still there?"],
    [OPCODE.continuation, Buffer.from("grüße €", "utf8").subarray(3, 9), false],
    [OPCODE.continuation, "", false],
    [OPCODE.pong, ""],
    [OPCODE.continuation, Buffer.from("grüße €", "utf8").subarray(9)],
    [OPCODE.binary, "z".repeat(126)],
    [OPCODE.binary, "q".repeat(130), false],
    [OPCODE.continuation, ""],
    [OPCODE.close, closeBody(1001, "bye")],
  );

  test("gives the same messages", () => {
    const expected = [
      "text hello",
      "binary ",
      "ping still there?",
      "pong ",
      `text ${Buffer.from("grüße €", "utf8").toString("latin1")}`,
      `binary ${"z".repeat(126)}`,
      `binary ${"q".repeat(130)}`,
      "close 1001 bye",
    ];
    for (const cuts of waysToCut(bytes.length)) expect(messages(bytes, cuts, role)).toEqual(expected);
  });

  test("gives the same frames, as views", () => {
    const whole = frames(bytes, [], role);
    expect(whole).toHaveLength(12);
    for (const cuts of waysToCut(bytes.length)) expect(frames(bytes, cuts, role)).toEqual(whole);
  });
});

describe("a violation is found at every cut, once and for good", () => {
  test.each<[string, Role, string, string]>([
    ["RSV1", "client", "c1 00", "! 1002 reserved-bits"],
    ["RSV2", "client", "a1 00", "! 1002 reserved-bits"],
    ["RSV3", "client", "91 00", "! 1002 reserved-bits"],
    ["opcode 3", "client", "83 00", "! 1002 reserved-opcode"],
    ["opcode 7", "client", "87 00", "! 1002 reserved-opcode"],
    ["opcode 11", "client", "8b 00", "! 1002 reserved-opcode"],
    ["opcode 15", "client", "8f 00", "! 1002 reserved-opcode"],
    ["a masked frame of a server", "client", "81 80 00000000", "! 1002 masked"],
    ["an unmasked frame of a client", "server", "81 00", "! 1002 not-masked"],
    ["a ping of 126 bytes", "client", "89 7e 007e", "! 1002 long-control-frame"],
    ["a close of 2^63 bytes", "client", "88 7f", "! 1002 long-control-frame"],
    ["a ping in fragments", "client", "09 00", "! 1002 fragmented-control-frame"],
    ["125 bytes in 16 bits", "client", "82 7e 007d", "! 1002 bad-length"],
    ["65,535 bytes in 64 bits", "client", "82 7f 000000000000ffff", "! 1002 bad-length"],
    ["a length of 2^63", "client", "82 7f 80", "! 1002 bad-length"],
    ["a length of 2^63 - 1", "client", "82 7f 7fffffffffffffff", "! 1009 frame-too-large"],
    ["a continuation of nothing", "client", "80 00", "! 1002 bad-sequence"],
    ["a message within a message", "client", "01 00 81 00", "! 1002 bad-sequence"],
    ["a close of one byte", "client", "88 01 03", "! 1002 bad-close"],
    ["close code 999", "client", "88 02 03e7", "! 1002 bad-close"],
    ["close code 1004", "client", "88 02 03ec", "! 1002 bad-close"],
    ["close code 1005", "client", "88 02 03ed", "! 1002 bad-close"],
    ["close code 1006", "client", "88 02 03ee", "! 1002 bad-close"],
    ["close code 1015", "client", "88 02 03f7", "! 1002 bad-close"],
    ["close code 2999", "client", "88 02 0bb7", "! 1002 bad-close"],
    ["close code 5000", "client", "88 02 1388", "! 1002 bad-close"],
    ["a close reason that is not UTF-8", "client", "88 04 03e8 c328", "! 1007 not-utf-8"],
    ["a text that is not UTF-8", "client", "81 02 c328", "! 1007 not-utf-8"],
    ["a surrogate in a text", "client", "81 03 eda080", "! 1007 not-utf-8"],
    ["a text that ends within a character", "client", "01 01 c3 80 00", "! 1007 not-utf-8"],
    ["a text above U+10FFFF", "client", "81 04 f4908080", "! 1007 not-utf-8"],
  ])("%s", (_name, role, text, expected) => {
    const bytes = hex(text);
    for (const cuts of waysToCut(bytes.length)) expect(messages(bytes, cuts, role)).toEqual([expected]);
  });
});

test.each([1000, 1003, 1007, 1014, 3000, 4999])("close code %i is read", (code) => {
  expect(messages(sent("server", [OPCODE.close, closeBody(code)]))).toEqual([`close ${code}`]);
});

test("a close without a body has no code, and what follows it is ignored", () => {
  const bytes = Buffer.concat([hex("8800"), Buffer.alloc(1000, 0xff)]);
  for (const cuts of [[], [1], [2], [3], every(7, bytes.length)]) {
    const decoder = new MessageDecoder("client");
    expect(messages(bytes, cuts, "client", decoder)).toEqual(["close none"]);
    expect(decoder.idle).toBe(true);
    expect(decoder.finish()).toBeUndefined();
  }
});

test("messages that arrive whole are views: nothing is copied", () => {
  const bytes = sent(
    "client",
    [OPCODE.text, "a".repeat(70)],
    [OPCODE.ping, "p"],
    [OPCODE.binary, "b".repeat(7e4)],
  );
  const decoder = new MessageDecoder("server");
  expect(messages(bytes, [], "server", decoder)).toHaveLength(3);
  expect(decoder.bytesCopied).toBe(0);
});

test("a message that straddles chunks is copied once", () => {
  const bytes = sent("server", [OPCODE.binary, "b".repeat(1000)]);
  const decoder = new MessageDecoder("client");
  messages(bytes, [504], "client", decoder);
  expect(decoder.bytesCopied).toBe(1000);
});

test("a frame of the limit is taken, and one byte more is refused at its head", () => {
  const decoder = () => new MessageDecoder("client", 300);
  const fits = sent("server", [OPCODE.binary, "b".repeat(300)]);
  expect(messages(fits, [], "client", decoder())).toHaveLength(1);
  expect(messages(hex("82 7e 012d"), [], "client", decoder())).toEqual(["! 1009 frame-too-large"]);
});

test("fragments count together, and are refused at the head of the one that is too much", () => {
  const bytes = Buffer.concat([
    sent("server", [OPCODE.binary, "b".repeat(200), false], [OPCODE.continuation, "c".repeat(100), false]),
    hex("80 01"),
  ]);
  const decoder = new MessageDecoder("client", 300);
  expect(messages(bytes, [], "client", decoder)).toEqual(["! 1009 message-too-large"]);
});

test("a peer that announces much and sends nothing costs nothing", () => {
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 100 }, () => {
    const decoder = new MessageDecoder("client", 1024 * MIB);
    messages(hex("82 7f 0000000040000000 00"), [], "client", decoder);
    return decoder;
  });
  expect(decoders).toHaveLength(100);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
});

describe("the peer's end", () => {
  const bytes = sent("server", [OPCODE.text, "one"], [OPCODE.text, "tw", false], [OPCODE.continuation, "o"]);
  test("is sound between messages and nowhere else", () => {
    for (let end = 0; end <= bytes.length; end++) {
      const decoder = new MessageDecoder("client");
      messages(bytes.subarray(0, end), [], "client", decoder);
      const between = end === 0 || end === 5 || end === bytes.length;
      expect(decoder.idle).toBe(between);
      expect(decoder.finish()?.reason).toBe(between ? undefined : "truncated");
    }
  });

  test("may follow a frame that is used up while its end was not asked for", () => {
    const decoder = new FrameDecoder("client");
    decoder.feed(hex("8200"), 0, 2);
    expect(decoder.next().kind).toBe("header");
    expect(decoder.next().kind).toBe("end");
    expect(decoder.finish()).toBeUndefined();
  });
});

test("any messages, in any fragments, in any pieces, come out as they went in", () => {
  const message = fc.record({
    text: fc.boolean(),
    fragments: fc.array(fc.string({ maxLength: 200, unit: "grapheme" }), { minLength: 1, maxLength: 4 }),
    ping: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.constantFrom<Role>("client", "server"),
      fc.array(fc.nat(3000), { maxLength: 20 }),
      (list, role, offsets) => {
        const peer = role === "client" ? "server" : "client";
        const bytes = Buffer.concat(
          list.flatMap(({ text, fragments, ping }) =>
            fragments.flatMap((fragment, index) => [
              sent(peer, [
                index === 0 ? (text ? OPCODE.text : OPCODE.binary) : OPCODE.continuation,
                Buffer.from(fragment),
                index === fragments.length - 1,
              ]),
              ...(ping ? [sent(peer, [OPCODE.ping, "p"])] : []),
            ]),
          ),
        );
        const cuts = [...new Set(offsets)].filter((at) => at < bytes.length).sort((a, b) => a - b);
        const expected = list.map(({ text, fragments }) => {
          const payload = Buffer.from(fragments.join("")).toString("latin1");
          return `${text ? "text" : "binary"} ${payload}`;
        });
        const lines = messages(bytes, cuts, role).filter((line) => line !== "ping p");
        expect(lines).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test("garbage never throws, and says the same however it is cut", () => {
  const start = fc.constantFrom(0x01, 0x02, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a);
  const garbage = fc
    .array(fc.tuple(start, fc.uint8Array({ maxLength: 30 })), { maxLength: 8 })
    .map((list) => Buffer.concat(list.map(([first, rest]) => Buffer.from([first, rest.length, ...rest]))));
  fc.assert(
    fc.property(
      fc.oneof(
        garbage,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      ),
      fc.constantFrom<Role>("client", "server"),
      fc.integer({ min: 1, max: 9 }),
      (bytes, role, size) => {
        expect(messages(bytes, every(size, bytes.length), role)).toEqual(messages(bytes, [], role));
      },
    ),
    { numRuns: 2000 },
  );
});
