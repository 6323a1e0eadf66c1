// Bounds: what is too large is refused at the first byte too many, however the bytes come, and what a parser
// holds stays within its limits.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "../../../../src/core/framing/http1/types.ts";
import { every, type Parser, transcribe, waysToCut } from "./transcript.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED_HEAD = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const MIB = 1024 * 1024;

function linesOf(limits: Partial<HttpLimits>, text: string, make: "request" | "response" = "request") {
  const bytes = Buffer.from(text, "latin1");
  const all = { ...DEFAULT_HTTP_LIMITS, ...limits };
  const parser = () =>
    make === "request" ? new RequestParser({ limits: all }) : new ResponseParser({ limits: all });
  const whole = transcribe(parser(), bytes, []);
  for (const cuts of waysToCut(Math.min(bytes.length, 600))) {
    expect(transcribe(parser(), bytes, cuts).full).toEqual(whole.full);
  }
  return whole.lines;
}

describe("a limit is kept to the byte", () => {
  const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  test("a head of exactly the limit is read, one byte more is refused with 431", () => {
    expect(linesOf({ maxHeadBytes: head.length }, head)).toEqual(["GET /", "end", "idle"]);
    expect(linesOf({ maxHeadBytes: head.length - 1 }, head)).toEqual(["! 431 header-too-large"]);
  });

  test("a pipelined head has the whole limit for itself", () => {
    expect(linesOf({ maxHeadBytes: head.length }, head + head)).toHaveLength(5);
  });

  test("a request line beyond the limit is refused with 414", () => {
    expect(linesOf({ maxHeadBytes: 64 }, `GET /${"a".repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`)).toEqual([
      "! 414 target-too-long",
    ]);
  });

  test("a method that never ends is refused with 414", () => {
    expect(linesOf({ maxHeadBytes: 64 }, "A".repeat(100))).toEqual(["! 414 target-too-long"]);
  });

  test("a status line beyond the limit is refused", () => {
    expect(linesOf({ maxHeadBytes: 64 }, `HTTP/1.1 200 ${"a".repeat(100)}`, "response")).toEqual([
      "! 431 header-too-large",
    ]);
  });

  test("as many fields as allowed are read, one more is refused with 431", () => {
    const fields = (count: number) =>
      `GET / HTTP/1.1\r\n${Array.from({ length: count }, (_, i) => `${i === 0 ? "Host" : `X${i}`}: a\r\n`).join("")}\r\n`;
    expect(linesOf({ maxHeaders: 5 }, fields(5))).toEqual(["GET /", "end", "idle"]);
    expect(linesOf({ maxHeaders: 5 }, fields(6))).toEqual(["! 431 too-many-headers"]);
  });

  test("a Content-Length beyond the limit is refused at the head with 413", () => {
    expect(linesOf({ maxBodyBytes: 5 }, `${HEAD}Content-Length: 5\r\n\r\nhello`)).toContain("end");
    expect(linesOf({ maxBodyBytes: 5 }, `${HEAD}Content-Length: 6\r\n\r\n`)).toEqual([
      "! 413 body-too-large",
    ]);
  });

  test("chunks beyond the limit are refused at the size that passes it", () => {
    expect(linesOf({ maxBodyBytes: 5 }, `${CHUNKED_HEAD}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)).toContain("end");
    expect(linesOf({ maxBodyBytes: 5 }, `${CHUNKED_HEAD}3\r\nabc\r\n3\r\n`)).toEqual([
      "POST / chunked",
      'data "abc"',
      "! 413 body-too-large",
    ]);
  });

  test("a body until close is given up to the limit and refused beyond it", () => {
    expect(linesOf({ maxBodyBytes: 5 }, "HTTP/1.1 200 OK\r\n\r\nhello", "response")).toContain("waiting");
    expect(linesOf({ maxBodyBytes: 5 }, "HTTP/1.1 200 OK\r\n\r\nhello!", "response")).toEqual([
      "200 OK close until-close",
      'data "hello"',
      "! 413 body-too-large",
    ]);
  });

  test("a trailer section has the limits of a head", () => {
    const trailers = (count: number) => `${CHUNKED_HEAD}0\r\n${"A: b\r\n".repeat(count)}\r\n`;
    expect(linesOf({ maxHeaders: 3 }, trailers(3))).toContain("end with trailers");
    expect(linesOf({ maxHeaders: 3 }, trailers(4))).toContain("! 431 too-many-headers");
    expect(linesOf({ maxHeadBytes: 70 }, trailers(11))).toContain("end with trailers");
    expect(linesOf({ maxHeadBytes: 70 }, trailers(12))).toContain("! 431 trailer-too-large");
  });

  test("chunk extensions are bounded, in proportion to the body", () => {
    const chunk = (extension: number, size: number) =>
      `${size.toString(16)};${"e".repeat(extension)}\r\n${"x".repeat(size)}\r\n`;
    expect(linesOf({}, `${CHUNKED_HEAD}${chunk(5000, 1)}`)).toContain("! 400 chunk-extension");
    expect(linesOf({}, `${CHUNKED_HEAD}${chunk(100, 1).repeat(60)}`)).toContain("! 400 chunk-extension");
    expect(linesOf({}, `${CHUNKED_HEAD}${chunk(100, 200).repeat(60)}0\r\n\r\n`)).toContain("end");
  });

  test("each body has the whole bounds for itself", () => {
    const message = `${CHUNKED_HEAD}3;${"e".repeat(3000)}\r\nabc\r\n0\r\n\r\n`;
    expect(linesOf({ maxBodyBytes: 5 }, message.repeat(3))).toHaveLength(10);
  });

  test("a chunk size of 2^63 is refused at the digit that is too much", () => {
    expect(linesOf({}, `${CHUNKED_HEAD}8000000000000000\r\n`)).toEqual([
      "POST / chunked",
      "! 400 chunk-size",
    ]);
  });
});

/** Feeds `piece` again and again until the parser refuses; tells how much it took and what memory grew by. */
function flood(parser: Parser, begin: string, piece: string, mostBytes: number) {
  const first = Buffer.from(begin, "latin1");
  const chunk = Buffer.from(piece, "latin1");
  const before = held();
  feed(parser, first);
  let fed = begin.length;
  let most = 0;
  for (; fed < mostBytes; fed += chunk.length) {
    const event = feed(parser, chunk);
    most = Math.max(most, held() - before);
    if (event.kind === "violation") return { violation: event, fed, most };
  }
  return { violation: undefined, fed, most };
}

function feed(parser: Parser, bytes: Buffer) {
  parser.feed(bytes, 0, bytes.length);
  for (;;) {
    const event = parser.next();
    if (event.kind === "need-more" || event.kind === "violation") return event;
  }
}

/** Memory outside the heap, where buffers are: exact, whatever the collector does. */
function held(): number {
  return process.memoryUsage().arrayBuffers;
}

describe("an endless peer is refused within the limit", () => {
  const parser = () => new RequestParser();

  test("a header that never ends", () => {
    const { violation, fed, most } = flood(parser(), `${HEAD}X: `, "a".repeat(1000), 10 * MIB);
    expect(violation).toMatchObject({ status: 431, reason: "header-too-large" });
    expect(fed).toBeLessThan(20_000);
    expect(most).toBeLessThan(64 * 1024);
  });

  test("100,000 headers", () => {
    const { violation, fed } = flood(parser(), HEAD, "A: b\r\n", 100_000 * 6);
    expect(violation).toMatchObject({ status: 431, reason: "too-many-headers" });
    expect(fed).toBeLessThan(1000);
  });

  test("100,000 headers in one chunk", () => {
    const { violation, most } = flood(parser(), HEAD, "A: b\r\n".repeat(100_000), 10 * MIB);
    expect(violation).toMatchObject({ status: 431, reason: "too-many-headers" });
    expect(most).toBeLessThan(64 * 1024);
  });

  test("a request line that never ends", () => {
    const { violation } = flood(parser(), "GET /", "a".repeat(1000), 10 * MIB);
    expect(violation).toMatchObject({ status: 414 });
  });

  test("empty lines that never end", () => {
    const { violation, fed } = flood(parser(), "", "\r\n", MIB);
    expect(violation).toMatchObject({ status: 400 });
    expect(fed).toBeLessThan(32);
  });

  test("trailer fields that never end", () => {
    const { violation, most } = flood(parser(), `${CHUNKED_HEAD}0\r\nA: `, "a".repeat(1000), 10 * MIB);
    expect(violation).toMatchObject({ status: 431, reason: "trailer-too-large" });
    expect(most).toBeLessThan(64 * 1024);
  });

  test("a chunk extension that never ends", () => {
    const { violation, fed } = flood(parser(), `${CHUNKED_HEAD}1;`, "a".repeat(1000), 10 * MIB);
    expect(violation).toMatchObject({ status: 400, reason: "chunk-extension" });
    expect(fed).toBeLessThan(8000);
  });

  test("zeros of a chunk size that never end", () => {
    const { violation, fed } = flood(parser(), CHUNKED_HEAD, "0", MIB);
    expect(violation).toMatchObject({ status: 400, reason: "chunk-size" });
    expect(fed).toBeLessThan(200);
  });

  test("interim answers that never end hold nothing", () => {
    const { violation, most } = flood(
      new ResponseParser(),
      "",
      "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n".repeat(100),
      8 * MIB,
    );
    expect(violation).toBeUndefined();
    expect(most).toBeLessThan(64 * 1024);
  });
});

describe("work stays in proportion to the bytes", () => {
  /** A head of some 16 KiB. */
  const shapes = {
    "one long value": `${HEAD}X: ${"a".repeat(15_900)}\r\n\r\n`,
    "a long target": `GET /${"a".repeat(15_900)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    "many fields": `${HEAD}${Array.from({ length: 120 }, (_, i) => `X-${i}: ${"v".repeat(110)}\r\n`).join("")}\r\n`,
    "white space inside a value": `${HEAD}Connection: a${" ".repeat(15_900)}b\r\n\r\n`,
  };

  test.each(Object.entries(shapes))("%s, byte by byte, is moved a few times at most", (_name, text) => {
    const bytes = Buffer.from(text, "latin1");
    const parser = new RequestParser();
    expect(transcribe(parser, bytes, every(1, bytes.length)).lines.slice(1)).toEqual(["end", "idle"]);
    // Gathering doubles its buffer: each byte is moved once as it comes, and less than twice on average after.
    expect(parser.bytesCopied).toBeGreaterThanOrEqual(bytes.length);
    expect(parser.bytesCopied).toBeLessThan(bytes.length * 3);
  });
});
