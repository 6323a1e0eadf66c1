/**
 * Length-prefixed frames: a length field, then that many bytes. The field is 1, 2, 4 or 8 bytes in either
 * order, or an unsigned LEB128 varint; it may count itself too.
 *
 * The decoder is a pull machine over lent bytes: `feed`, then `next` until it answers `need-more`. Two ways of
 * use: `next` gives whole frames (a view; a copy only when the frame straddles chunks, counted in
 * `bytesCopied`), `nextPart` gives header, data and end as they come and never copies payload. The limit is
 * checked when the length is known and before anything is allocated. Events are reused: valid until the next
 * call.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../exhaustive.ts";
import { Cursor } from "./cursor.ts";

export type LengthWidth = 1 | 2 | 4 | 8 | "varint";

export interface LengthPrefixOptions {
  /** Default 4. */
  readonly width?: LengthWidth;
  /** Default big-endian; a varint has its own order. */
  readonly littleEndian?: boolean;
  /** The length counts its own field too (fixed widths only). */
  readonly includesHeader?: boolean;
  /** Largest payload in bytes. Default 16 MiB: more than any request, less than any accident. */
  readonly maxFrameBytes?: number;
}

export const DEFAULT_MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** As many as 2^53 − 1 takes in LEB128. */
const MAX_VARINT_BYTES = 8;

export interface FrameViolation {
  readonly kind: "violation";
  /** `frame-too-large`, `bad-length` or `truncated`. */
  readonly reason: "frame-too-large" | "bad-length" | "truncated";
  readonly detail: string;
}

/** A whole frame: its payload is bytes `start` to `end` of `chunk`. */
export interface FrameEvent {
  readonly kind: "frame";
  chunk: Buffer;
  start: number;
  end: number;
}

/** A frame begins; its payload has `length` bytes. */
export interface FrameHeader {
  readonly kind: "header";
  length: number;
}

/** Payload bytes as they came. */
export interface FrameData {
  readonly kind: "data";
  chunk: Buffer;
  start: number;
  end: number;
}

export type FramePart = FrameHeader | FrameData | { readonly kind: "end" } | NeedMore | FrameViolation;

interface NeedMore {
  readonly kind: "need-more";
}

const NEED_MORE: NeedMore = { kind: "need-more" };
const END = { kind: "end" } as const;
const EMPTY = Buffer.alloc(0);

/** `length`: reading the length field. `payload`: `left` bytes are to come. `broken`: after a violation. */
type State = "length" | "payload" | "ended" | "broken";

export class LengthPrefixedDecoder {
  readonly #width: LengthWidth;
  readonly #littleEndian: boolean;
  readonly #headerInLength: number;
  readonly #maxFrameBytes: number;
  readonly #cursor: Cursor;
  #frame: FrameEvent | undefined;
  #header: FrameHeader | undefined;
  #data: FrameData | undefined;
  #state: State = "length";
  /** Length field read so far: value, bytes, and place value of the next byte. */
  #value = 0;
  #lengthBytes = 0;
  #scale = 1;
  /** Payload bytes still to come. */
  #left = 0;
  #violation: FrameViolation | undefined;

  /** @throws RangeError for options that contradict each other. */
  constructor(options: LengthPrefixOptions = {}) {
    this.#width = options.width ?? 4;
    this.#littleEndian = options.littleEndian ?? false;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#headerInLength = headerInLength(this.#width, options.includesHeader ?? false);
    this.#cursor = new Cursor(this.#maxFrameBytes);
  }

  /** Payload bytes that had to be copied because a frame straddled chunks. */
  get bytesCopied(): number {
    return this.#cursor.bytesCopied;
  }

  /** No frame is begun: closing now loses nothing. */
  get idle(): boolean {
    return this.#state === "length" && this.#lengthBytes === 0 && this.#cursor.available === 0;
  }

  /** Lends bytes `start` to `end` of a chunk; the earlier one must be used up (`need-more`). */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#cursor.feed(chunk, start, end);
  }

  /** The next whole frame. */
  next(): FrameEvent | NeedMore | FrameViolation {
    if (this.#state === "length" && !this.#readLength()) return this.#wait();
    if (this.#state === "broken") return this.#violation!;
    const cursor = this.#cursor;
    if (!cursor.take(this.#left)) return this.#wait();
    this.#state = "length";
    if (this.#frame === undefined) {
      this.#frame = { kind: "frame", chunk: cursor.bytes, start: cursor.start, end: cursor.end };
      return this.#frame;
    }
    const frame = this.#frame;
    frame.chunk = cursor.bytes;
    frame.start = cursor.start;
    frame.end = cursor.end;
    return frame;
  }

  /** The next piece of a frame: header, data (perhaps several times), end. Not to be mixed with `next`. */
  nextPart(): FramePart {
    switch (this.#state) {
      case "length":
        if (!this.#readLength()) return this.#wait();
        if (this.#left === 0) this.#state = "ended";
        this.#header ??= { kind: "header", length: 0 };
        this.#header.length = this.#left;
        return this.#header;
      case "payload": {
        const cursor = this.#cursor;
        if (!cursor.takeSome(this.#left)) return this.#wait();
        this.#left -= cursor.end - cursor.start;
        if (this.#left === 0) this.#state = "ended";
        this.#data ??= { kind: "data", chunk: cursor.bytes, start: 0, end: 0 };
        const data = this.#data;
        data.chunk = cursor.bytes;
        data.start = cursor.start;
        data.end = cursor.end;
        return data;
      }
      case "ended":
        this.#state = "length";
        return END;
      case "broken":
        return this.#violation!;
      default:
        return assertNever(this.#state);
    }
  }

  /** The peer closed its side: undefined between frames, else a violation. */
  finish(): FrameViolation | undefined {
    if (this.#state === "broken") return this.#violation;
    if (this.idle || this.#state === "ended") return undefined;
    return this.#break("truncated", "the connection was closed in the middle of a frame");
  }

  /** The chunk is used up, or the frame is refused. A decoder that waits must not keep the chunk alive. */
  #wait(): NeedMore | FrameViolation {
    if (this.#state === "broken") return this.#violation!;
    this.#cursor.release();
    if (this.#frame !== undefined) this.#frame.chunk = EMPTY;
    if (this.#data !== undefined) this.#data.chunk = EMPTY;
    return NEED_MORE;
  }

  /** True when the length is known and allowed; the state tells why not. */
  #readLength(): boolean {
    const cursor = this.#cursor;
    const width = this.#width;
    if (width === 4 && this.#lengthBytes === 0 && cursor.available >= 4) {
      cursor.takeSome(4);
      const { bytes, start } = cursor;
      return this.#begin(this.#littleEndian ? bytes.readUInt32LE(start) : bytes.readUInt32BE(start));
    }
    for (;;) {
      const byte = cursor.takeByte();
      if (byte < 0) return false;
      this.#lengthBytes++;
      if (width === "varint") {
        this.#value += (byte & 0x7f) * this.#scale;
        this.#scale *= 128;
        if ((byte & 0x80) === 0) {
          // 0x80 0x00 would be a second way to write 0: one number, one encoding.
          if (byte === 0 && this.#lengthBytes > 1)
            return this.#refuse("bad-length", "a varint with a needless last byte");
          return this.#begin(this.#value);
        }
        if (this.#lengthBytes === MAX_VARINT_BYTES)
          return this.#refuse("frame-too-large", "a varint of 2^56 or more");
      } else {
        if (this.#littleEndian) {
          this.#value += byte * this.#scale;
          this.#scale *= 256;
        } else {
          this.#value = this.#value * 256 + byte;
        }
        if (this.#lengthBytes === width) return this.#begin(this.#value);
      }
    }
  }

  #begin(value: number): boolean {
    this.#value = 0;
    this.#lengthBytes = 0;
    this.#scale = 1;
    const length = value - this.#headerInLength;
    if (length < 0) {
      const own = this.#headerInLength;
      return this.#refuse("bad-length", `a length of ${value}, less than its own ${own} bytes`);
    }
    if (length > this.#maxFrameBytes) {
      const allowed = this.#maxFrameBytes;
      return this.#refuse("frame-too-large", `a frame of ${length} bytes, ${allowed} are allowed`);
    }
    this.#left = length;
    this.#state = "payload";
    return true;
  }

  #refuse(reason: FrameViolation["reason"], detail: string): false {
    this.#break(reason, detail);
    return false;
  }

  #break(reason: FrameViolation["reason"], detail: string): FrameViolation {
    this.#state = "broken";
    this.#cursor.drop();
    this.#violation = { kind: "violation", reason, detail };
    return this.#violation;
  }
}

function headerInLength(width: LengthWidth, includesHeader: boolean): number {
  if (!includesHeader) return 0;
  if (width === "varint") throw new RangeError("a varint length cannot include its own field");
  return width;
}

/**
 * The length field for a payload of `length` bytes.
 * @throws RangeError when the length does not fit the field.
 */
export function encodeLength(length: number, options: LengthPrefixOptions = {}): Buffer {
  const width = options.width ?? 4;
  const value = length + headerInLength(width, options.includesHeader ?? false);
  if (length < 0 || !Number.isSafeInteger(length) || !Number.isSafeInteger(value))
    throw new RangeError(`${length} is not a length`);
  const bytes: number[] = [];
  let rest = value;
  if (width === "varint") {
    while (rest >= 128) {
      bytes.push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    return Buffer.from(bytes);
  }
  for (let i = 0; i < width; i++) {
    bytes.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
  if (rest > 0) throw new RangeError(`a length of ${value} does not fit ${width} bytes`);
  return Buffer.from(options.littleEndian === true ? bytes : bytes.reverse());
}

/** Length field and payload as one buffer. @throws RangeError when the length does not fit the field. */
export function encodeFrame(payload: Uint8Array, options: LengthPrefixOptions = {}): Buffer {
  return Buffer.concat([encodeLength(payload.length, options), payload]);
}
