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
/** 2^53 − 1 in LEB128. */
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

/** `length`: reading the length field. `payload`: reading `left` bytes. `broken`: after a violation. */
type State = "length" | "payload" | "ended" | "broken";

export class LengthPrefixedDecoder {
  readonly #width: LengthWidth;
  readonly #littleEndian: boolean;
  readonly #headerInLength: number;
  readonly #maxFrameBytes: number;
  readonly #frame: FrameEvent = { kind: "frame", chunk: EMPTY, start: 0, end: 0 };
  readonly #header: FrameHeader = { kind: "header", length: 0 };
  readonly #data: FrameData = { kind: "data", chunk: EMPTY, start: 0, end: 0 };
  #state: State = "length";
  #chunk: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** Length field read so far: value, bytes, and place value of the next byte. */
  #value = 0;
  #lengthBytes = 0;
  #scale = 1;
  /** Payload bytes still to come. */
  #left = 0;
  /** Payload of a frame that straddles chunks, whole-frame use only. */
  #kept: Buffer | undefined;
  #keptBytes = 0;
  #violation: FrameViolation | undefined;
  #bytesCopied = 0;

  /** @throws RangeError for options that contradict each other. */
  constructor(options: LengthPrefixOptions = {}) {
    this.#width = options.width ?? 4;
    this.#littleEndian = options.littleEndian ?? false;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#headerInLength = headerInLength(this.#width, options.includesHeader ?? false);
  }

  /** Payload bytes that had to be copied because a frame straddled chunks. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  /** No frame is begun: closing now loses nothing. */
  get idle(): boolean {
    return this.#state === "length" && this.#lengthBytes === 0 && this.#at === this.#end;
  }

  /** Lends bytes `start` to `end` of a chunk; the earlier one must be used up (`need-more`). */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#chunk = chunk;
    this.#at = start;
    this.#end = end;
  }

  /** The next whole frame. */
  next(): FrameEvent | NeedMore | FrameViolation {
    if (this.#state === "length" && !this.#readLength())
      return this.#state === "length" ? NEED_MORE : this.#violation!;
    if (this.#state === "broken") return this.#violation!;
    const here = this.#end - this.#at;
    if (this.#kept === undefined && here >= this.#left) {
      const start = this.#at;
      this.#at += this.#left;
      return this.#give(this.#chunk, start, this.#at);
    }
    return this.#gather(here);
  }

  /** The next piece of a frame: header, data (perhaps several times), end. Not to be mixed with `next`. */
  nextPart(): FramePart {
    switch (this.#state) {
      case "length":
        if (!this.#readLength()) return this.#state === "length" ? NEED_MORE : this.#violation!;
        this.#header.length = this.#left;
        if (this.#left === 0) this.#state = "ended";
        return this.#header;
      case "payload": {
        if (this.#at === this.#end) return NEED_MORE;
        const data = this.#data;
        data.chunk = this.#chunk;
        data.start = this.#at;
        data.end = this.#at + Math.min(this.#left, this.#end - this.#at);
        this.#left -= data.end - data.start;
        this.#at = data.end;
        if (this.#left === 0) this.#state = "ended";
        return data;
      }
      case "ended":
        this.#state = "length";
        return END;
      case "broken":
        return this.#violation!;
    }
  }

  /** The peer closed its side: undefined between frames, else a violation. */
  finish(): FrameViolation | undefined {
    if (this.#state === "broken") return this.#violation;
    if (this.idle || this.#state === "ended") return undefined;
    return this.#break("truncated", "the connection was closed in the middle of a frame");
  }

  #give(chunk: Buffer, start: number, end: number): FrameEvent {
    const frame = this.#frame;
    frame.chunk = chunk;
    frame.start = start;
    frame.end = end;
    this.#state = "length";
    return frame;
  }

  #gather(here: number): FrameEvent | NeedMore {
    // Exactly the frame's size, which the limit has bounded: appending is linear, whatever the chunks.
    this.#kept ??= Buffer.allocUnsafeSlow(this.#left);
    const taken = Math.min(here, this.#left);
    this.#chunk.copy(this.#kept, this.#keptBytes, this.#at, this.#at + taken);
    this.#keptBytes += taken;
    this.#bytesCopied += taken;
    this.#left -= taken;
    this.#at += taken;
    if (this.#left > 0) return NEED_MORE;
    const kept = this.#kept;
    const length = this.#keptBytes;
    this.#kept = undefined;
    this.#keptBytes = 0;
    return this.#give(kept, 0, length);
  }

  /** True when the length is known and allowed; the state tells why not. */
  #readLength(): boolean {
    if (this.#width === 4 && this.#lengthBytes === 0 && this.#end - this.#at >= 4) {
      const value = this.#littleEndian
        ? this.#chunk.readUInt32LE(this.#at)
        : this.#chunk.readUInt32BE(this.#at);
      this.#at += 4;
      return this.#begin(value);
    }
    const width = this.#width;
    while (this.#at < this.#end) {
      const byte = this.#chunk[this.#at++]!;
      this.#lengthBytes++;
      if (width === "varint") {
        this.#value += (byte & 0x7f) * this.#scale;
        this.#scale *= 128;
        if ((byte & 0x80) === 0) {
          // 0x80 0x00 would be a second way to write 0: one number, one encoding.
          if (byte === 0 && this.#lengthBytes > 1)
            return this.#badLength("a varint with a needless last byte");
          return this.#begin(this.#value);
        }
        if (this.#lengthBytes === MAX_VARINT_BYTES) return this.#badLength("a varint of more than 2^53");
        continue;
      }
      if (this.#littleEndian) {
        this.#value += byte * this.#scale;
        this.#scale *= 256;
      } else {
        this.#value = this.#value * 256 + byte;
      }
      if (this.#lengthBytes === width) return this.#begin(this.#value);
    }
    return false;
  }

  #begin(value: number): boolean {
    this.#value = 0;
    this.#lengthBytes = 0;
    this.#scale = 1;
    const length = value - this.#headerInLength;
    if (length < 0)
      return this.#badLength(`a length of ${value}, less than its own ${this.#headerInLength} bytes`);
    if (length > this.#maxFrameBytes) {
      this.#break("frame-too-large", `a frame of ${length} bytes, ${this.#maxFrameBytes} are allowed`);
      return false;
    }
    this.#left = length;
    this.#state = "payload";
    return true;
  }

  #badLength(detail: string): false {
    this.#break("bad-length", detail);
    return false;
  }

  #break(reason: FrameViolation["reason"], detail: string): FrameViolation {
    this.#state = "broken";
    this.#kept = undefined;
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
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${length} is not a length`);
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
