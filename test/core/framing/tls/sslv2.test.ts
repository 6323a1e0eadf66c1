// SSL 2.0: the hello's bytes, and servers' answers under any cut.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeSslv2Hello, parseSslv2ServerHello } from "../../../../src/core/framing/tls/sslv2.ts";
import { bytesOf } from "./pieces.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

describe("encodeSslv2Hello", () => {
  test("writes length, version, kinds and challenge as the draft has them", () => {
    const bytes = encodeSslv2Hello([0x010080, 0x0700c0], { challenge: Buffer.alloc(16, 0xcc) });
    expect(bytes.toString("hex")).toBe(
      `801f 01 0002 0006 0000 0010 010080 0700c0 ${"cc".repeat(16)}`.replace(/ /g, ""),
    );
  });

  test("writes the hello that SSLv3 and TLS servers may accept, when told a higher version", () => {
    const bytes = encodeSslv2Hello([0x00002f], { version: 0x0301, sessionId: Buffer.alloc(16) });
    expect(bytes.toString("hex", 2, 11)).toBe("010301" + "0003" + "0010" + "0010");
  });

  test("refuses lengths that the draft does not allow", () => {
    expect(() => encodeSslv2Hello([], { challenge: Buffer.alloc(15) })).toThrow(RangeError);
    expect(() => encodeSslv2Hello([], { sessionId: Buffer.alloc(8) })).toThrow(RangeError);
    expect(() => encodeSslv2Hello(Array(11_000).fill(1))).toThrow(RangeError);
  });
});

describe("parseSslv2ServerHello", () => {
  const body = `04 00 01 0002 0003 0006 0010 c0ffee 010080 0700c0${"1d".repeat(16)}`;
  const hello = hex(`8024${body}`);

  test("waits until the record is whole, and reads it", () => {
    for (let length = 0; length < hello.length; length++) {
      expect(parseSslv2ServerHello(hello.subarray(0, length))).toEqual({ kind: "need-more" });
    }
    expect(parseSslv2ServerHello(Buffer.concat([hello, Buffer.from("more")]))).toEqual({
      kind: "server-hello",
      sessionIdHit: false,
      certificateType: 1,
      version: 2,
      certificate: hex("c0ffee"),
      kinds: [0x010080, 0x0700c0],
      connectionId: Buffer.alloc(16, 0x1d),
      wireBytes: hello.length,
    });
  });

  test("reads a record with padding", () => {
    const padded = hex(`0027 03 ${body} 000000`);
    expect(parseSslv2ServerHello(padded)).toMatchObject({
      kind: "server-hello",
      kinds: [0x010080, 0x0700c0],
    });
  });

  test("reads an error, and an answer of TLS", () => {
    expect(parseSslv2ServerHello(hex("8003 00 0001"))).toEqual({ kind: "error", code: 1 });
    expect(parseSslv2ServerHello(hex("15 0301 0002 0228"))).toEqual({ kind: "tls", recordType: 21 });
    expect(parseSslv2ServerHello(hex("16 0300 0002"))).toEqual({ kind: "tls", recordType: 22 });
  });

  test("finds lengths that do not add up", () => {
    expect(
      parseSslv2ServerHello(hex(`8024 04 00 01 0002 0004 0006 0010 c0ffee 010080 0700c0${"1d".repeat(16)}`))
        .kind,
    ).toBe("violation");
    expect(parseSslv2ServerHello(hex("800c 04 00 01 0002 0000 0001 0000 01")).kind).toBe("violation");
    expect(parseSslv2ServerHello(Buffer.from("HTTP/1.1 400")).kind).toBe("violation");
    expect(parseSslv2ServerHello(hex("0002 05 04 00")).kind).toBe("violation");
  });

  test("never throws on any bytes", () => {
    const kinds = ["server-hello", "error", "tls", "need-more", "violation"];
    fc.assert(
      fc.property(bytesOf(100), (bytes) => {
        expect(kinds).toContain(parseSslv2ServerHello(bytes).kind);
      }),
    );
  });
});
