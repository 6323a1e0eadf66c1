/**
 * What requests and responses have in common (RFC 9112 §2.1): a head up to a blank line, then a body.
 *
 *   head ──► length(n) ──► end ──► head …
 *     ├────► chunked ────► end
 *     ├────► until-close ─► (finish) end
 *     ├────► tunnel          what follows is another protocol
 *     └────► broken          after a violation, for good
 *
 * A head that arrives whole is looked up in the memo without a copy; one that straddles chunks is gathered in
 * a buffer that is let go afterwards, so that an idle parser holds nothing.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../../exhaustive.ts";
import { ChunkedDecoder } from "./chunked.ts";
import type { HeadMemo } from "./head-memo.ts";
import { CR, LF } from "./tokens.ts";
import {
  type DataEvent,
  DEFAULT_HTTP_LIMITS,
  type EndEvent,
  type HeadEvent,
  type HttpEvent,
  type HttpLimits,
  type HttpParser,
  type HttpViolation,
  type NeedMore,
  type RequestHead,
  type ResponseHead,
} from "./types.ts";
import { violation } from "./violation.ts";

const NEED_MORE: NeedMore = { kind: "need-more" };
const END: EndEvent = { kind: "end", trailers: undefined };
const EMPTY = Buffer.alloc(0);
const GATHER_BYTES = 1024;

type State = "head" | "length" | "chunked" | "until-close" | "end" | "tunnel" | "broken";

export abstract class MessageParser<H extends RequestHead | ResponseHead> implements HttpParser<H> {
  protected readonly limits: HttpLimits;
  readonly #memo: HeadMemo<H> | undefined;
  #state: State = "head";
  #chunk: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** Bytes of the body still to come (`length`). */
  #left = 0;
  /** Bytes received of a body until close. */
  #received = 0;
  /** Gathered bytes of a head that straddles chunks; `#gatheredBytes` of it are used. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #chunked: ChunkedDecoder | undefined;
  #data: DataEvent | undefined;
  #violation: HttpViolation | undefined;
  #bytesCopied = 0;

  constructor(memo: HeadMemo<H> | undefined, limits: HttpLimits = DEFAULT_HTTP_LIMITS) {
    this.#memo = memo;
    this.limits = limits;
  }

  /** Whole head, owned, blank line included → what it says. */
  protected abstract parseHead(bytes: Buffer): H | HttpViolation;

  /** A first look at a head that is not complete yet: what can never become one is refused at once. */
  protected abstract refuseEarly(bytes: Buffer, start: number, end: number): HttpViolation | undefined;

  /** What besides the bytes decides the meaning of the next head. */
  protected abstract readonly headContext: number;

  /** A head was given out; its message has begun. */
  protected abstract begun(head: H): void;

  get idle(): boolean {
    return this.#state === "head" && this.#gatheredBytes === 0 && this.#at === this.#end;
  }

  get restStart(): number {
    return this.#at;
  }

  get restEnd(): number {
    return this.#end;
  }

  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  feed(chunk: Uint8Array, start: number, end: number): void {
    this.#chunk = chunk as Buffer;
    this.#at = start;
    this.#end = end;
  }

  next(): HttpEvent<H> {
    switch (this.#state) {
      case "head":
        return this.#nextHead();
      case "length": {
        if (this.#at === this.#end) return NEED_MORE;
        const length = Math.min(this.#left, this.#end - this.#at);
        this.#left -= length;
        if (this.#left === 0) this.#state = "end";
        return this.#take(length);
      }
      case "chunked":
        return this.#nextChunked();
      case "until-close": {
        if (this.#at === this.#end) return NEED_MORE;
        const length = this.#end - this.#at;
        this.#received += length;
        if (this.#received > this.limits.maxBodyBytes) {
          return this.#break(
            violation(
              413,
              "body-too-large",
              `a body of more than ${this.limits.maxBodyBytes} bytes`,
              "RFC 9110 §15.5.14",
            ),
          );
        }
        return this.#take(length);
      }
      case "end":
        this.#state = "head";
        return END;
      case "tunnel":
        return NEED_MORE;
      case "broken":
        return this.#violation!;
      default:
        return assertNever(this.#state);
    }
  }

  finish(): HttpEvent<H> {
    if (this.#state === "until-close") {
      this.#state = "head";
      return END;
    }
    if (this.#state === "end" || this.#state === "broken") return this.next();
    if (this.idle || this.#state === "tunnel") return NEED_MORE;
    const where = this.#state === "head" ? "head" : "body";
    return this.#break(
      violation(
        400,
        "truncated",
        `the connection was closed in the middle of a message's ${where}`,
        "RFC 9112 §8",
      ),
    );
  }

  #nextHead(): HttpEvent<H> {
    const begin = this.#at;
    if (begin === this.#end) return NEED_MORE;
    if (this.#gatheredBytes === 0) {
      const known = this.#memo?.find(this.#chunk, begin, this.#end, this.headContext);
      if (known !== undefined) {
        this.#at = begin + known.head.wireBytes;
        return this.#giveHead(known);
      }
      if (this.skipBefore(this.#chunk[begin]!)) {
        this.#at++;
        return this.#nextHead();
      }
    }
    return this.#gatheredBytes === 0 ? this.#wholeHead() : this.#gather();
  }

  /** Whether a byte before a head is passed over: a server tolerates empty lines there (§2.2). */
  protected skipBefore(_byte: number): boolean {
    return false;
  }

  #wholeHead(): HttpEvent<H> {
    const begin = this.#at;
    const blank = this.#chunk.indexOf("\r\n\r\n", begin, "latin1");
    if (blank === -1 || blank + 4 > this.#end) return this.#gather();
    const length = blank + 4 - begin;
    if (length > this.limits.maxHeadBytes) return this.#tooLarge(this.#chunk, begin, blank + 4);
    // Owned, since the head outlives the chunk.
    const bytes = Buffer.allocUnsafeSlow(length);
    this.#chunk.copy(bytes, 0, begin, blank + 4);
    this.#at = blank + 4;
    return this.#parse(bytes);
  }

  /** The head is not complete in this chunk: keep what is there, within the limit. */
  #gather(): HttpEvent<H> {
    const before = this.#gatheredBytes;
    const room = this.limits.maxHeadBytes + 1 - before;
    const taken = Math.min(this.#end - this.#at, room);
    const needed = before + taken;
    if (this.#gathered === undefined || this.#gathered.length < needed) {
      const size = Math.min(this.limits.maxHeadBytes + 1, Math.max(GATHER_BYTES, needed * 2));
      const larger = Buffer.allocUnsafeSlow(Math.max(size, needed));
      this.#gathered?.copy(larger, 0, 0, before);
      this.#gathered = larger;
    }
    const gathered = this.#gathered;
    this.#chunk.copy(gathered, before, this.#at, this.#at + taken);
    const found = gathered.subarray(0, needed).indexOf("\r\n\r\n", Math.max(0, before - 3), "latin1");
    if (found !== -1) {
      const length = found + 4;
      this.#bytesCopied += length - before;
      this.#at += length - before;
      this.#gathered = undefined;
      this.#gatheredBytes = 0;
      if (length > this.limits.maxHeadBytes) return this.#tooLarge(gathered, 0, length);
      return this.#parse(Buffer.from(gathered.subarray(0, length)));
    }
    this.#bytesCopied += taken;
    this.#gatheredBytes = needed;
    this.#at += taken;
    const refused = this.refuseEarly(gathered, 0, needed) ?? refuseLineEnds(gathered, before, needed);
    if (refused !== undefined) return this.#break(refused);
    if (needed > this.limits.maxHeadBytes) return this.#tooLarge(gathered, 0, needed);
    return NEED_MORE;
  }

  #parse(bytes: Buffer): HttpEvent<H> {
    const context = this.headContext;
    const head = this.parseHead(bytes);
    if (head.kind === "violation") return this.#break(head);
    const event: HeadEvent<H> = { kind: "head", head: head as H };
    this.#memo?.remember(bytes, event, context);
    return this.#giveHead(event);
  }

  #giveHead(event: HeadEvent<H>): HttpEvent<H> {
    const { body } = event.head;
    this.begun(event.head);
    switch (body.kind) {
      case "length":
        this.#left = body.length;
        this.#state = body.length === 0 ? "end" : "length";
        break;
      case "chunked":
        this.#chunked = new ChunkedDecoder(this.limits);
        this.#state = "chunked";
        break;
      case "until-close":
        this.#received = 0;
        this.#state = "until-close";
        break;
      case "tunnel":
        this.#state = "tunnel";
        break;
      default:
        assertNever(body);
    }
    return event;
  }

  #nextChunked(): HttpEvent<H> {
    const decoder = this.#chunked!;
    const step = decoder.step(this.#chunk, this.#at, this.#end);
    this.#at = decoder.at;
    switch (step) {
      case "data":
        return this.#tell(decoder.dataStart, decoder.dataEnd);
      case "need-more":
        return NEED_MORE;
      case "end":
        this.#state = "head";
        this.#chunked = undefined;
        return decoder.trailers === undefined ? END : { kind: "end", trailers: decoder.trailers };
      case "violation":
        return this.#break(decoder.violation!);
      default:
        return assertNever(step);
    }
  }

  #take(length: number): DataEvent {
    const start = this.#at;
    this.#at += length;
    return this.#tell(start, this.#at);
  }

  #tell(start: number, end: number): DataEvent {
    this.#data ??= { kind: "data", chunk: this.#chunk, start, end };
    this.#data.chunk = this.#chunk;
    this.#data.start = start;
    this.#data.end = end;
    return this.#data;
  }

  #tooLarge(bytes: Buffer, start: number, end: number): HttpViolation {
    const lineEnd = bytes.subarray(start, end).indexOf("\r\n", 0, "latin1");
    return this.#break(this.refuseSize(lineEnd === -1));
  }

  /** `startLine`: the limit was passed within the first line. */
  protected refuseSize(_startLine: boolean): HttpViolation {
    return violation(
      431,
      "header-too-large",
      `a head of more than ${this.limits.maxHeadBytes} bytes`,
      "RFC 6585 §5",
    );
  }

  #break(what: HttpViolation): HttpViolation {
    this.#state = "broken";
    this.#violation = what;
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    this.#chunked = undefined;
    return what;
  }
}

/** A line that ends in LF alone never becomes part of a head: found as soon as it arrives (§2.2). */
function refuseLineEnds(bytes: Buffer, from: number, end: number): HttpViolation | undefined {
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === LF && bytes[at - 1] !== CR) {
      return violation(400, "bare-lf", "LF without CR in the head", "RFC 9112 §2.2");
    }
    if (byte !== LF && at > 0 && bytes[at - 1] === CR) {
      return violation(400, "bare-cr", "CR without LF in the head", "RFC 9112 §2.2");
    }
  }
  return undefined;
}
