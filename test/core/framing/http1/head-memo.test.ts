// Identical heads are one object; what looks alike and means something else is another.
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { HeadMemo } from "../../../../src/core/framing/http1/head-memo.ts";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import {
  DEFAULT_HTTP_LIMITS,
  type RequestHead,
  type ResponseHead,
} from "../../../../src/core/framing/http1/types.ts";
import { every, type Head, type Parser, transcribe } from "./transcript.ts";

const GET = (fields = "") => `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

function headsOf(parser: Parser, text: string, pieceBytes = 1e6): readonly Head[] {
  const bytes = Buffer.from(text, "latin1");
  return transcribe(parser, bytes, every(pieceBytes, bytes.length)).heads;
}

test("gives the identical head for identical bytes, from the second one on and between parsers", () => {
  const memo = new HeadMemo<RequestHead>();
  const [first, second, third] = headsOf(new RequestParser({ memo }), GET().repeat(3));
  const [other] = headsOf(new RequestParser({ memo }), GET());
  expect(second).toBe(first);
  expect(third).toBe(first);
  expect(other).toBe(first);
});

test("gives the identical head when it straddles chunks", () => {
  const memo = new HeadMemo<RequestHead>();
  const [known] = headsOf(new RequestParser({ memo }), GET().repeat(2));
  for (const pieceBytes of [1, 2, 5, 13]) {
    for (const head of headsOf(new RequestParser({ memo }), GET().repeat(3), pieceBytes)) {
      expect(head).toBe(known);
    }
  }
});

test("tells heads apart that differ in one byte, wherever it is", () => {
  const memo = new HeadMemo<RequestHead>();
  const base = GET("X-Name: value of some length\r\n");
  const parser = new RequestParser({ memo });
  const [known] = headsOf(parser, base.repeat(3));
  const at = base.indexOf("value");
  for (let offset = at; offset < base.indexOf("\r\n\r\n"); offset++) {
    const changed = `${base.slice(0, offset)}\xff${base.slice(offset + 1)}`;
    const [head] = headsOf(parser, changed);
    expect(head).not.toBe(known);
    expect(head!.headers.get("x-name")).toBe(changed.slice(at, changed.indexOf("\r\n\r\n")));
  }
});

test("finds heads of every length and with every obs-text byte", () => {
  for (let length = 1; length < 40; length++) {
    const memo = new HeadMemo<RequestHead>();
    const value = "\xff\xf0\x80".repeat(20).slice(0, length);
    const heads = headsOf(new RequestParser({ memo }), GET(`X: ${value}\r\n`).repeat(4));
    expect(new Set(heads.map((head) => head.headers.get("x")))).toEqual(new Set([value]));
  }
});

test("does not mix answers to GET, HEAD and CONNECT", () => {
  const memo = new HeadMemo<ResponseHead>();
  const kinds = (method: string) => {
    const parser = new ResponseParser({ memo, method });
    const body = method === "GET" ? "hi" : "";
    return headsOf(parser, (OK + body).repeat(method === "CONNECT" ? 1 : 3)).map(({ body }) => body);
  };
  for (let round = 0; round < 3; round++) {
    expect(new Set(kinds("GET"))).toEqual(new Set([{ kind: "length", length: 2 }]));
    expect(new Set(kinds("HEAD"))).toEqual(new Set([{ kind: "length", length: 0 }]));
    expect(new Set(kinds("CONNECT"))).toEqual(new Set([{ kind: "tunnel" }]));
  }
});

test("keeps heads that repeat while others never do", () => {
  const memo = new HeadMemo<RequestHead>();
  const parser = new RequestParser({ memo });
  const [known] = headsOf(parser, GET().repeat(2));
  for (let i = 0; i < 1000; i++) headsOf(parser, GET(`X-Id: ${i}\r\n`));
  expect(headsOf(parser, GET())[0]).toBe(known);
});

test("lets the head go that was used longest ago", () => {
  const memo = new HeadMemo<RequestHead>(2);
  const parser = new RequestParser({ memo });
  const [a, b, c, d] = ["a", "b", "c", "d"].map((x) => headsOf(parser, GET(`X: ${x}\r\n`).repeat(2))[0]);
  expect(headsOf(parser, GET("X: d\r\n"))[0]).toBe(d);
  expect(headsOf(parser, GET("X: c\r\n"))[0]).toBe(c);
  for (let i = 0; i < 8; i++) headsOf(parser, GET(`Y: ${i}\r\n`));
  expect(headsOf(parser, GET("X: a\r\n"))[0]).not.toBe(a);
  expect(headsOf(parser, GET("X: b\r\n"))[0]).not.toBe(b);
});

test("does not keep heads above 4 KiB", () => {
  const large = GET(`X: ${"a".repeat(5000)}\r\n`);
  const [first, second] = headsOf(new RequestParser({ memo: new HeadMemo<RequestHead>() }), large.repeat(2));
  expect(second).not.toBe(first);
  expect(second).toEqual(first);
});

test("refuses parsers with other limits, whose verdict could be another", () => {
  const memo = new HeadMemo<RequestHead>();
  new RequestParser({ memo });
  new RequestParser({ memo, limits: { ...DEFAULT_HTTP_LIMITS } });
  const limits = { ...DEFAULT_HTTP_LIMITS, maxBodyBytes: 5 };
  expect(() => new RequestParser({ memo, limits })).toThrow(RangeError);
});

test("a memo of no heads remembers none", () => {
  const memo = new HeadMemo<RequestHead>(0);
  const [first, second] = headsOf(new RequestParser({ memo }), GET().repeat(2));
  expect(second).toEqual(first);
});
