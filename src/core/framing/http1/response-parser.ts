/**
 * HTTP/1.1 responses (RFC 9112 §4). The parser must know what was asked: an answer to HEAD has no body, one to
 * CONNECT may open a tunnel. `method` serves when all requests are alike; else `expect` tells of each request
 * in order. Interim answers (1xx) are heads of their own and do not use up an expectation.
 */
import type { Buffer } from "node:buffer";
import { type AnswerTo, responseBody, soundlyFramed } from "./body-rules.ts";
import type { HeadMemo } from "./head-memo.ts";
import type { HeaderBlock } from "./headers.ts";
import { MessageParser } from "./message-parser.ts";
import { keepsAlive, upgradeOf } from "./persistence.ts";
import { badStatusLine, readStatusLine } from "./status-line.ts";
import { IS_VERSION } from "./tokens.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, type HttpViolation, type ResponseHead } from "./types.ts";
import { violation } from "./violation.ts";

export interface ResponseParserOptions {
  readonly memo?: HeadMemo<ResponseHead>;
  readonly limits?: HttpLimits;
  /** Method of the requests while none is told of by `expect`. Default GET. */
  readonly method?: string;
}

const CONTEXTS: readonly AnswerTo[] = ["other", "head", "connect"];

function contextOf(method: string): number {
  return method === "HEAD" ? 1 : method === "CONNECT" ? 2 : 0;
}

export class ResponseParser extends MessageParser<ResponseHead> {
  protected readonly startWord = IS_VERSION;
  protected readonly maxEmptyBytes = 0;
  readonly #usual: number;
  /** Contexts of requests told by `expect` and not answered yet, oldest first. */
  #expected: number[] | undefined;
  /** Of the start line that was read last. */
  #status = 0;
  #minor: 0 | 1 = 1;
  #reasonStart = 0;
  #reasonEnd = 0;

  constructor(options: ResponseParserOptions = {}) {
    super(options.memo, options.limits ?? DEFAULT_HTTP_LIMITS);
    this.#usual = contextOf(options.method ?? "GET");
  }

  /** A request was sent on this connection. Who tells of one must tell of all that are sent before its answer. */
  expect(method: string): void {
    this.#expected ??= [];
    this.#expected.push(contextOf(method));
  }

  override reset(): void {
    super.reset();
    this.#expected = undefined;
  }

  protected override get headContext(): number {
    return this.#expected?.[0] ?? this.#usual;
  }

  protected override begun(head: ResponseHead): void {
    if (this.#expected !== undefined && (head.status >= 200 || head.status === 101)) this.#expected.shift();
  }

  protected override readStartLine(bytes: Buffer, start: number, end: number): HttpViolation | undefined {
    const line = readStatusLine(bytes, start, end);
    if (line.kind === "violation") return line;
    this.#status = line.status;
    this.#minor = line.minor;
    this.#reasonStart = line.reasonStart;
    this.#reasonEnd = line.reasonEnd;
    return undefined;
  }

  protected override badStartLine(bytes: Buffer, start: number, end: number): HttpViolation {
    return badStatusLine(bytes, start, end);
  }

  protected override startLineTooLong(): HttpViolation {
    const detail = `a status line of more than ${this.limits.maxHeadBytes} bytes`;
    return violation(431, "header-too-large", detail, "RFC 6585 §5");
  }

  protected override readHead(text: string, headers: HeaderBlock): ResponseHead | HttpViolation {
    const status = this.#status;
    const minor = this.#minor;
    const body = responseBody(headers, status, CONTEXTS[this.headContext]!, this.limits.maxBodyBytes);
    if (body.kind === "violation") return body;
    return {
      kind: "response",
      status,
      reason: text.slice(this.#reasonStart, this.#reasonEnd),
      minor,
      headers,
      body,
      keepAlive: keepsAlive(headers, minor) && soundlyFramed(headers, minor, body),
      upgrade: upgradeOf(headers, minor),
      wireBytes: text.length,
    };
  }
}
