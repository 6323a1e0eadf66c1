/**
 * Reads the head of one frame (RFC 6455 section 5.2), byte by byte, whatever chunks it comes in. Every rule that a
 * head alone can break is held here, each as soon as its byte is there and before anything is allocated.
 *
 *     |F|RSV|opcode|M|length| 16 or 64 bits more |  key  |
 */
import type { Cursor } from "../cursor.ts";
import {
  MAX_CONTROL_BYTES,
  OPCODE,
  type Opcode,
  type Role,
  violation,
  type WebSocketViolation,
} from "./types.ts";

const FIN = 0x80;
const RESERVED = 0x70;
/** RSV1: of a message that permessage-deflate compressed (RFC 7692 section 6). */
const COMPRESSED = 0x40;
const OPCODE_BITS = 0x0f;
const MASKED = 0x80;
const KEY_BYTES = 4;

type Progress = "complete" | "need-more" | WebSocketViolation;

export class FrameHead {
  readonly #role: Role;
  readonly #maxFrameBytes: number;
  readonly #deflate: boolean;
  /** Bytes read of the head that is begun. */
  #read = 0;
  /** Where its length ends, and where it does, as far as that is known. */
  #lengthEnd = 2;
  #headEnd = 2;

  opcode: Opcode = OPCODE.continuation;
  final = false;
  compressed = false;
  masked = false;
  /** Payload bytes. */
  length = 0;
  /** Masking key, highest byte first; 0 without. */
  key = 0;

  constructor(role: Role, maxFrameBytes: number, deflate: boolean) {
    this.#role = role;
    this.#deflate = deflate;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** No byte of a head has been read. */
  get idle(): boolean {
    return this.#read === 0;
  }

  get isControl(): boolean {
    return this.opcode >= OPCODE.close;
  }

  /** Reads on; after `complete` the fields hold until the next call. */
  read(cursor: Cursor): Progress {
    for (;;) {
      const byte = cursor.takeByte();
      if (byte < 0) return "need-more";
      const fault = this.#take(byte);
      if (fault !== undefined) return fault;
      if (this.#read >= 2 && this.#read === this.#headEnd) {
        this.#read = 0;
        return "complete";
      }
    }
  }

  #take(byte: number): WebSocketViolation | undefined {
    const at = this.#read++;
    if (at === 0) return this.#first(byte);
    if (at === 1) return this.#second(byte);
    if (at < this.#lengthEnd) {
      if (at === 2 && this.#lengthEnd === 10 && byte >= 0x80) {
        return violation(1002, "bad-length", "a length whose highest bit is set", "5.2");
      }
      this.length = this.length * 256 + byte;
      return this.#read === this.#lengthEnd ? this.#checkLength() : undefined;
    }
    this.key = (this.key << 8) | byte;
    return undefined;
  }

  #first(byte: number): WebSocketViolation | undefined {
    const opcode = byte & OPCODE_BITS;
    // Only the first frame of a message says that it is compressed.
    this.compressed =
      this.#deflate &&
      (byte & RESERVED) === COMPRESSED &&
      (opcode === OPCODE.text || opcode === OPCODE.binary);
    if ((byte & RESERVED) !== 0 && !this.compressed) {
      const detail = this.#deflate
        ? "a reserved bit is set that permessage-deflate does not set here"
        : "a reserved bit is set, and no extension was agreed on";
      return violation(1002, "reserved-bits", detail, "5.2");
    }
    if ((opcode > OPCODE.binary && opcode < OPCODE.close) || opcode > OPCODE.pong) {
      return violation(1002, "reserved-opcode", `opcode ${opcode} is reserved`, "5.2");
    }
    this.opcode = opcode as Opcode;
    this.final = (byte & FIN) !== 0;
    if (opcode >= OPCODE.close && !this.final) {
      return violation(1002, "fragmented-control-frame", "a control frame in fragments", "5.5");
    }
    return undefined;
  }

  #second(byte: number): WebSocketViolation | undefined {
    this.masked = byte >= MASKED;
    if (this.masked && this.#role === "client") {
      return violation(1002, "masked", "a server's frame is masked", "5.1");
    }
    if (!this.masked && this.#role === "server") {
      return violation(1002, "not-masked", "a client's frame is not masked", "5.1");
    }
    const short = byte & 0x7f;
    if (this.isControl && short > MAX_CONTROL_BYTES) {
      return violation(1002, "long-control-frame", "a control frame of more than 125 bytes", "5.5");
    }
    this.#lengthEnd = short === 127 ? 10 : short === 126 ? 4 : 2;
    this.#headEnd = this.masked ? this.#lengthEnd + KEY_BYTES : this.#lengthEnd;
    this.key = 0;
    this.length = this.#lengthEnd === 2 ? short : 0;
    return this.#lengthEnd === 2 ? this.#checkLength() : undefined;
  }

  #checkLength(): WebSocketViolation | undefined {
    const { length } = this;
    if ((this.#lengthEnd === 4 && length <= 125) || (this.#lengthEnd === 10 && length <= 0xffff)) {
      return violation(1002, "bad-length", `a length of ${length} in more bytes than it needs`, "5.2");
    }
    if (length > this.#maxFrameBytes) {
      const detail = `a frame of ${length} bytes, ${this.#maxFrameBytes} are allowed`;
      return violation(1009, "frame-too-large", detail, "10.4");
    }
    return undefined;
  }
}
