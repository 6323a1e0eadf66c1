/**
 * Frames as they come (RFC 6455 section 5): header, data and end of data frames, which are never copied; ping, pong
 * and close whole, between them.
 *
 *     head ──► data payload ──► head …        header, data*, end
 *      ├─────► control payload ─► head …      ping | pong
 *      │            └──► closed               close: what follows is ignored (section 5.5.1)
 *      └─────► broken                         violation, for good
 *
 * A pull machine over lent bytes: `feed`, then `next` until it answers `need-more`. A lent chunk is unmasked where it
 * lies, so it is the decoder's to write to until then. Events are reused: valid until the next call. Text is not
 * checked here, since a character may lie across two pieces: `MessageDecoder` does that.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../../exhaustive.ts";
import { Cursor } from "../cursor.ts";
import { readClose } from "./close.ts";
import { FrameHead } from "./frame-head.ts";
import { maskInPlace } from "./mask.ts";
import {
  type CloseEvent,
  type ControlEvent,
  MAX_CONTROL_BYTES,
  NEED_MORE,
  type NeedMore,
  OPCODE,
  type Opcode,
  type Role,
  violation,
  type WebSocketViolation,
} from "./types.ts";

/** More than any message of a test, less than any accident. */
export const DEFAULT_MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** A data frame begins; its payload has `length` bytes. */
export interface FrameHeaderEvent {
  readonly kind: "header";
  /** Continuation, text or binary. */
  opcode: Opcode;
  final: boolean;
  /** The message that it begins is compressed (RFC 7692). */
  compressed: boolean;
  length: number;
}

/** Payload bytes as they came, unmasked: bytes `start` to `end` of `chunk`. */
export interface FrameDataEvent {
  readonly kind: "data";
  chunk: Buffer;
  start: number;
  end: number;
}

export interface FrameEndEvent {
  readonly kind: "end";
}

export type FramePart =
  | FrameHeaderEvent
  | FrameDataEvent
  | FrameEndEvent
  | ControlEvent
  | CloseEvent
  | NeedMore
  | WebSocketViolation;

const END: FrameEndEvent = { kind: "end" };
const EMPTY = Buffer.alloc(0);

type State =
  | { readonly kind: "head" }
  | { readonly kind: "data" }
  | { readonly kind: "ended" }
  | { readonly kind: "control" }
  | { readonly kind: "closed" }
  | { readonly kind: "broken"; readonly violation: WebSocketViolation };

// The states of the hot path carry nothing, so one of each serves all decoders.
const HEAD: State = { kind: "head" };
const DATA: State = { kind: "data" };
const ENDED: State = { kind: "ended" };
const CONTROL: State = { kind: "control" };
const CLOSED: State = { kind: "closed" };

export class FrameDecoder {
  readonly #cursor = new Cursor(MAX_CONTROL_BYTES);
  readonly #head: FrameHead;
  #state: State = HEAD;
  /** Payload bytes of the frame that were given already. */
  #given = 0;
  /** A fragmented message is open: what comes next is a continuation (section 5.4). */
  #open = false;
  readonly #header: FrameHeaderEvent = {
    kind: "header",
    opcode: OPCODE.binary,
    final: true,
    compressed: false,
    length: 0,
  };
  readonly #data: FrameDataEvent = { kind: "data", chunk: EMPTY, start: 0, end: 0 };
  #control: ControlEvent | undefined;

  /** `deflate`: permessage-deflate was agreed on. */
  constructor(role: Role, maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES, deflate = false) {
    this.#head = new FrameHead(role, maxFrameBytes, deflate);
  }

  /** Bytes of control frames that had to be copied because they straddled chunks. */
  get bytesCopied(): number {
    return this.#cursor.bytesCopied;
  }

  /** Neither a frame nor a message is begun: closing now loses nothing. */
  get idle(): boolean {
    const between = this.#state === HEAD && this.#head.idle && !this.#open && this.#cursor.available === 0;
    return between || this.#state === CLOSED;
  }

  /** Lends bytes `start` to `end` of a chunk, to be unmasked in place; the earlier one must be used up. */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#cursor.feed(chunk, start, end);
  }

  next(): FramePart {
    const state = this.#state;
    switch (state.kind) {
      case "head":
        return this.#readHead();
      case "data":
        return this.#readData();
      case "ended":
        this.#state = HEAD;
        return END;
      case "control":
        return this.#readControl();
      case "closed":
        this.#cursor.feed(EMPTY, 0, 0);
        return this.#wait();
      case "broken":
        return state.violation;
      default:
        return assertNever(state);
    }
  }

  /** The peer closed its side: undefined between messages and after a close, else a violation. */
  finish(): WebSocketViolation | undefined {
    if (this.#state.kind === "broken") return this.#state.violation;
    if (this.idle) return undefined;
    const what = this.#state === HEAD && this.#head.idle ? "between fragments" : "in the middle of a frame";
    return this.#break(violation(1002, "truncated", `the connection was closed ${what}`, "7.1.1"));
  }

  #readHead(): FramePart {
    const head = this.#head;
    const progress = head.read(this.#cursor);
    if (progress === "need-more") return this.#wait();
    if (progress !== "complete") return this.#break(progress);
    if (head.isControl) {
      this.#state = CONTROL;
      return this.#readControl();
    }
    if ((head.opcode === OPCODE.continuation) !== this.#open) {
      const detail = this.#open
        ? "a new message before the last fragment of the one that is open"
        : "a continuation of no message";
      return this.#break(violation(1002, "bad-sequence", detail, "5.4"));
    }
    this.#open = !head.final;
    this.#given = 0;
    this.#state = head.length === 0 ? ENDED : DATA;
    const header = this.#header;
    header.opcode = head.opcode;
    header.final = head.final;
    header.compressed = head.compressed;
    header.length = head.length;
    return header;
  }

  #readData(): FramePart {
    const cursor = this.#cursor;
    const head = this.#head;
    if (!cursor.takeSome(head.length - this.#given)) return this.#wait();
    const { bytes, start, end } = cursor;
    if (head.masked) maskInPlace(bytes, start, end, head.key, this.#given);
    this.#given += end - start;
    if (this.#given === head.length) this.#state = ENDED;
    const data = this.#data;
    data.chunk = bytes;
    data.start = start;
    data.end = end;
    return data;
  }

  #readControl(): FramePart {
    const cursor = this.#cursor;
    const head = this.#head;
    if (!cursor.take(head.length)) return this.#wait();
    const { bytes, start, end } = cursor;
    if (head.masked) maskInPlace(bytes, start, end, head.key);
    if (head.opcode === OPCODE.close) {
      const close = readClose(bytes, start, end);
      if (close.kind === "violation") return this.#break(close);
      this.#state = CLOSED;
      return close;
    }
    this.#state = HEAD;
    this.#control = { kind: head.opcode === OPCODE.ping ? "ping" : "pong", chunk: bytes, start, end };
    return this.#control;
  }

  /** The chunk is used up: a decoder that waits must not keep it alive. */
  #wait(): NeedMore {
    this.#cursor.release();
    this.#data.chunk = EMPTY;
    if (this.#control !== undefined) this.#control.chunk = EMPTY;
    return NEED_MORE;
  }

  #break(violation: WebSocketViolation): WebSocketViolation {
    this.#state = { kind: "broken", violation };
    this.#cursor.drop();
    return violation;
  }
}
