/**
 * Reads byte runs across chunks: a view into the chunk when the run lies in it, a copy only when it straddles
 * chunks. Copies are counted in `bytesCopied`, and never hold more than `maxBytes`.
 *
 *   feed [.....aaaa|bb]  feed [bb......]      take(4) = view of aaaa, take(4) = copy of bb + bb
 */
import { Buffer } from "node:buffer";

const EMPTY = Buffer.alloc(0);

export class Cursor {
  readonly #maxBytes: number;
  #chunk: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** A run begun in an earlier chunk: its bytes so far. */
  #kept: Buffer | undefined;
  #keptBytes = 0;
  #bytesCopied = 0;

  /** `maxBytes`: the longest run that will be taken. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that had to be copied because a run straddled chunks. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  /** Bytes at hand. */
  get available(): number {
    return this.#keptBytes + this.#end - this.#at;
  }

  /** Lends bytes `start` to `end` of a chunk. The earlier one must be used up, by `take` or by `keep`. */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#chunk = chunk;
    this.#at = start;
    this.#end = end;
  }

  /** The next `length` bytes, or undefined when they are not all there: then the rest of the chunk is kept. */
  take(length: number): Buffer | undefined {
    if (length > this.#maxBytes)
      throw new RangeError(`a run of ${length} bytes, at most ${this.#maxBytes} may be taken`);
    if (this.#keptBytes === 0 && this.#end - this.#at >= length) {
      const view = this.#chunk.subarray(this.#at, this.#at + length);
      this.#at += length;
      return view;
    }
    const missing = length - this.#keptBytes;
    const taken = Math.min(missing, this.#end - this.#at);
    this.#keep(taken, length);
    if (taken < missing) return undefined;
    const whole = this.#kept!.subarray(0, length);
    this.#kept = undefined;
    this.#keptBytes = 0;
    return whole;
  }

  #keep(count: number, room: number): void {
    if (this.#kept === undefined || this.#kept.length < room) {
      const larger = Buffer.allocUnsafeSlow(room);
      this.#kept?.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    this.#chunk.copy(this.#kept, this.#keptBytes, this.#at, this.#at + count);
    this.#keptBytes += count;
    this.#at += count;
    this.#bytesCopied += count;
  }
}
