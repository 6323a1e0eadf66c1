/**
 * Bytes that came in chunks, read in runs: a view when a run lies in one chunk, a copy only when it straddles
 * chunks, and copies are counted. A chunk belongs to the queue once it is pushed; the views that were taken
 * stay valid for ever.
 *
 *   push [aaaa|bb]  take(4): view of aaaa        push [b|cc]  bb moves before b, take(3): view of bbb
 *
 * It grows with what arrived, never with what was announced, and one-byte chunks stay linear.
 */
import { Buffer } from "node:buffer";

const EMPTY = Buffer.alloc(0);
const FIRST_BYTES = 1024;

export class ByteQueue {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** `#bytes` was made here: the room after `#end` may be written to. */
  #own = false;
  #bytesCopied = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Bytes that were copied because a run straddled chunks. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  push(chunk: Buffer): void {
    const kept = this.length;
    if (kept === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#own = false;
      return;
    }
    if (!this.#own || this.#end + chunk.length > this.#bytes.length) {
      // Doubling keeps one-byte chunks linear; what was read already is left behind.
      const grown = Buffer.allocUnsafeSlow(Math.max(kept + chunk.length, 2 * kept, FIRST_BYTES));
      this.#bytes.copy(grown, 0, this.#start, this.#end);
      this.#bytes = grown;
      this.#start = 0;
      this.#end = kept;
      this.#own = true;
      this.#bytesCopied += kept;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
    this.#bytesCopied += chunk.length;
  }

  /** Byte `index` of those not yet read, which must be there. */
  at(index: number): number {
    return this.#bytes[this.#start + index]!;
  }

  u16(index: number): number {
    return this.at(index) * 0x100 + this.at(index + 1);
  }

  u24(index: number): number {
    return this.at(index) * 0x10000 + this.u16(index + 1);
  }

  /** The next `length` bytes, which must be there, as a view; they count as read. */
  take(length: number): Buffer {
    const view = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    if (this.#start === this.#end) this.clear();
    return view;
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#own = false;
  }
}
