/**
 * HTTP/1.1 requests (RFC 9112 §3). One parser a connection; a HeadMemo may be shared by all connections of a
 * listener.
 */
import type { Buffer } from "node:buffer";
import { hasToken, keepsAlive, requestBody, upgradeOf } from "./body-rules.ts";
import { readFieldLines } from "./field-lines.ts";
import type { HeadMemo } from "./head-memo.ts";
import { MessageParser } from "./message-parser.ts";
import { CR, IS_TOKEN, IS_VISIBLE, LF, SPACE } from "./tokens.ts";
import {
  DEFAULT_HTTP_LIMITS,
  type HttpHeaders,
  type HttpLimits,
  type HttpViolation,
  type RequestHead,
} from "./types.ts";
import { shown, violation } from "./violation.ts";

export interface RequestParserOptions {
  readonly memo?: HeadMemo<RequestHead>;
  readonly limits?: HttpLimits;
}

// Empty lines before a request are tolerated (§2.2), a stream of them is not.
const MAX_LEADING_BYTES = 16;

export class RequestParser extends MessageParser<RequestHead> {
  protected readonly headContext = 0;
  #leading = 0;

  constructor(options: RequestParserOptions = {}) {
    super(options.memo, options.limits ?? DEFAULT_HTTP_LIMITS);
  }

  protected override skipBefore(byte: number): boolean {
    return (byte === CR || byte === LF) && ++this.#leading <= MAX_LEADING_BYTES;
  }

  protected override begun(): void {
    this.#leading = 0;
  }

  protected override refuseSize(startLine: boolean): HttpViolation {
    return startLine
      ? violation(
          414,
          "target-too-long",
          `a request line of more than ${this.limits.maxHeadBytes} bytes`,
          "RFC 9110 §15.5.15",
        )
      : super.refuseSize(startLine);
  }

  protected override refuseEarly(bytes: Buffer, start: number, end: number): HttpViolation | undefined {
    let at = start;
    while (at < end && IS_TOKEN[bytes[at]!] === 1) at++;
    if (at === end) return undefined;
    if (bytes[at] !== SPACE || at === start)
      return badLine(bytes, start, end, "does not begin with a method");
    const line = bytes.subarray(start, end).indexOf("\r\n", 0, "latin1");
    if (line === -1) return undefined;
    const read = readRequestLine(bytes.subarray(start, start + line + 2));
    return read.kind === "violation" ? read : undefined;
  }

  protected override parseHead(bytes: Buffer): RequestHead | HttpViolation {
    const line = readRequestLine(bytes);
    if (line.kind === "violation") return line;
    const headers = readFieldLines(bytes, line.end, this.limits.maxHeaders);
    if ("kind" in headers) return headers;
    const { method, target, minor } = line;
    const hostProblem = checkHost(headers, minor);
    if (hostProblem !== undefined) return hostProblem;
    const body = requestBody(headers, minor, this.limits.maxBodyBytes);
    if (body.kind === "violation") return body;
    return {
      kind: "request",
      method,
      target,
      minor,
      headers,
      body,
      keepAlive: keepsAlive(headers, minor),
      upgrade: upgradeOf(headers, minor),
      expectContinue: minor === 1 && hasToken(headers.all("expect"), "100-continue"),
      wireBytes: bytes.length,
    };
  }
}

interface RequestLine {
  readonly kind: "line";
  readonly method: string;
  readonly target: string;
  readonly minor: 0 | 1;
  /** First byte after the line. */
  readonly end: number;
}

/** method SP request-target SP HTTP-version CRLF, with single spaces (§3). */
function readRequestLine(bytes: Buffer): RequestLine | HttpViolation {
  let at = 0;
  while (IS_TOKEN[bytes[at]!] === 1) at++;
  if (at === 0 || bytes[at] !== SPACE) return badLine(bytes, 0, bytes.length, "does not begin with a method");
  const method = bytes.toString("latin1", 0, at);
  const targetStart = ++at;
  while (IS_VISIBLE[bytes[at]!] === 1) at++;
  if (at === targetStart || bytes[at] !== SPACE)
    return badLine(bytes, 0, bytes.length, "has no clean target");
  const target = bytes.toString("latin1", targetStart, at);
  const versionStart = ++at;
  while (bytes[at] !== CR && bytes[at] !== LF && at < bytes.length) at++;
  const version = bytes.toString("latin1", versionStart, Math.min(at, versionStart + 16));
  if (bytes[at] !== CR || bytes[at + 1] !== LF)
    return badLine(bytes, 0, bytes.length, "does not end in CRLF");
  const numbers = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (numbers === null) return badLine(bytes, 0, bytes.length, "does not end in an HTTP version");
  if (numbers[1] !== "1") {
    return violation(505, "version", `${version} is not spoken here`, "RFC 9110 §15.6.6");
  }
  if (!isTarget(method, target))
    return badLine(bytes, 0, bytes.length, "has a target that does not fit its method");
  return { kind: "line", method, target, minor: numbers[2] === "0" ? 0 : 1, end: at + 2 };
}

/** The four forms of §3.2: origin, absolute, authority (CONNECT only), asterisk (OPTIONS only). */
function isTarget(method: string, target: string): boolean {
  if (method === "CONNECT") return /^(\[[0-9a-fA-F:.]+\]|[^:/?#@[\]]+):\d{1,5}$/.test(target);
  if (target.startsWith("/")) return !target.includes("#");
  if (target === "*") return method === "OPTIONS";
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]/.test(target) && !target.includes("#");
}

const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(:\d{0,5})?$/;

/** Exactly one valid Host in 1.1, at most one in 1.0 (§3.2). */
function checkHost(headers: HttpHeaders, minor: 0 | 1): HttpViolation | undefined {
  const hosts = headers.all("host");
  if (hosts.length === 0) {
    return minor === 0
      ? undefined
      : violation(400, "no-host", "an HTTP/1.1 request without Host", "RFC 9112 §3.2");
  }
  if (hosts.length > 1) return violation(400, "two-hosts", "more than one Host field", "RFC 9112 §3.2");
  return HOST.test(hosts[0]!)
    ? undefined
    : violation(400, "bad-host", `Host is ${JSON.stringify(hosts[0]!.slice(0, 64))}`, "RFC 9112 §3.2");
}

function badLine(bytes: Buffer, start: number, end: number, what: string): HttpViolation {
  const newline = bytes.subarray(start, end).indexOf(LF);
  const lineEnd = newline === -1 ? end : start + newline + 1;
  return violation(
    400,
    "bad-request-line",
    `the request line ${shown(bytes, start, lineEnd)} ${what}`,
    "RFC 9112 §3",
  );
}
