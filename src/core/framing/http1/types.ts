/**
 * What the two HTTP/1.1 parsers (RFC 9112) speak: heads, steps and violations.
 *
 * Both parsers are pull machines over lent bytes: `feed(chunk, start, end)` lends a chunk, `next()` is called
 * until it answers `need-more`, and only then may the chunk be reused. The events are preallocated and
 * reused: an event is valid until the next call of `next()`. Heads are immutable and may be kept.
 *
 *        feed ──► next() ──► head ──► data* ──► end ──► head … (pipelined)
 *                    │                                └──► need-more
 *                    └──► violation (the parser is dead; answer and close)
 */
import type { Buffer } from "node:buffer";

/** Broken protocol, as a value: what to answer (`status`), what was wrong, and the rule that says so. */
export interface HttpViolation {
  readonly kind: "violation";
  /** The status a server answers with before it closes: 400, 413, 414, 431, 501, 505. */
  readonly status: 400 | 413 | 414 | 431 | 501 | 505;
  /** One word, stable, for counting: `bare-cr`, `conflicting-length`, `header-too-large` … */
  readonly reason: string;
  /** Plain words with the offending text (escaped, cut to 64 characters). */
  readonly detail: string;
  /** For example `RFC 9112 §6.3`. */
  readonly rfc: string;
}

/** Header fields in the order received. Names are lower case; values are trimmed of optional white space. */
export interface HttpHeaders {
  readonly size: number;
  name(index: number): string;
  value(index: number): string;
  /** First value of a field, by lower-case name. */
  get(name: string): string | undefined;
  /** All values of a field, by lower-case name. */
  all(name: string): readonly string[];
  [Symbol.iterator](): IterableIterator<readonly [string, string]>;
}

/** How the end of a body is found (RFC 9112 §6.3). `length` 0 means no body follows. */
export type BodyFraming =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" }
  /** 101, or 2xx to CONNECT: what follows is another protocol. */
  | { readonly kind: "tunnel" };

interface HttpHead {
  /** HTTP minor version: 0 or 1. */
  readonly minor: 0 | 1;
  readonly headers: HttpHeaders;
  readonly body: BodyFraming;
  /** Whether the connection may carry another message after this one (RFC 9112 §9.3). */
  readonly keepAlive: boolean;
  /** Protocol asked for or agreed by Upgrade + Connection: upgrade, lower case; undefined without. */
  readonly upgrade: string | undefined;
  /** Length of the head on the wire in bytes, blank line included. */
  readonly wireBytes: number;
}

export interface RequestHead extends HttpHead {
  readonly kind: "request";
  readonly method: string;
  /** Request target exactly as sent (RFC 9112 §3.2). */
  readonly target: string;
  /** `Expect: 100-continue` was sent. */
  readonly expectContinue: boolean;
}

export interface ResponseHead extends HttpHead {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
}

/** Body bytes, a view given as offsets into the chunk that is being fed: no object, no copy. */
export interface DataEvent {
  readonly kind: "data";
  chunk: Buffer;
  start: number;
  end: number;
}

export interface EndEvent {
  readonly kind: "end";
  /** Trailer fields of a chunked body; undefined when there were none. */
  trailers: HttpHeaders | undefined;
}

export interface HeadEvent<H extends RequestHead | ResponseHead> {
  readonly kind: "head";
  head: H;
}

export interface NeedMore {
  readonly kind: "need-more";
}

export type HttpEvent<H extends RequestHead | ResponseHead> =
  | HeadEvent<H>
  | DataEvent
  | EndEvent
  | NeedMore
  | HttpViolation;

/** Bounds that hold before anything is stored. */
export interface HttpLimits {
  /** Start line and fields together, and again the trailer section, in bytes. */
  readonly maxHeadBytes: number;
  /** Field lines of a head, and again of a trailer section. */
  readonly maxHeaders: number;
  /** Body bytes after decoding; Infinity for none. A larger Content-Length is refused at the head (413). */
  readonly maxBodyBytes: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // 16 KiB is what node and most proxies take.
  maxHeadBytes: 16 * 1024,
  maxHeaders: 128,
  maxBodyBytes: Number.POSITIVE_INFINITY,
};

/** Shared by both parsers. */
export interface HttpParser<H extends RequestHead | ResponseHead> {
  /** Lends bytes `start` to `end` of `chunk`. The previous chunk must have been used up (`need-more`). */
  feed(chunk: Buffer, start: number, end: number): void;
  next(): HttpEvent<H>;
  /** The peer closed its side: `end` for an until-close body, `need-more` between messages, else a violation. */
  finish(): HttpEvent<H>;
  /** Forgets what was begun, for use on another connection. */
  reset(): void;
  /** True when no message is begun: closing now loses nothing. */
  readonly idle: boolean;
  /** Unread rest of the lent chunk, for the protocol that follows an upgrade: offset and end. */
  readonly restStart: number;
  readonly restEnd: number;
  /** Bytes that had to be copied because a head straddled chunks. */
  readonly bytesCopied: number;
}
