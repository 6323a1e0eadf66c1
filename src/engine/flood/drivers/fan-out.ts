/**
 * One connection sends, all others listen: what the server passes on is timed from the moment a message was sent to each
 * receipt of it. A message is known by a mark in its text, wherever the server puts it: two letters, the run, its number.
 *
 *     nk 5f3a9c 0000002a        16 bytes, so that text stays text
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { nowUs } from "../../../core/clock.ts";
import { deflateMessage } from "../../../core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import type { MessageEvent } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../core/framing/websocket/types.ts";
import { SENDER } from "../fan-out-plan.ts";
import type { Line, Telling } from "./conversation.ts";
import { FanOutBoard, type FanOutTally } from "./fan-out-board.ts";
import type { MessageUse } from "./websocket.ts";

const NUMBER_DIGITS = 8;
/** More than this waits only for a server that does not read. */
const MOST_QUEUED_BYTES = 8 * 1024 * 1024;

export interface FanOutOptions {
  readonly payload: Buffer;
  /** Where in it the mark stands. */
  readonly markAt: number;
  readonly text: boolean;
  readonly deflate: boolean;
  readonly connections: number;
  readonly depth: number;
}

/** What all connections of a run share. */
export interface FanOutBook {
  readonly options: FanOutOptions;
  readonly board: FanOutBoard;
  /** Of this run, without a number. */
  readonly mark: Buffer;
}

export function bindFanOut(options: FanOutOptions, tally: FanOutTally): FanOutBook {
  return {
    options,
    board: new FanOutBoard(options.connections, options.depth, tally),
    mark: Buffer.from(`nk${randomBytes(3).toString("hex")}`, "latin1"),
  };
}

export function fanOutUse(line: Line, tell: Telling, book: FanOutBook): MessageUse {
  return line.slot === SENDER ? new Sender(line, tell, book) : new Listener(line, book);
}

class Sender implements MessageUse {
  readonly #line: Line;
  readonly #book: FanOutBook;
  readonly #keys = new MaskKeys();
  readonly #payload: Buffer;

  constructor(line: Line, tell: Telling, book: FanOutBook) {
    this.#line = line;
    this.#book = book;
    this.#payload = Buffer.from(book.options.payload);
    book.mark.copy(this.#payload, book.options.markAt);
    book.board.completed = (seat, firstUs, now) => {
      tell.answered(SENDER, seat, 0, firstUs, now);
      // Its own connection may be silent for ever.
      tell.settled(SENDER, now);
    };
  }

  send(seat: number): number {
    const { options, board, mark } = this.#book;
    const { markAt, text, deflate: compressed } = options;
    const number = board.send(seat, nowUs());
    const digits = number.toString(16).padStart(NUMBER_DIGITS, "0");
    this.#payload.write(digits, markAt + mark.length, NUMBER_DIGITS, "latin1");
    const frame = encodeFrame(
      text ? OPCODE.text : OPCODE.binary,
      compressed ? deflateMessage(this.#payload) : this.#payload,
      { key: this.#keys.next(), compressed },
    );
    this.#line.write(frame);
    return frame.length;
  }

  flush(): void {}

  /** Messages have numbers, so the next one's receipts are told from this one's. One that has not even left ends all. */
  abandon(seat: number): boolean {
    this.#book.board.giveUp(seat);
    return this.#line.queued <= MOST_QUEUED_BYTES;
  }

  /** A server may send it what it sends to all; it is not asked for. */
  message(): void {}

  gone(): void {
    this.#book.board.giveUpAll();
  }
}

class Listener implements MessageUse {
  readonly #line: Line;
  readonly #book: FanOutBook;

  constructor(line: Line, book: FanOutBook) {
    this.#line = line;
    this.#book = book;
  }

  opened(): void {
    this.#book.board.join(this.#line.slot);
  }

  send(): number {
    throw new Error("who listens sends nothing");
  }

  flush(): void {}

  abandon(): boolean {
    return false;
  }

  message({ chunk, start, end }: MessageEvent, _firstByteUs: number, now: number): void {
    const { board, mark, options } = this.#book;
    const number = numberIn(chunk.subarray(start, end), mark, options.markAt);
    // Of another sender, or with a number that is none.
    board.hear(this.#line.slot, Number.isNaN(number) ? Number.POSITIVE_INFINITY : number, now);
  }

  gone(now: number): void {
    this.#book.board.leave(this.#line.slot, now);
  }
}

/** The number behind the mark, where it was sent or wherever the server has put it; NaN without one. */
function numberIn(message: Buffer, mark: Buffer, markAt: number): number {
  const isThere =
    message.length >= markAt + mark.length &&
    message.compare(mark, 0, mark.length, markAt, markAt + mark.length) === 0;
  const at = isThere ? markAt : message.indexOf(mark);
  if (at === -1) return Number.NaN;
  const from = at + mark.length;
  const digits = message.toString("latin1", from, from + NUMBER_DIGITS);
  return /^[0-9a-f]{8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
}
