/**
 * What requests and responses have in common (RFC 9112 §2.1): a head up to a blank line, then a body.
 *
 *   head ──► length ──────► end ──► head …
 *     ├────► chunked ─────► trailers ─► head …
 *     ├────► until-close ─► (finish) end
 *     ├────► tunnel          what follows is another protocol
 *     └────► broken          after a violation, for good
 *
 * A head that arrives whole is looked up in the memo, or read where it lies. One that straddles chunks is
 * gathered, within the limit, and scanned on from where the last chunk ended, so that a byte is looked at once
 * however it came. Between messages a parser holds neither chunk nor scanner nor gathered bytes.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../../exhaustive.ts";
import { Straddle } from "../straddle.ts";
import { bodyTooLarge } from "./body-rules.ts";
import { ChunkedDecoder } from "./chunked.ts";
import { blockTooLarge, brokenLine, tlsInstead } from "./faults.ts";
import type { HeadMemo } from "./head-memo.ts";
import { HeadScanner } from "./head-scanner.ts";
import { type HeaderBlock, headerBlock } from "./headers.ts";
import { CR, LF } from "./tokens.ts";
import type {
  DataEvent,
  EndEvent,
  HeadEvent,
  HttpEvent,
  HttpLimits,
  HttpParser,
  HttpViolation,
  NeedMore,
  RequestHead,
  ResponseHead,
} from "./types.ts";
import { shown, violation } from "./violation.ts";

const NEED_MORE: NeedMore = { kind: "need-more" };
const END: EndEvent = { kind: "end", trailers: undefined };
const EMPTY = Buffer.alloc(0);

type State = "head" | "length" | "chunked" | "trailers" | "until-close" | "end" | "tunnel" | "broken";

/** Lent to whoever begins a block and given back at its end: most are read in one go and share one scanner. */
let spareScanner: HeadScanner | undefined;

export abstract class MessageParser<H extends RequestHead | ResponseHead> implements HttpParser<H> {
  protected readonly limits: HttpLimits;
  readonly #memo: HeadMemo<H> | undefined;
  #state: State = "head";
  #chunk: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** Bytes of empty lines that were passed over since the last message. */
  #emptyBytes = 0;
  /** Bytes of the body still to come (`length`), or that may still come (`until-close`). */
  #left = 0;
  /** Of the head or trailer section that is being read. */
  #scanner: HeadScanner | undefined;
  /** Its bytes so far, when it straddles chunks. */
  #straddle: Straddle | undefined;
  #chunked: ChunkedDecoder | undefined;
  #data: DataEvent | undefined;
  #violation: HttpViolation | undefined;
  #bytesCopied = 0;

  constructor(memo: HeadMemo<H> | undefined, limits: HttpLimits) {
    memo?.join(limits);
    this.#memo = memo;
    this.limits = limits;
  }

  /** Bytes of empty lines that are passed over before a message (§2.2). */
  protected abstract readonly maxEmptyBytes: number;

  /** What the first word of a start line may hold. */
  protected abstract readonly startWord: Uint8Array;

  /** What besides the bytes decides the meaning of the next head. */
  protected abstract readonly headContext: number;

  /** Reads a complete start line and keeps what it says for `readHead`. */
  protected abstract readStartLine(bytes: Buffer, start: number, end: number): HttpViolation | undefined;

  /** Names what is wrong with a start line that breaks at `end`. */
  protected abstract badStartLine(bytes: Buffer, start: number, end: number): HttpViolation;

  /** The start line alone passed the limit. */
  protected abstract startLineTooLong(): HttpViolation;

  /** A complete head whose start line was read. */
  protected abstract readHead(text: string, headers: HeaderBlock): H | HttpViolation;

  /** A head was given out; its message has begun. */
  protected begun(_head: H): void {}

  get idle(): boolean {
    return (
      this.#state === "head" &&
      this.#scanner === undefined &&
      this.#at === this.#end &&
      this.#emptyBytes % 2 === 0
    );
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

  feed(chunk: Buffer, start: number, end: number): void {
    this.#chunk = chunk;
    this.#at = start;
    this.#end = end;
  }

  /** Forgets what was begun: the next byte is the first of another connection. */
  reset(): void {
    this.#state = "head";
    this.#at = this.#end;
    this.#emptyBytes = 0;
    this.#violation = undefined;
    this.#letGo();
  }

  next(): HttpEvent<H> {
    switch (this.#state) {
      case "head":
        return this.#nextHead();
      case "end":
        this.#state = "head";
        return END;
      case "length": {
        if (this.#at === this.#end) return this.#needMore();
        const length = Math.min(this.#left, this.#end - this.#at);
        this.#left -= length;
        if (this.#left === 0) this.#state = "end";
        return this.#tell(this.#at, this.#at + length);
      }
      case "chunked":
        return this.#nextChunked();
      case "trailers":
        return this.#at === this.#end ? this.#needMore() : this.#nextBlock();
      case "until-close": {
        if (this.#at === this.#end) return this.#needMore();
        if (this.#left === 0) {
          return this.#break(bodyTooLarge("a body of more", this.limits.maxBodyBytes));
        }
        const length = Math.min(this.#left, this.#end - this.#at);
        this.#left -= length;
        return this.#tell(this.#at, this.#at + length);
      }
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
    const detail = `the connection was closed in the middle of a message's ${where}`;
    return this.#break(violation(400, "truncated", detail, "RFC 9112 §8"));
  }

  #nextHead(): HttpEvent<H> {
    if (this.#at === this.#end) return this.#needMore();
    if (this.#scanner === undefined) {
      const byte = this.#chunk[this.#at]!;
      if (byte === CR || this.#emptyBytes % 2 === 1) {
        const problem = this.#skipEmptyLines();
        if (problem !== undefined) return this.#break(problem);
        if (this.#at === this.#end) return this.#needMore();
      }
      const known = this.#memo?.find(this.#chunk, this.#at, this.#end, this.headContext);
      if (known !== undefined) {
        this.#at += known.head.wireBytes;
        return this.#giveHead(known);
      }
    }
    return this.#nextBlock();
  }

  #skipEmptyLines(): HttpViolation | undefined {
    while (this.#at < this.#end && this.#emptyBytes < this.maxEmptyBytes) {
      const byte = this.#chunk[this.#at];
      if (this.#emptyBytes % 2 === 0) {
        if (byte !== CR) break;
      } else if (byte !== LF) {
        return violation(400, "bare-cr", "CR without LF before the head", "RFC 9112 §2.2");
      }
      this.#emptyBytes++;
      this.#at++;
    }
    return undefined;
  }

  /** Reads on in a head or trailer section. */
  #nextBlock(): HttpEvent<H> {
    const isHead = this.#state === "head";
    const scanner = this.#scanner ?? this.#beginBlock(isHead);
    // Where the block begins in the offsets of this chunk: before it, when it straddles.
    const base = this.#at - (this.#straddle?.length ?? 0);
    const stop = Math.min(this.#end, base + this.limits.maxHeadBytes);
    // And in the bytes that `#gather` gives.
    const origin = this.#straddle === undefined ? base : 0;
    let at = this.#at;
    for (;;) {
      const step = scanner.scan(this.#chunk, at, stop, base);
      at = scanner.at;
      switch (step) {
        case "need-more":
          this.#keep(at);
          if (at - base === this.limits.maxHeadBytes) {
            const startLine = scanner.inStartLine;
            return this.#break(
              startLine ? this.startLineTooLong() : blockTooLarge(isHead, this.limits.maxHeadBytes),
            );
          }
          return this.#needMore();
        case "line": {
          const bytes = this.#gather(at);
          const problem = this.readStartLine(bytes, origin, origin + at - base);
          if (problem !== undefined) return this.#break(problem);
          break;
        }
        case "bad": {
          const bytes = this.#gather(at);
          return this.#break(this.#nameFault(scanner, bytes, origin, origin + at - base));
        }
        case "end": {
          const bytes = this.#gather(at);
          return this.#blockComplete(isHead, scanner, bytes, origin, at);
        }
        default:
          return assertNever(step);
      }
    }
  }

  #beginBlock(isHead: boolean): HeadScanner {
    const scanner = spareScanner ?? new HeadScanner();
    spareScanner = undefined;
    scanner.begin(isHead ? this.startWord : undefined, this.limits.maxHeaders);
    this.#scanner = scanner;
    return scanner;
  }

  /** Keeps the bytes of the block up to `to`, as the chunk will not be there when the rest comes. */
  #keep(to: number): void {
    this.#straddle ??= new Straddle(this.limits.maxHeadBytes);
    this.#bytesCopied += this.#straddle.append(this.#chunk, this.#at, to);
    this.#at = to;
  }

  /** The bytes of the block up to `to` in one piece: in the chunk, when it lies in it whole. */
  #gather(to: number): Buffer {
    if (this.#straddle === undefined) return this.#chunk;
    this.#keep(to);
    return this.#straddle.bytes;
  }

  /** The block stands in `bytes` from `origin`; it ended at `to` of the chunk. */
  #blockComplete(
    isHead: boolean,
    scanner: HeadScanner,
    bytes: Buffer,
    origin: number,
    to: number,
  ): HttpEvent<H> {
    const end = this.#straddle === undefined ? to : this.#straddle.length;
    this.#at = to;
    this.#straddle = undefined;
    this.#scanner = undefined;
    spareScanner = scanner;
    if (!isHead && scanner.fieldCount === 0) {
      this.#state = "head";
      return END;
    }
    const text = bytes.toString("latin1", origin, end);
    if (!isHead) {
      this.#state = "head";
      return { kind: "end", trailers: headerBlock(scanner, bytes, origin, text) };
    }
    const memo = this.#memo;
    const context = this.headContext;
    const known = memo?.recall(text, context);
    if (known !== undefined) return this.#giveHead(known);
    const head = this.readHead(text, headerBlock(scanner, bytes, origin, text));
    if (head.kind === "violation") return this.#break(head);
    const event: HeadEvent<H> = { kind: "head", head: head as H };
    memo?.note(text, context, event);
    return this.#giveHead(event);
  }

  #giveHead(event: HeadEvent<H>): HttpEvent<H> {
    const { body } = event.head;
    this.#emptyBytes = 0;
    this.begun(event.head);
    switch (body.kind) {
      case "length":
        this.#left = body.length;
        this.#state = body.length === 0 ? "end" : "length";
        break;
      case "chunked":
        this.#chunked ??= new ChunkedDecoder();
        this.#chunked.begin(this.limits.maxBodyBytes);
        this.#state = "chunked";
        break;
      case "until-close":
        this.#left = this.limits.maxBodyBytes;
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
    switch (step) {
      case "data":
        return this.#tell(decoder.dataStart, decoder.at);
      case "need-more":
        this.#at = decoder.at;
        return this.#needMore();
      case "last":
        this.#at = decoder.at;
        this.#state = "trailers";
        return this.next();
      case "violation":
        return this.#break(decoder.violation!);
      default:
        return assertNever(step);
    }
  }

  #tell(start: number, end: number): DataEvent {
    this.#at = end;
    if (this.#data === undefined) {
      this.#data = { kind: "data", chunk: this.#chunk, start, end };
      return this.#data;
    }
    this.#data.chunk = this.#chunk;
    this.#data.start = start;
    this.#data.end = end;
    return this.#data;
  }

  /** The chunk is used up: a parser that waits must not keep it alive. */
  #needMore(): NeedMore {
    this.#chunk = EMPTY;
    if (this.#data !== undefined) this.#data.chunk = EMPTY;
    return NEED_MORE;
  }

  #nameFault(scanner: HeadScanner, bytes: Buffer, origin: number, end: number): HttpViolation {
    if (scanner.fault === "bad-start") {
      return tlsInstead(bytes[origin]!) ?? this.badStartLine(bytes, origin, end);
    }
    const line = shown(bytes, origin + scanner.lineStart, end);
    return brokenLine(scanner.fault, line, this.limits.maxHeaders);
  }

  #break(what: HttpViolation): HttpViolation {
    this.#state = "broken";
    this.#violation = what;
    this.#letGo();
    return what;
  }

  #letGo(): void {
    this.#needMore();
    if (this.#scanner !== undefined) spareScanner = this.#scanner;
    this.#scanner = undefined;
    this.#straddle = undefined;
    this.#chunked = undefined;
  }
}
