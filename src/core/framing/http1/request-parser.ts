/**
 * HTTP/1.1 requests (RFC 9112 §3). One parser a connection; a HeadMemo may be shared by all connections of a
 * listener.
 */
import type { Buffer } from "node:buffer";
import { requestBody } from "./body-rules.ts";
import type { HeadMemo } from "./head-memo.ts";
import type { HeaderBlock } from "./headers.ts";
import { MessageParser } from "./message-parser.ts";
import { expectsContinue, keepsAlive, upgradeOf } from "./persistence.ts";
import { badRequestLine, checkHost, readRequestLine } from "./request-line.ts";
import { IS_TOKEN } from "./tokens.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, type HttpViolation, type RequestHead } from "./types.ts";
import { violation } from "./violation.ts";

export interface RequestParserOptions {
  readonly memo?: HeadMemo<RequestHead>;
  readonly limits?: HttpLimits;
}

export class RequestParser extends MessageParser<RequestHead> {
  protected readonly headContext = 0;
  protected readonly startWord = IS_TOKEN;
  // Empty lines before a request are tolerated (§2.2), a stream of them is not.
  protected readonly maxEmptyBytes = 16;
  /** Of the start line that was read last. */
  #methodEnd = 0;
  #targetEnd = 0;
  #minor: 0 | 1 = 1;

  constructor(options: RequestParserOptions = {}) {
    super(options.memo, options.limits ?? DEFAULT_HTTP_LIMITS);
  }

  protected override readStartLine(bytes: Buffer, start: number, end: number): HttpViolation | undefined {
    const line = readRequestLine(bytes, start, end);
    if (line.kind === "violation") return line;
    this.#methodEnd = line.methodEnd;
    this.#targetEnd = line.targetEnd;
    this.#minor = line.minor;
    return undefined;
  }

  protected override badStartLine(bytes: Buffer, start: number, end: number): HttpViolation {
    return badRequestLine(bytes, start, end, "begins with no method");
  }

  protected override startLineTooLong(): HttpViolation {
    const detail = `a request line of more than ${this.limits.maxHeadBytes} bytes`;
    return violation(414, "target-too-long", detail, "RFC 9110 §15.5.15");
  }

  protected override readHead(text: string, headers: HeaderBlock): RequestHead | HttpViolation {
    const minor = this.#minor;
    const hostProblem = checkHost(headers, minor);
    if (hostProblem !== undefined) return hostProblem;
    const body = requestBody(headers, minor, this.limits.maxBodyBytes);
    if (body.kind === "violation") return body;
    return {
      kind: "request",
      method: text.slice(0, this.#methodEnd),
      target: text.slice(this.#methodEnd + 1, this.#targetEnd),
      minor,
      headers,
      body,
      keepAlive: keepsAlive(headers, minor),
      upgrade: upgradeOf(headers, minor),
      expectContinue: expectsContinue(headers, minor),
      wireBytes: text.length,
    };
  }
}
