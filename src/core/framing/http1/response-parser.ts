/**
 * HTTP/1.1 responses (RFC 9112 §4). The parser must know what was asked: an answer to HEAD has no body, one to
 * CONNECT may open a tunnel. `method` serves when all requests are alike; `expect` tells of others in order.
 * Interim answers (1xx) are heads of their own and do not use up an expectation.
 */
import type { Buffer } from "node:buffer";
import { type AnswerTo, keepsAlive, responseBody, upgradeOf } from "./body-rules.ts";
import { readFieldLines } from "./field-lines.ts";
import type { HeadMemo } from "./head-memo.ts";
import { MessageParser } from "./message-parser.ts";
import { CR, IS_FIELD_VALUE, LF, SPACE } from "./tokens.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, type HttpViolation, type ResponseHead } from "./types.ts";
import { shown, violation } from "./violation.ts";

export interface ResponseParserOptions {
  readonly memo?: HeadMemo<ResponseHead>;
  readonly limits?: HttpLimits;
  /** Method of every request that `expect` did not tell of. Default GET. */
  readonly method?: string;
}

const PREFIX = "HTTP/";
const CONTEXTS: readonly AnswerTo[] = ["other", "head", "connect"];

function contextOf(method: string): number {
  return method === "HEAD" ? 1 : method === "CONNECT" ? 2 : 0;
}

export class ResponseParser extends MessageParser<ResponseHead> {
  readonly #usual: number;
  /** Contexts of requests told by `expect` and not answered yet, oldest first. */
  #expected: number[] | undefined;

  constructor(options: ResponseParserOptions = {}) {
    super(options.memo, options.limits ?? DEFAULT_HTTP_LIMITS);
    this.#usual = contextOf(options.method ?? "GET");
  }

  /** The next request on this connection, whose method differs from the usual one, in order of sending. */
  expect(method: string): void {
    this.#expected ??= [];
    this.#expected.push(contextOf(method));
  }

  protected override get headContext(): number {
    return this.#expected?.[0] ?? this.#usual;
  }

  protected override begun(head: ResponseHead): void {
    if (head.status >= 200 || head.status === 101) this.#expected?.shift();
  }

  protected override refuseEarly(bytes: Buffer, start: number, end: number): HttpViolation | undefined {
    const length = Math.min(PREFIX.length, end - start);
    if (bytes.toString("latin1", start, start + length) !== PREFIX.slice(0, length))
      return badLine(bytes, start, end);
    const line = bytes.subarray(start, end).indexOf("\r\n", 0, "latin1");
    if (line === -1) return undefined;
    const read = readStatusLine(bytes.subarray(start, start + line + 2));
    return read.kind === "violation" ? read : undefined;
  }

  protected override parseHead(bytes: Buffer): ResponseHead | HttpViolation {
    const line = readStatusLine(bytes);
    if (line.kind === "violation") return line;
    const headers = readFieldLines(bytes, line.end, this.limits.maxHeaders);
    if ("kind" in headers) return headers;
    const { status, reason, minor } = line;
    const body = responseBody(headers, status, CONTEXTS[this.headContext]!, this.limits.maxBodyBytes);
    if (body.kind === "violation") return body;
    const mixed = body.kind === "chunked" && headers.get("content-length") !== undefined;
    return {
      kind: "response",
      status,
      reason,
      minor,
      headers,
      body,
      keepAlive: keepsAlive(headers, minor) && body.kind !== "until-close" && !mixed,
      upgrade: upgradeOf(headers, minor),
      wireBytes: bytes.length,
    };
  }
}

interface StatusLine {
  readonly kind: "line";
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  readonly end: number;
}

/** HTTP-version SP status-code SP [reason-phrase] CRLF; the second space may be missing, as many servers do. */
function readStatusLine(bytes: Buffer): StatusLine | HttpViolation {
  const start = bytes.toString("latin1", 0, Math.min(12, bytes.length));
  const match = /^HTTP\/(\d)\.(\d) ([1-9]\d\d)$/.exec(start);
  if (match === null || (bytes[12] !== SPACE && bytes[12] !== CR)) return badLine(bytes, 0, bytes.length);
  if (match[1] !== "1") {
    return violation(
      505,
      "version",
      `the server answered with HTTP/${match[1]}.${match[2]}`,
      "RFC 9112 §2.3",
    );
  }
  let at = bytes[12] === SPACE ? 13 : 12;
  const reasonStart = at;
  while (IS_FIELD_VALUE[bytes[at]!] === 1) at++;
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return badLine(bytes, 0, bytes.length);
  return {
    kind: "line",
    status: Number(match[3]),
    reason: bytes.toString("latin1", reasonStart, at),
    minor: match[2] === "0" ? 0 : 1,
    end: at + 2,
  };
}

function badLine(bytes: Buffer, start: number, end: number): HttpViolation {
  const newline = bytes.subarray(start, end).indexOf(LF);
  const lineEnd = newline === -1 ? end : start + newline + 1;
  return violation(
    400,
    "bad-status-line",
    `not an HTTP/1 status line: ${shown(bytes, start, lineEnd)}`,
    "RFC 9112 §4",
  );
}
