/**
 * Frames on their way out, gathered so that all of one turn leave in one write: the session appends, its owner
 * takes. What was taken belongs to the owner for good; the sink goes on behind it or in a new chunk.
 */
import { Buffer } from "node:buffer";
import { FRAME, FRAME_HEAD_BYTES } from "./codes.ts";

/** Some four hundred small requests, or four full DATA frames. */
const CHUNK_BYTES = 64 * 1024;
/** Up to here a loop is quicker than a call. */
const SMALL_BYTES = 64;

export class FrameSink {
  #chunk: Buffer = Buffer.alloc(0);
  #from = 0;
  #at = 0;

  /** Bytes that wait to be taken. */
  get pending(): number {
    return this.#at - this.#from;
  }

  /** What was appended since the last call, as one view; empty when nothing was. */
  take(): Buffer {
    const taken = this.#chunk.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return taken;
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    this.#head(end - start, type, flags, streamId);
    if (end - start > SMALL_BYTES) {
      this.#at += payload.copy(this.#chunk, this.#at, start, end);
      return;
    }
    const chunk = this.#chunk;
    let at = this.#at;
    for (let from = start; from < end; from++) chunk[at++] = payload[from]!;
    this.#at = at;
  }

  /** A frame whose payload is one or two 32-bit numbers: RST_STREAM, WINDOW_UPDATE, GOAWAY. */
  numbers(type: number, streamId: number, first: number, second = -1): void {
    this.#head(second < 0 ? 4 : 8, type, 0, streamId);
    this.#at = this.#chunk.writeUInt32BE(first, this.#at);
    if (second >= 0) this.#at = this.#chunk.writeUInt32BE(second, this.#at);
  }

  /** @param pairs identifiers and values in turn */
  settings(pairs: readonly number[], flags = 0): void {
    this.#head(pairs.length * 3, FRAME.settings, flags, 0);
    for (let i = 0; i < pairs.length; i += 2) {
      this.#at = this.#chunk.writeUInt16BE(pairs[i]!, this.#at);
      this.#at = this.#chunk.writeUInt32BE(pairs[i + 1]!, this.#at);
    }
  }

  bytes(text: string): void {
    this.#reserve(text.length);
    this.#at += this.#chunk.write(text, this.#at, "latin1");
  }

  #head(length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(FRAME_HEAD_BYTES + length);
    const chunk = this.#chunk;
    let at = this.#at;
    chunk[at++] = length >> 16;
    chunk[at++] = length >> 8;
    chunk[at++] = length;
    chunk[at++] = type;
    chunk[at++] = flags;
    chunk[at++] = streamId >> 24;
    chunk[at++] = streamId >> 16;
    chunk[at++] = streamId >> 8;
    chunk[at++] = streamId;
    this.#at = at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return;
    const pending = this.pending;
    const larger = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, (pending + bytes) * 2));
    this.#chunk.copy(larger, 0, this.#from, this.#at);
    this.#chunk = larger;
    this.#from = 0;
    this.#at = pending;
  }
}
