/**
 * Raw bytes on one connection: each request is written as it is, and its answer is a number of bytes, or all up to a
 * terminator, or all up to what a regular expression finds.
 */
import type { Buffer } from "node:buffer";
import { assertNever } from "../../../core/exhaustive.ts";
import {
  type Conversation,
  closedBy,
  failed,
  type Line,
  type Telling,
  WRONG_ANSWER,
} from "./conversation.ts";
import { type Loss, OLDEST } from "./driver.ts";
import { Expected } from "./expected.ts";
import { Outbox, type RequestBook } from "./request-book.ts";

/** Where an answer ends. */
export type AnswerEnd =
  | { readonly kind: "bytes"; readonly count: number }
  | { readonly kind: "until"; readonly terminator: Buffer }
  /** Looked for in the answer as Latin-1, so that a byte is a character. */
  | { readonly kind: "match"; readonly pattern: RegExp };

export interface RawOptions {
  readonly book: RequestBook;
  readonly answer: AnswerEnd;
  /** An answer has to be these bytes. */
  readonly echo: Buffer | undefined;
}

/** An answer that a pattern has not found by then never will be. */
const MAX_UNMATCHED = 1024 * 1024;

export class Raw implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #answer: AnswerEnd;
  readonly #outbox: Outbox;
  readonly #expected: Expected | undefined;
  #firstByteUs = 0;
  /** Bytes of the answer so far; of the terminator, how many match at the end. */
  #at = 0;
  #matched = 0;
  #text = "";

  constructor(line: Line, tell: Telling, { book, answer, echo }: RawOptions) {
    this.#line = line;
    this.#tell = tell;
    this.#answer = answer;
    this.#outbox = new Outbox(book, (bytes) => line.write(bytes));
    this.#expected = echo === undefined ? undefined : new Expected(echo, undefined);
    this.#begin();
  }

  begin(): boolean {
    return true;
  }

  send(target: number): number {
    return this.#outbox.send(target);
  }

  flush(): void {
    this.#outbox.flush();
  }

  abandon(): boolean {
    return false;
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
    let at = 0;
    while (at < bytes) {
      if (this.#firstByteUs === 0) this.#firstByteUs = now;
      const end = this.#end(buffer, at, bytes);
      if (end < 0) return failed("protocol", `the answer does not end within ${MAX_UNMATCHED} bytes`);
      this.#expected?.take(buffer, at, Math.min(end, bytes), this.#at);
      this.#at += Math.min(end, bytes) - at;
      if (end > bytes) return undefined;
      at = end;
      this.#answered(now);
      if (this.#line.closed) return undefined;
    }
    return undefined;
  }

  ended(): Loss {
    return closedBy(this.#at > 0);
  }

  #answered(now: number): void {
    const firstByteUs = this.#firstByteUs;
    this.#firstByteUs = 0;
    const wrong = this.#expected !== undefined && !(this.#expected.holds && this.#at === this.#length());
    this.#begin();
    if (wrong) this.#tell.failed(this.#line.slot, OLDEST, now, WRONG_ANSWER);
    else this.#tell.answered(this.#line.slot, OLDEST, 0, firstByteUs, now);
  }

  #begin(): void {
    this.#at = 0;
    this.#matched = 0;
    this.#text = "";
    this.#expected?.begin(this.#length());
  }

  #length(): number {
    return this.#expected?.length ?? 0;
  }

  /** Offset behind the answer that goes on at `at`; beyond `bytes` while it has not ended; −1 when it never will. */
  #end(buffer: Buffer, at: number, bytes: number): number {
    const answer = this.#answer;
    switch (answer.kind) {
      case "bytes": {
        const end = at + answer.count - this.#at;
        return end <= bytes ? end : bytes + 1;
      }
      case "until":
        return this.#terminator(answer.terminator, buffer, at, bytes);
      case "match":
        return this.#match(answer.pattern, buffer, at, bytes);
      default:
        return assertNever(answer);
    }
  }

  #terminator(terminator: Buffer, buffer: Buffer, at: number, bytes: number): number {
    let from = at;
    // A part of it came with the read before: byte by byte until that is decided.
    while (this.#matched > 0 && from < bytes) {
      if (buffer[from] === terminator[this.#matched]) {
        from++;
        this.#matched++;
        if (this.#matched === terminator.length) return from;
      } else {
        this.#matched = borderOf(terminator, this.#matched);
      }
    }
    if (from === bytes) return bytes + 1;
    const found = buffer.subarray(0, bytes).indexOf(terminator, from);
    if (found >= 0) return found + terminator.length;
    let tail = Math.min(terminator.length - 1, bytes - from);
    while (tail > 0 && buffer.compare(terminator, 0, tail, bytes - tail, bytes) !== 0) tail--;
    this.#matched = tail;
    return bytes + 1;
  }

  #match(pattern: RegExp, buffer: Buffer, at: number, bytes: number): number {
    const before = this.#text.length;
    this.#text += buffer.toString("latin1", at, bytes);
    const found = pattern.exec(this.#text);
    if (found === null) return this.#text.length > MAX_UNMATCHED ? -1 : bytes + 1;
    // What is found lies at least partly in the new bytes, else it had been found before; an empty find takes one byte.
    return at + Math.max(1, found.index + found[0].length - before);
  }
}

/** Length of the longest proper begin of the terminator that is also the end of its first `length` bytes. */
function borderOf(terminator: Buffer, length: number): number {
  for (let border = length - 1; border > 0; border--) {
    if (terminator.compare(terminator, 0, border, length - border, length) === 0) return border;
  }
  return 0;
}
