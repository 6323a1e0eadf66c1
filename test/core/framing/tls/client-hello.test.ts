// ClientHello and its extensions: bytes as the RFCs have them, and back.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ClientHello,
  encodeClientHello,
  type HelloSpec,
  parseClientHello,
} from "../../../../src/core/framing/tls/client-hello.ts";
import {
  EXTENSION,
  extensionName,
  GREASE_CODES,
  isGrease,
} from "../../../../src/core/framing/tls/extension-types.ts";
import * as extension from "../../../../src/core/framing/tls/extensions.ts";
import { HANDSHAKE } from "../../../../src/core/framing/tls/handshake.ts";
import { bytesOf } from "./pieces.ts";

const EMPTY = Buffer.alloc(0);

function spec(changes: Partial<HelloSpec> = {}): HelloSpec {
  return {
    legacyVersion: 0x0303,
    random: Buffer.alloc(32, 0xab),
    sessionId: EMPTY,
    suites: [0xc02f, 0x002f],
    compressions: [0],
    extensions: [],
    ...changes,
  };
}

const body = (hello: HelloSpec) => encodeClientHello(hello).subarray(4);

describe("encodeClientHello", () => {
  test("writes no extension block when there are none, as SSLv3 has it", () => {
    expect(encodeClientHello(spec({ legacyVersion: 0x0300 })).toString("hex")).toBe(
      `0100002b0300${"ab".repeat(32)}000004c02f002f0100`,
    );
  });

  test("writes fields and extensions in the order told", () => {
    const hello = spec({
      sessionId: Buffer.from("0102", "hex"),
      compressions: [1, 0],
      extensions: [
        extension.supportedVersions([0x0304, 0x0303]),
        extension.serverName("a.b"),
        extension.sct(),
      ],
    });
    expect(encodeClientHello(hello).toString("hex")).toBe(
      `010000490303${"ab".repeat(32)}020102` +
        "0004c02f002f" +
        "020100" +
        "0019" +
        "002b0005" +
        "0403040303" +
        "00000008" +
        "000600000361" +
        "2e62" +
        "00120000",
    );
  });

  test("refuses what does not fit", () => {
    expect(() => encodeClientHello(spec({ random: Buffer.alloc(31) }))).toThrow(RangeError);
    expect(() => encodeClientHello(spec({ sessionId: Buffer.alloc(33) }))).toThrow(RangeError);
    const long = { type: 21, body: Buffer.alloc(65_536) };
    expect(() => encodeClientHello(spec({ extensions: [long] }))).toThrow(RangeError);
    expect(() => encodeClientHello(spec({ compressions: Array(256).fill(0) }))).toThrow(RangeError);
  });
});

describe("parseClientHello", () => {
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const arbitrary: fc.Arbitrary<HelloSpec> = fc.record({
    legacyVersion: u16,
    random: bytesOf(32, 32),
    sessionId: bytesOf(32),
    suites: fc.array(u16, { maxLength: 40 }),
    compressions: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
    extensions: fc.uniqueArray(fc.record({ type: u16, body: bytesOf(40) }), {
      selector: ({ type }) => type,
      maxLength: 8,
    }),
  });

  test("reads what was written", () => {
    fc.assert(
      fc.property(arbitrary, (hello) => {
        const { extensions, ...rest } = parseClientHello(body(hello)) as ClientHello;
        expect({
          ...rest,
          extensions: [...extensions].map(([type, value]) => ({ type, body: value })),
        }).toEqual({
          kind: "client-hello",
          ...hello,
        });
      }),
    );
  });

  test("finds a violation wherever the message is cut off", () => {
    const whole = body(spec({ extensions: [extension.alpn(["h2"]), extension.sct()] }));
    const withoutExtensions = body(spec());
    for (let length = 0; length < whole.length; length++) {
      const { kind } = parseClientHello(whole.subarray(0, length));
      expect([length, kind]).toEqual([
        length,
        length === withoutExtensions.length ? "client-hello" : "violation",
      ]);
    }
    expect(parseClientHello(Buffer.concat([whole, Buffer.alloc(1)])).kind).toBe("violation");
  });

  test("finds an extension that is there twice", () => {
    const twice = body(spec({ extensions: [extension.sct(), extension.sct()] }));
    expect(parseClientHello(twice)).toMatchObject({
      kind: "violation",
      what: "ClientHello: signed_certificate_timestamp is there twice",
    });
  });

  test("finds an extension that goes past its block, and an odd list of suites", () => {
    const bytes = body(spec({ extensions: [extension.padding(4)] }));
    bytes.writeUInt16BE(bytes.readUInt16BE(bytes.length - 10) - 1, bytes.length - 10);
    expect(parseClientHello(bytes).kind).toBe("violation");
    const odd = Buffer.from(`0303${"00".repeat(32)}000003c02f000100`, "hex");
    expect(parseClientHello(odd)).toMatchObject({
      kind: "violation",
      what: "ClientHello: a list of two-byte codes with an odd length",
    });
  });

  test("never throws on any bytes", () => {
    fc.assert(
      fc.property(bytesOf(200), (bytes) => {
        expect(["client-hello", "violation"]).toContain(parseClientHello(bytes).kind);
      }),
    );
  });
});

describe("extensions", () => {
  test.each([
    ["server_name", extension.serverName("example.org"), 0, "000e00000b6578616d706c652e6f7267"],
    ["status_request", extension.statusRequest(), 5, "0100000000"],
    ["supported_groups", extension.supportedGroups([0x001d, 0x0017]), 10, "0004001d0017"],
    ["ec_point_formats", extension.ecPointFormats(), 11, "03000102"],
    ["signature_algorithms", extension.signatureAlgorithms([0x0403]), 13, "00020403"],
    ["signature_algorithms_cert", extension.signatureAlgorithmsCert([0x0804]), 50, "00020804"],
    ["alpn", extension.alpn(["h2", "http/1.1"]), 16, "000c02683208687474702f312e31"],
    ["sct", extension.sct(), 18, ""],
    ["encrypt_then_mac", extension.encryptThenMac(), 22, ""],
    ["extended_master_secret", extension.extendedMasterSecret(), 23, ""],
    ["compress_certificate", extension.compressCertificate([2, 1]), 27, "0400020001"],
    ["session_ticket", extension.sessionTicket(Buffer.from("aa", "hex")), 35, "aa"],
    ["supported_versions", extension.supportedVersions([0x0304]), 43, "020304"],
    ["psk_key_exchange_modes", extension.pskKeyExchangeModes(), 45, "0101"],
    ["key_share, empty", extension.keyShare([]), 51, "0000"],
    [
      "key_share",
      extension.keyShare([{ group: 29, key: Buffer.from("0102", "hex") }]),
      51,
      "0006001d00020102",
    ],
    ["cookie", extension.cookie(Buffer.from("c0", "hex")), 44, "0001c0"],
    ["heartbeat", extension.heartbeat(), 15, "01"],
    ["renegotiation_info", extension.renegotiationInfo(), 0xff01, "00"],
    ["early_data", extension.earlyData(), 42, ""],
    ["post_handshake_auth", extension.postHandshakeAuth(), 49, ""],
    ["max_fragment_length", extension.maxFragmentLength(1), 1, "01"],
    ["srp", extension.srp("user"), 12, "0475736572"],
    ["next_protocol_negotiation", extension.nextProtocolNegotiation(), 13172, ""],
    ["padding", extension.padding(3), 21, "000000"],
    ["grease", extension.grease(0x3a3a), 0x3a3a, ""],
  ])("%s is written as its RFC has it", (_name, { type, body: bytes }, code, hex) => {
    expect([type, bytes.toString("hex")]).toEqual([code, hex]);
  });

  test("binders are filled in at the end, after the part that is hashed", () => {
    const identity = { identity: Buffer.from("id"), obfuscatedTicketAge: 7 };
    const psk = extension.preSharedKey([identity], [4]);
    expect(psk.body.toString("hex")).toBe("0008" + "00026964" + "00000007" + "0005" + "0400000000");
    const hello = encodeClientHello(spec({ extensions: [psk] }));
    const patched = extension.patchBinders(hello, [Buffer.from("01020304", "hex")]);
    const hashed = hello.length - extension.bindersLength([4]);
    expect(patched.length).toBe(hello.length);
    expect(patched.subarray(0, hashed).equals(hello.subarray(0, hashed))).toBe(true);
    expect(patched.subarray(hashed).toString("hex")).toBe("00050401020304");
    expect(parseClientHello(patched.subarray(4)).kind).toBe("client-hello");
  });

  test("names are those of the registry, also of GREASE and of numbers unknown", () => {
    expect(extensionName(EXTENSION.supportedGroups)).toBe("supported_groups");
    expect(extensionName(EXTENSION.statusRequestV2)).toBe("status_request_v2");
    expect(extensionName(0x1a1a)).toBe("GREASE");
    expect(extensionName(4711)).toBe("extension 4711");
    expect(GREASE_CODES).toHaveLength(16);
    expect(GREASE_CODES.every(isGrease)).toBe(true);
    expect([0x0a1a, 0x0b0b, 0x001d].some(isGrease)).toBe(false);
    expect(HANDSHAKE.clientHello).toBe(1);
  });
});
