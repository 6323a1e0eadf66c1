// What servers send: read as the RFCs have it, cut off at every byte, and damaged.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAlert } from "../../../../src/core/framing/tls/alerts.ts";
import { HANDSHAKE } from "../../../../src/core/framing/tls/handshake.ts";
import {
  bitLength,
  type KeyExchangeForm,
  parseServerKeyExchange,
} from "../../../../src/core/framing/tls/server-key-exchange.ts";
import * as messages from "../../../../src/core/framing/tls/server-messages.ts";
import { bytesOf } from "./pieces.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

/** ServerHello of the simple 1-RTT handshake in RFC 8448 §3. */
const RFC8448 = hex(`
  0303 a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928 00 1301 00 002e
  0033 0024 001d 0020 c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f
  002b 0002 0304`);

const R = "55".repeat(32);

describe("ServerHello", () => {
  test("of TLS 1.3 tells its version and key share by extensions", () => {
    const hello = messages.parseServerHello(RFC8448);
    expect(hello).toMatchObject({
      kind: "server-hello",
      version: 0x0304,
      legacyVersion: 0x0303,
      suite: 0x1301,
      compression: 0,
      isRetry: false,
      retryGroup: undefined,
      downgradeSentinel: undefined,
    });
    if (hello.kind !== "server-hello") throw new Error(hello.what);
    expect(hello.keyShare?.group).toBe(0x001d);
    expect(hello.keyShare?.key.toString("hex")).toBe(
      "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f",
    );
    expect([...hello.extensions.keys()]).toEqual([51, 43]);
  });

  test("of SSLv3 to TLS 1.2 has a session id, compression, and no extensions or some", () => {
    expect(messages.parseServerHello(hex(`0300 ${R} 02 1122 000a 01`))).toMatchObject({
      kind: "server-hello",
      version: 0x0300,
      sessionId: hex("1122"),
      suite: 0x000a,
      compression: 1,
    });
    expect(messages.parseServerHello(hex(`0303 ${R} 00 c02f 00 0005 ff01 0001 00`))).toMatchObject({
      version: 0x0303,
      extensions: new Map([[0xff01, hex("00")]]),
    });
  });

  test("is a HelloRetryRequest by its random, and then names the group it wants, or only has a cookie", () => {
    const retry = messages.RETRY_RANDOM.toString("hex");
    expect(
      messages.parseServerHello(hex(`0303 ${retry} 00 1301 00 000c 002b 0002 0304 0033 0002 11ec`)),
    ).toMatchObject({
      isRetry: true,
      retryGroup: 0x11ec,
      keyShare: undefined,
    });
    expect(
      messages.parseServerHello(hex(`0303 ${retry} 00 1301 00 000e 002b 0002 0304 002c 0004 0002 beef`)),
    ).toMatchObject({ isRetry: true, retryGroup: undefined, cookie: hex("beef") });
  });

  test("marks a downgrade in the last bytes of its random", () => {
    const random = (sentinel: string) => `${"00".repeat(24)}${sentinel}`;
    const sentinelOf = (bytes: string) => {
      const hello = messages.parseServerHello(hex(`0303 ${random(bytes)} 00 c02f 00`));
      return hello.kind === "server-hello" ? hello.downgradeSentinel : hello;
    };
    expect(sentinelOf("444f574e47524401")).toBe("tls12");
    expect(sentinelOf("444f574e47524400")).toBe("tls11");
    expect(sentinelOf("444f574e47524402")).toBeUndefined();
  });

  test("tells which pre-shared key was taken", () => {
    expect(
      messages.parseServerHello(hex(`0303 ${R} 00 1301 00 000c 002b 0002 0304 0029 0002 0001`)),
    ).toMatchObject({
      selectedPsk: 1,
    });
  });

  test.each([
    ["of another major version", `0203 ${R} 00 c02f 00`],
    ["with too long a session id", `0303 ${R} 21 ${"00".repeat(33)} c02f 00`],
    ["with supported_versions of three bytes", `0303 ${R} 00 1301 00 0007 002b 0003 030400`],
    ["with a key share that is cut off", `0303 ${R} 00 1301 00 000a 0033 0006 001d 0020 aabb`],
    ["with an empty cookie body", `0303 ${R} 00 1301 00 0004 002c 0000`],
    ["with a pre_shared_key of one byte", `0303 ${R} 00 1301 00 0005 0029 0001 00`],
    ["with an extension twice", `0303 ${R} 00 c02f 00 0008 0017 0000 0017 0000`],
    ["with an extension that is cut off", `0303 ${R} 00 c02f 00 0004 0017 0001`],
  ])("%s is a violation", (_what, bytes) => {
    expect(messages.parseServerHello(hex(bytes)).kind).toBe("violation");
  });
});

interface Case {
  readonly name: string;
  readonly parse: (body: Buffer) => { readonly kind: string };
  readonly body: Buffer;
  readonly says: object;
  /** Lengths at which a shorter message is complete too. */
  readonly alsoWhole?: readonly number[];
}

const exchange = (form: KeyExchangeForm, version: number) => (body: Buffer) =>
  parseServerKeyExchange(body, form, version);

const CASES: readonly Case[] = [
  {
    name: "ServerHello",
    parse: messages.parseServerHello,
    body: RFC8448,
    says: { version: 0x0304 },
    alsoWhole: [38],
  },
  {
    name: "Certificate of TLS 1.2, in the order sent",
    parse: messages.parseCertificate12,
    body: hex("00000a 000003 aabbcc 000001 dd"),
    says: { chain: [hex("aabbcc"), hex("dd")] },
  },
  {
    name: "Certificate of TLS 1.3, with the extensions of each",
    parse: messages.parseCertificate13,
    body: hex("01 77 000012 000002 aabb 0005 0012 0001 00 000001 cc 0000"),
    says: {
      context: hex("77"),
      entries: [
        { der: hex("aabb"), extensions: new Map([[18, hex("00")]]) },
        { der: hex("cc"), extensions: new Map() },
      ],
    },
  },
  {
    name: "CompressedCertificate",
    parse: messages.parseCompressedCertificate,
    body: hex("0002 001000 000003 010203"),
    says: { algorithm: 2, uncompressedBytes: 4096, compressed: hex("010203") },
  },
  {
    name: "CertificateStatus",
    parse: messages.parseCertificateStatus,
    body: hex("01 000003 302010"),
    says: { type: 1, responses: [hex("302010")] },
  },
  {
    name: "CertificateStatus with several responses",
    parse: messages.parseCertificateStatus,
    body: hex("02 000008 000002 3020 000000"),
    says: { type: 2, responses: [hex("3020"), Buffer.alloc(0)] },
  },
  {
    name: "CertificateRequest of TLS 1.2",
    parse: (body) => messages.parseCertificateRequest12(body),
    body: hex("02 01 40 0004 0403 0401 0006 0004 30020500"),
    says: { types: [1, 64], schemes: [0x0403, 0x0401], authorities: [hex("30020500")] },
  },
  {
    name: "CertificateRequest before TLS 1.2, without schemes",
    parse: (body) => messages.parseCertificateRequest12(body, 0x0301),
    body: hex("01 01 0000"),
    says: { types: [1], schemes: [], authorities: [] },
  },
  {
    name: "CertificateRequest of TLS 1.3",
    parse: messages.parseCertificateRequest13,
    body: hex("00 0014 000d 0004 0002 0804 002f 0008 0006 0004 30020500"),
    says: { schemes: [0x0804], authorities: [hex("30020500")] },
  },
  {
    name: "EncryptedExtensions",
    parse: messages.parseEncryptedExtensions,
    body: hex("0009 0010 0005 0003 02 6832"),
    says: { extensions: new Map([[16, hex("0003026832")]]) },
  },
  {
    name: "the ALPN choice",
    parse: messages.parseAlpnChoice,
    body: hex("0003 02 6832"),
    says: { protocol: "h2" },
  },
  {
    name: "NewSessionTicket of TLS 1.2",
    parse: messages.parseNewSessionTicket12,
    body: hex("00001c20 0002 beef"),
    says: { lifetimeSeconds: 7200, ticket: hex("beef"), maxEarlyDataBytes: undefined },
  },
  {
    name: "NewSessionTicket of TLS 1.3",
    parse: messages.parseNewSessionTicket13,
    body: hex("00001c20 deadbeef 01 07 0002 beef 0008 002a 0004 00004000"),
    says: { lifetimeSeconds: 7200, ageAdd: 0xdeadbeef, nonce: hex("07"), maxEarlyDataBytes: 16_384 },
  },
  {
    name: "CertificateVerify",
    parse: messages.parseCertificateVerify,
    body: hex("0804 0002 5151"),
    says: { scheme: 0x0804, signature: hex("5151") },
  },
  {
    name: "an alert",
    parse: parseAlert,
    body: hex("0228"),
    says: { level: 2, description: 40, name: "handshake_failure" },
  },
  {
    name: "ServerKeyExchange of ECDHE in TLS 1.2",
    parse: exchange("ecdhe", 0x0303),
    body: hex("03 0017 03 040102 0403 0002 5151"),
    says: {
      parameters: {
        kind: "ecdh",
        curveType: "named",
        group: 0x0017,
        fieldBits: undefined,
        point: hex("040102"),
      },
      scheme: 0x0403,
      signature: hex("5151"),
      signedParams: hex("03001703040102"),
    },
  },
  {
    name: "ServerKeyExchange of ECDHE before TLS 1.2, without a scheme",
    parse: exchange("ecdhe", 0x0301),
    body: hex("03 001d 01 09 0002 5151"),
    says: { scheme: undefined, signature: hex("5151") },
  },
  {
    name: "ServerKeyExchange of DHE",
    parse: exchange("dhe", 0x0303),
    body: hex("0002 00fb 0001 02 0001 77 0601 0001 51"),
    says: {
      parameters: { kind: "dh", p: hex("00fb"), g: hex("02"), y: hex("77") },
      scheme: 0x0601,
      signedParams: hex("000200fb000102000177"),
    },
  },
  {
    name: "ServerKeyExchange of anonymous DH, unsigned",
    parse: exchange("dh-anon", 0x0303),
    body: hex("0001 fb 0001 02 0001 77"),
    says: { scheme: undefined, signature: undefined },
  },
  {
    name: "ServerKeyExchange of anonymous ECDH",
    parse: exchange("ecdh-anon", 0x0302),
    body: hex("03 0018 02 0401"),
    says: { parameters: { group: 0x0018 }, signature: undefined },
  },
  {
    name: "ServerKeyExchange of ECDHE_PSK, hint first",
    parse: exchange("ecdhe-psk", 0x0303),
    body: hex("0002 6869 03 001d 01 09"),
    says: { pskHint: hex("6869"), parameters: { group: 0x001d }, signedParams: hex("03001d0109") },
  },
  {
    name: "ServerKeyExchange of DHE_PSK",
    parse: exchange("dhe-psk", 0x0303),
    body: hex("0000 0001 fb 0001 02 0001 77"),
    says: { pskHint: Buffer.alloc(0), parameters: { kind: "dh" } },
  },
  {
    name: "ServerKeyExchange of PSK",
    parse: exchange("psk", 0x0303),
    body: hex("0001 68"),
    says: { pskHint: hex("68") },
  },
  {
    name: "ServerKeyExchange of RSA export",
    parse: exchange("rsa-export", 0x0301),
    body: hex("0002 c0de 0003 010001 0001 51"),
    says: {
      parameters: { kind: "rsa", modulus: hex("c0de"), exponent: hex("010001") },
      signature: hex("51"),
    },
  },
  {
    name: "ServerKeyExchange of SRP with a certificate",
    parse: exchange("srp", 0x0301),
    body: hex("0001 fb 0001 02 01 5a 0001 77 0001 51"),
    says: { parameters: { kind: "srp", n: hex("fb"), g: hex("02"), salt: hex("5a"), b: hex("77") } },
  },
  {
    name: "ServerKeyExchange of SRP without",
    parse: exchange("srp-anon", 0x0301),
    body: hex("0001 fb 0001 02 00 0001 77"),
    says: { signature: undefined },
  },
  {
    name: "ServerKeyExchange with an explicit prime curve",
    parse: exchange("ecdhe", 0x0301),
    body: hex("01 02 7fff 01 01 01 01 01 01 01 01 01 01 02 0401 0001 51"),
    says: {
      parameters: { curveType: "explicit-prime", group: undefined, fieldBits: 15, point: hex("0401") },
    },
  },
  {
    name: "ServerKeyExchange with an explicit binary curve",
    parse: exchange("ecdhe", 0x0301),
    body: hex("02 00a3 02 01 03 01 06 01 07 01 01 01 01 01 01 01 01 01 01 02 0401 0001 51"),
    says: { parameters: { curveType: "explicit-char2", group: undefined, fieldBits: 163 } },
  },
];

describe.each(CASES)("$name", ({ parse, body, says, alsoWhole = [] }) => {
  test("is read", () => {
    expect(parse(body)).toMatchObject(says);
  });

  test("is a violation when cut off anywhere, and with a byte too many", () => {
    for (let length = 0; length < body.length; length++) {
      const whole = alsoWhole.includes(length);
      expect([length, parse(body.subarray(0, length)).kind === "violation"]).toEqual([length, !whole]);
    }
    expect(parse(Buffer.concat([body, Buffer.alloc(1)])).kind).toBe("violation");
  });

  test("never makes its reader throw, damaged or random", () => {
    const damaged = fc.tuple(fc.nat(body.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(body);
      copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, bytesOf(80)), (bytes) => {
        expect(typeof parse(bytes).kind).toBe("string");
      }),
      { numRuns: 300 },
    );
  });
});

describe("other violations", () => {
  test.each([
    [
      "a ticket of TLS 1.3 that is empty",
      messages.parseNewSessionTicket13(hex("00000001 00000000 00 0000 0000")),
    ],
    [
      "early_data of two bytes",
      messages.parseNewSessionTicket13(hex("00000001 00000000 00 0001 aa 0006 002a 0002 0000")),
    ],
    ["no name in the ALPN choice", messages.parseAlpnChoice(hex("0001 00"))],
    ["two names in the ALPN choice", messages.parseAlpnChoice(hex("0006 02 6832 02 6833"))],
    ["a certificate status of another type", messages.parseCertificateStatus(hex("03 000000"))],
    ["a prime without bytes", parseServerKeyExchange(hex("0000 0001 02 0001 77"), "dh-anon", 0x0303)],
    ["a point without bytes", parseServerKeyExchange(hex("03 0017 00"), "ecdh-anon", 0x0303)],
    ["a curve of another type", parseServerKeyExchange(hex("04 0017 01 04"), "ecdh-anon", 0x0303)],
    ["an alert of three bytes", parseAlert(hex("022800"))],
  ])("%s", (_what, result) => {
    expect(result.kind).toBe("violation");
  });

  test("say what and where: the RFC's section", () => {
    expect(messages.parseCertificate12(hex("000005 000003 aabb"))).toEqual({
      kind: "violation",
      what: "Certificate: ends at byte 5, where 1 more are announced",
      section: "RFC 5246 §7.4.2",
    });
  });
});

test("an empty ticket of TLS 1.2 says that there is none after all", () => {
  expect(messages.parseNewSessionTicket12(hex("00000000 0000"))).toMatchObject({ ticket: Buffer.alloc(0) });
});

test("alerts unknown keep their number", () => {
  expect(parseAlert(hex("01ff"))).toEqual({ kind: "alert", level: 1, description: 255, name: "alert 255" });
});

test("bits of a number do not count leading zeros", () => {
  expect(["", "00", "01", "00ff", "0100", "7fff"].map((text) => bitLength(hex(text)))).toEqual([
    0, 0, 1, 8, 9, 15,
  ]);
});

test("a chain of hundreds of certificates is read whole", () => {
  const der = Buffer.alloc(2000, 0x30);
  const list = Buffer.concat(Array(400).fill(Buffer.concat([hex("0007d0"), der])));
  const length = Buffer.alloc(3);
  length.writeUIntBE(list.length, 0, 3);
  const parsed = messages.parseCertificate12(Buffer.concat([length, list]));
  expect(parsed.kind === "certificate" && parsed.chain.length).toBe(400);
  expect(HANDSHAKE.certificate).toBe(11);
});
