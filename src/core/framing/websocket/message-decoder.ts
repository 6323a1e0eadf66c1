/**
 * Whole messages (RFC 6455 section 5.4): a view when a message came as one frame in one chunk, else gathered, once,
 * within a limit that is held before anything is stored. Text is UTF-8 or a violation (section 8.1).
 *
 * The same pull machine as `FrameDecoder`, which it stands on: `feed`, `next` until `need-more`; lent chunks are
 * unmasked in place; events are reused. Compressed messages are inflated, within the same limit.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { Straddle } from "../straddle.ts";
import { inflateMessage } from "./deflate.ts";
import {
  DEFAULT_MAX_FRAME_BYTES,
  type FrameDataEvent,
  FrameDecoder,
  type FrameHeaderEvent,
} from "./frame-decoder.ts";
import {
  type CloseEvent,
  type ControlEvent,
  type NeedMore,
  OPCODE,
  type Role,
  violation,
  type WebSocketViolation,
} from "./types.ts";

/** A whole message: bytes `start` to `end` of `chunk`, valid until the next call. */
export interface MessageEvent {
  readonly kind: "message";
  /** UTF-8, checked; else binary. */
  text: boolean;
  chunk: Buffer;
  start: number;
  end: number;
}

export type MessageDecoderEvent = MessageEvent | ControlEvent | CloseEvent | NeedMore | WebSocketViolation;

const EMPTY = Buffer.alloc(0);
/** Up to here looking at each byte is cheaper than a view for `isUtf8`. */
const SHORT_TEXT_BYTES = 64;

export class MessageDecoder {
  readonly #frames: FrameDecoder;
  readonly #maxMessageBytes: number;
  readonly #message: MessageEvent = { kind: "message", text: false, chunk: EMPTY, start: 0, end: 0 };
  /** What of the message is gathered; undefined while it lies in one chunk. */
  #gathered: Straddle | undefined;
  #text = false;
  #compressed = false;
  /** Bytes that the frames of this message announced so far. */
  #announced = 0;
  /** The frame that is being read is the last of its message. */
  #final = false;
  #bytesCopied = 0;
  #violation: WebSocketViolation | undefined;

  /** `deflate`: permessage-deflate was agreed on. */
  constructor(role: Role, maxMessageBytes: number = DEFAULT_MAX_FRAME_BYTES, deflate = false) {
    this.#frames = new FrameDecoder(role, maxMessageBytes, deflate);
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Bytes that were copied because a message straddled chunks or came in fragments. */
  get bytesCopied(): number {
    return this.#bytesCopied + this.#frames.bytesCopied;
  }

  /** No message is begun: closing now loses nothing. */
  get idle(): boolean {
    return this.#violation === undefined && this.#frames.idle;
  }

  /** Lends bytes `start` to `end` of a chunk, to be unmasked in place; the earlier one must be used up. */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#frames.feed(chunk, start, end);
  }

  next(): MessageDecoderEvent {
    if (this.#violation !== undefined) return this.#violation;
    for (;;) {
      const part = this.#frames.next();
      switch (part.kind) {
        case "header": {
          if (part.opcode !== OPCODE.continuation) this.#begin(part);
          this.#announced += part.length;
          this.#final = part.final;
          if (this.#announced > this.#maxMessageBytes) return this.#tooLarge();
          break;
        }
        case "data": {
          const whole =
            this.#final && this.#gathered === undefined && part.end - part.start === this.#announced;
          if (whole) {
            // Its end, which holds nothing, is taken along.
            this.#frames.next();
            return this.#complete(part.chunk, part.start, part.end);
          }
          this.#gather(part);
          break;
        }
        case "end": {
          if (!this.#final) break;
          const gathered = this.#gathered;
          this.#gathered = undefined;
          if (gathered === undefined) return this.#complete(EMPTY, 0, 0);
          return this.#complete(gathered.bytes, 0, gathered.length);
        }
        case "violation":
          return this.#break(part);
        case "need-more":
          this.#message.chunk = EMPTY;
          return part;
        default:
          return part;
      }
    }
  }

  /** The peer closed its side: undefined between messages and after a close, else a violation. */
  finish(): WebSocketViolation | undefined {
    if (this.#violation !== undefined) return this.#violation;
    const violation = this.#frames.finish();
    return violation === undefined ? undefined : this.#break(violation);
  }

  #begin({ opcode, compressed }: FrameHeaderEvent): void {
    this.#text = opcode === OPCODE.text;
    this.#compressed = compressed;
    this.#announced = 0;
  }

  #gather({ chunk, start, end }: FrameDataEvent): void {
    // A final frame tells how much there will be at most; before that only the limit does.
    this.#gathered ??= new Straddle(this.#final ? this.#announced : this.#maxMessageBytes);
    this.#bytesCopied += this.#gathered.append(chunk, start, end);
  }

  #complete(chunk: Buffer, start: number, end: number): MessageEvent | WebSocketViolation {
    return this.#compressed ? this.#inflate(chunk, start, end) : this.#tell(chunk, start, end);
  }

  #inflate(chunk: Buffer, start: number, end: number): MessageEvent | WebSocketViolation {
    const message = inflateMessage(chunk.subarray(start, end), this.#maxMessageBytes);
    if (message === "corrupt") {
      return this.#break(
        violation(1007, "bad-deflate", "a compressed message that cannot be inflated", "7.4.1"),
      );
    }
    if (message === "too-large") {
      const detail = `a compressed message of more than the ${this.#maxMessageBytes} bytes that are allowed`;
      return this.#break(violation(1009, "message-too-large", detail, "10.4"));
    }
    return this.#tell(message, 0, message.length);
  }

  #tell(chunk: Buffer, start: number, end: number): MessageEvent | WebSocketViolation {
    if (this.#text && !isText(chunk, start, end)) {
      return this.#break(violation(1007, "not-utf-8", "a text message that is not UTF-8", "8.1"));
    }
    const message = this.#message;
    message.text = this.#text;
    message.chunk = chunk;
    message.start = start;
    message.end = end;
    return message;
  }

  #tooLarge(): WebSocketViolation {
    const detail = `a message of ${this.#announced} bytes, ${this.#maxMessageBytes} are allowed`;
    return this.#break(violation(1009, "message-too-large", detail, "10.4"));
  }

  #break(violation: WebSocketViolation): WebSocketViolation {
    this.#violation = violation;
    this.#gathered = undefined;
    this.#message.chunk = EMPTY;
    return violation;
  }
}

function isText(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= SHORT_TEXT_BYTES) {
    let at = start;
    while (at < end && bytes[at]! < 0x80) at++;
    if (at === end) return true;
  }
  return isUtf8(bytes.subarray(start, end));
}
