// What a parser offers besides its events: fields, expectations, rest, copies, and letting go.
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import type { HttpHeaders } from "../../../../src/core/framing/http1/types.ts";
import { every, type Parser, transcribe } from "./transcript.ts";

const GET = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

function feed(parser: Parser, text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  parser.feed(bytes, 0, bytes.length);
  return bytes;
}

test("gives fields in order, names in lower case, values trimmed and byte for byte", () => {
  const parser = new RequestParser();
  feed(parser, "GET / HTTP/1.1\r\nHOST:a\r\nX-A: \t 1 \t\r\nx-b:\r\nX-a: \xe4,2\r\n\r\n");
  const event = parser.next();
  if (event.kind !== "head") throw new Error(event.kind);
  const { headers } = event.head;
  expect([...headers]).toEqual([
    ["host", "a"],
    ["x-a", "1"],
    ["x-b", ""],
    ["x-a", "\xe4,2"],
  ]);
  expect(headers.size).toBe(4);
  expect(headers.name(1)).toBe("x-a");
  expect(headers.value(3)).toBe("\xe4,2");
  expect(headers.get("x-a")).toBe("1");
  expect(headers.all("x-a")).toEqual(["1", "\xe4,2"]);
  expect(headers.get("none")).toBeUndefined();
  expect(headers.all("none")).toEqual([]);
});

test("gives trailer fields with the end, and none where there were none", () => {
  const parser = new RequestParser();
  const body = "0\r\nDigest: x\r\n\r\n";
  feed(parser, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
  parser.next();
  const event = parser.next();
  if (event.kind !== "end") throw new Error(event.kind);
  expect([...(event.trailers as HttpHeaders)]).toEqual([["digest", "x"]]);
  feed(parser, GET);
  parser.next();
  expect(parser.next()).toEqual({ kind: "end", trailers: undefined });
});

test("a head keeps what it says after its bytes are overwritten", () => {
  const parser = new RequestParser();
  const bytes = feed(parser, GET);
  const event = parser.next();
  if (event.kind !== "head") throw new Error(event.kind);
  const { head } = event;
  bytes.fill(0);
  expect([head.method, head.target, head.headers.get("host"), head.wireBytes]).toEqual([
    "GET",
    "/x",
    "a",
    GET.length,
  ]);
});

test("copies nothing when messages arrive whole, and counts what straddles", () => {
  const parser = new RequestParser();
  const body = "hello".repeat(100);
  const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const bytes = Buffer.from((GET + post).repeat(3), "latin1");
  transcribe(parser, bytes, []);
  expect(parser.bytesCopied).toBe(0);
  // Cut in the first head, and in the middle of the first body.
  transcribe(parser, bytes, [10, GET.length + post.length - 50]);
  expect(parser.bytesCopied).toBe(GET.length);
});

test("data is a view of the chunk, not a copy", () => {
  const parser = new RequestParser();
  const bytes = feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  parser.next();
  expect(parser.next()).toMatchObject({
    kind: "data",
    chunk: bytes,
    start: bytes.length - 2,
    end: bytes.length,
  });
});

test("tells requests apart by expect, in order, with interim answers between", () => {
  const parser = new ResponseParser();
  for (const method of ["GET", "HEAD", "POST", "CONNECT"]) parser.expect(method);
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  const bytes = Buffer.from(`${ok}hiHTTP/1.1 100 Continue\r\n\r\n${ok}${ok}hi${ok}\x01`, "latin1");
  expect(transcribe(parser, bytes, every(9, bytes.length)).lines).toEqual([
    "200 OK length=2",
    'data "hi"',
    "end",
    "100 Continue",
    "end",
    "200 OK",
    "end",
    "200 OK length=2",
    'data "hi"',
    "end",
    "200 OK tunnel",
    'tunnel "\\u0001"',
  ]);
});

test("is idle only between messages", () => {
  const parser = new RequestParser();
  const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  for (const [index, character] of [...post].entries()) {
    expect(parser.idle).toBe(index === 0);
    feed(parser, character);
    expect(parser.idle).toBe(false);
    while (parser.next().kind !== "need-more");
  }
  expect(parser.idle).toBe(true);
  expect(parser.finish().kind).toBe("need-more");
});

test("reset forgets a message that was begun, and a violation", () => {
  const parser = new RequestParser();
  for (const begun of [
    "GET / HT",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    "\r\n\r\n\r",
    "bad\r\n",
  ]) {
    feed(parser, begun);
    while (!["need-more", "violation"].includes(parser.next().kind));
    parser.reset();
    expect(parser.idle).toBe(true);
    expect(transcribe(parser, Buffer.from(GET), []).lines).toEqual(["GET /x", "end", "idle"]);
  }
});

test("two parsers may be in the middle of heads at the same time", () => {
  const parsers = [new RequestParser(), new RequestParser(), new RequestParser()];
  const heads: string[] = [];
  for (const character of GET) {
    for (const parser of parsers) {
      feed(parser, character);
      for (let event = parser.next(); event.kind !== "need-more"; event = parser.next()) {
        if (event.kind === "head") heads.push(`${event.head.target} ${event.head.headers.get("host")}`);
      }
    }
  }
  expect(heads).toEqual(["/x a", "/x a", "/x a"]);
});

test("a violation says what stood there, escaped and cut", () => {
  const parser = new RequestParser();
  feed(parser, `GET / HTTP/1.1\r\nHost: a\r\nX: \xe4${"b".repeat(100)}\0\r\n\r\n`);
  const event = parser.next();
  if (event.kind !== "violation") throw new Error(event.kind);
  expect(event.detail).toMatch(/^control character in "X: \\xe4b+"…$/);
  expect(event.detail.length).toBeLessThan(120);
  expect(event.rfc).toBe("RFC 9110 §5.5");
});
