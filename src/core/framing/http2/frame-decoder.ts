/**
 * Cuts bytes into frames (RFC 9113 section 4.1). `feed` a chunk, then call `next` until it says NEED_MORE; after
 * FRAME the head and the place of the payload stand in the decoder's own fields, until the next call. A payload
 * is a view of what was fed, copied only when its frame straddles chunks (`bytesCopied`). The length is checked
 * before anything is kept.
 */
import { Buffer } from "node:buffer";
import { Straddle } from "../straddle.ts";
import { FRAME_HEAD_BYTES } from "./codes.ts";

export const NEED_MORE = 0;
export const FRAME_READ = 1;
/** The frame is longer than allowed: FRAME_SIZE_ERROR (section 4.2). */
export const TOO_LONG = 2;

const NOTHING = Buffer.alloc(0);

export class FrameDecoder {
  type = 0;
  flags = 0;
  streamId = 0;
  /** The payload is bytes `start` to `end` of `buffer`. */
  buffer: Buffer = NOTHING;
  start = 0;
  end = 0;
  bytesCopied = 0;
  framesRead = 0;
  readonly #maxFrameBytes: number;
  #chunk: Buffer = NOTHING;
  #at = 0;
  #chunkEnd = 0;
  #held: Straddle | null = null;

  /** @param maxFrameBytes of payload, as announced by SETTINGS_MAX_FRAME_SIZE */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** A frame has begun that is not complete. */
  get midFrame(): boolean {
    return this.#held !== null;
  }

  /** The type of the frame that is not complete, where its head is; -1 otherwise. */
  get heldType(): number {
    return this.#held !== null && this.#held.length >= FRAME_HEAD_BYTES ? this.#held.bytes[3]! : -1;
  }

  feed(chunk: Buffer, start: number, end: number): void {
    this.#chunk = chunk;
    this.#at = start;
    this.#chunkEnd = end;
  }

  next(): number {
    if (this.#held !== null) return this.#nextHeld(this.#held);
    const left = this.#chunkEnd - this.#at;
    if (left >= FRAME_HEAD_BYTES) {
      const length = lengthAt(this.#chunk, this.#at);
      if (length > this.#maxFrameBytes) return TOO_LONG;
      if (left >= FRAME_HEAD_BYTES + length) {
        this.#take(this.#chunk, this.#at, length);
        this.#at += FRAME_HEAD_BYTES + length;
        return FRAME_READ;
      }
    }
    if (left === 0) {
      this.#letGo();
      return NEED_MORE;
    }
    this.#held = new Straddle(FRAME_HEAD_BYTES + this.#maxFrameBytes);
    return this.#nextHeld(this.#held);
  }

  #nextHeld(held: Straddle): number {
    this.#fill(held, FRAME_HEAD_BYTES);
    if (held.length < FRAME_HEAD_BYTES) return this.#wait();
    const length = lengthAt(held.bytes, 0);
    if (length > this.#maxFrameBytes) return TOO_LONG;
    this.#fill(held, FRAME_HEAD_BYTES + length);
    if (held.length < FRAME_HEAD_BYTES + length) return this.#wait();
    this.#held = null;
    this.#take(held.bytes, 0, length);
    return FRAME_READ;
  }

  #fill(held: Straddle, wanted: number): void {
    const count = Math.min(wanted - held.length, this.#chunkEnd - this.#at);
    if (count <= 0) return;
    this.bytesCopied += held.append(this.#chunk, this.#at, this.#at + count);
    this.#at += count;
  }

  #wait(): number {
    this.#letGo();
    return NEED_MORE;
  }

  #letGo(): void {
    this.#chunk = NOTHING;
    this.buffer = NOTHING;
    this.#at = 0;
    this.#chunkEnd = 0;
  }

  #take(buffer: Buffer, at: number, length: number): void {
    this.framesRead++;
    this.type = buffer[at + 3]!;
    this.flags = buffer[at + 4]!;
    this.streamId =
      ((buffer[at + 5]! & 0x7f) << 24) | (buffer[at + 6]! << 16) | (buffer[at + 7]! << 8) | buffer[at + 8]!;
    this.buffer = buffer;
    this.start = at + FRAME_HEAD_BYTES;
    this.end = this.start + length;
  }
}

function lengthAt(buffer: Buffer, at: number): number {
  return (buffer[at]! << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!;
}
