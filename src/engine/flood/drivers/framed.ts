/**
 * Length-prefixed frames on one connection: each frame that comes is the answer to the oldest request, or, with a
 * correlation id in the payload, to the one that it names. Payload is looked at where it lies and never gathered.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../../../core/exhaustive.ts";
import {
  encodeFrame,
  LengthPrefixedDecoder,
  type LengthPrefixOptions,
} from "../../../core/framing/length-prefixed.ts";
import type { IdField } from "../plan.ts";
import {
  type Conversation,
  closedBy,
  failed,
  type Line,
  type Telling,
  WRONG_ANSWER,
} from "./conversation.ts";
import { CorrelationIds } from "./correlation.ts";
import { type Loss, OLDEST, UNSOLICITED } from "./driver.ts";
import { Expected } from "./expected.ts";
import { bindRequests, Outbox, type RequestBook } from "./request-book.ts";

export interface FramedOptions {
  readonly length: LengthPrefixOptions;
  /** They take turns; one at least. With an id and `echo`, one. */
  readonly payloads: readonly Buffer[];
  readonly depth: number;
  readonly id: IdField | undefined;
  /** An answer has to be what was sent. */
  readonly echo: boolean;
}

/** What all connections of a thread share. */
export interface FramedBook {
  readonly options: FramedOptions;
  readonly frames: readonly Buffer[];
  readonly book: RequestBook;
}

/** @throws RangeError when the payload does not fit its length field */
export function bindFrames(options: FramedOptions): FramedBook {
  const frames = options.payloads.map((payload) => encodeFrame(payload, options.length));
  return { options, frames, book: bindRequests(frames, options.id === undefined ? options.depth : 1) };
}

/** More than this waits, beside requests that were given up, only for a peer that does not read. */
const MOST_QUEUED_BYTES = 8 * 1024 * 1024;

export class Framed implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #decoder: LengthPrefixedDecoder;
  readonly #outbox: Outbox;
  readonly #ids: CorrelationIds | undefined;
  /** By payload. */
  readonly #expected: readonly Expected[] | undefined;
  readonly #frames: readonly Buffer[];
  readonly #payloads: readonly Buffer[];
  /** Whose turn it is to be sent, and what the next answer has to be. */
  #next: number;
  #answer: number;
  /** Frames with ids that leave with the next flush. */
  #pending: Buffer[] = [];
  #firstByteUs = 0;
  /** Bytes of the payload that is being read. */
  #at = 0;

  constructor(line: Line, tell: Telling, { options, frames, book }: FramedBook) {
    const { id, payloads, depth, echo, length } = options;
    this.#line = line;
    this.#tell = tell;
    this.#frames = frames;
    this.#payloads = payloads;
    this.#next = line.slot % frames.length;
    this.#answer = this.#next;
    this.#decoder = new LengthPrefixedDecoder(length);
    this.#outbox = new Outbox(book, (bytes) => line.write(bytes));
    this.#ids = id === undefined ? undefined : new CorrelationIds(id, depth);
    this.#expected = echo ? payloads.map((payload) => new Expected(payload, id)) : undefined;
  }

  begin(): boolean {
    return true;
  }

  send(_target: number, seat: number): number {
    const turn = this.#next;
    this.#next = turn + 1 === this.#frames.length ? 0 : turn + 1;
    if (this.#ids === undefined) return this.#outbox.send(turn);
    const frame = Buffer.from(this.#frames[turn]!);
    this.#ids.give(seat, frame, frame.length - this.#payloads[turn]!.length);
    this.#pending.push(frame);
    return frame.length;
  }

  flush(): void {
    if (this.#ids === undefined) {
      this.#outbox.flush();
      return;
    }
    if (this.#pending.length === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#line.write(bytes);
  }

  /** With an id a late answer is known for what it is; without, it would be taken for the next request's. */
  abandon(seat: number): boolean {
    if (this.#ids === undefined || this.#line.queued > MOST_QUEUED_BYTES) return false;
    this.#ids.abandon(seat);
    return true;
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
    const decoder = this.#decoder;
    decoder.feed(buffer, 0, bytes);
    if (this.#firstByteUs === 0) this.#firstByteUs = now;
    for (;;) {
      const part = decoder.nextPart();
      switch (part.kind) {
        case "header":
          if (this.#firstByteUs === 0) this.#firstByteUs = now;
          this.#at = 0;
          this.#expected?.[this.#answer]?.begin(part.length);
          this.#ids?.begin();
          break;
        case "data":
          this.#expected?.[this.#answer]?.take(part.chunk, part.start, part.end, this.#at);
          this.#ids?.take(part.chunk, part.start, part.end, this.#at);
          this.#at += part.end - part.start;
          break;
        case "end": {
          const loss = this.#answered(now);
          if (loss !== undefined) return loss;
          if (this.#line.closed) return undefined;
          break;
        }
        case "need-more":
          if (decoder.idle) this.#firstByteUs = 0;
          return undefined;
        case "violation":
          return failed("protocol", part.detail);
        default:
          assertNever(part);
      }
    }
  }

  ended(): Loss {
    return closedBy(!this.#decoder.idle);
  }

  #answered(now: number): Loss | undefined {
    const firstByteUs = this.#firstByteUs;
    this.#firstByteUs = 0;
    let seat = OLDEST;
    if (this.#ids !== undefined) {
      const named = this.#ids.seat();
      if (named.kind === "late") return undefined;
      if (named.kind === "unknown") return { kind: "failed", failure: UNSOLICITED };
      seat = named.seat;
    }
    const isWrong = this.#expected?.[this.#answer]?.holds === false;
    this.#answer = this.#answer + 1 === this.#frames.length ? 0 : this.#answer + 1;
    if (isWrong) this.#tell.failed(this.#line.slot, seat, now, WRONG_ANSWER);
    else this.#tell.answered(this.#line.slot, seat, 0, firstByteUs, now);
    return undefined;
  }
}
