/**
 * Reads byte runs across chunks: a view into the chunk when the run lies in it, a copy only when it straddles
 * chunks. Copies are counted in `bytesCopied`. Views are told as offsets, so that taking one makes no object.
 *
 *   feed [.....aaaa|bb]  take(4): view of aaaa, take(4): not yet, bb is kept
 *   feed [bb......]      take(4): copy of bb + bb
 *
 * A chunk is lent until `take` or `takeSome` answer false; then the cursor holds no reference to it.
 */
import { Buffer } from "node:buffer";
import { Straddle } from "./straddle.ts";

const EMPTY = Buffer.alloc(0);

export class Cursor {
  readonly #maxBytes: number;
  #chunk: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  #straddle: Straddle | undefined;
  #bytesCopied = 0;
  /** The run last taken: bytes `start` to `end` of `bytes`, valid until the next call. */
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;

  /** `maxBytes`: the longest run that will be taken, and so the most that is ever held. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that were copied because a run straddled chunks. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  /** Unread bytes of the chunk. */
  get available(): number {
    return this.#end - this.#at;
  }

  /** Bytes kept of a run that is not complete. */
  get kept(): number {
    return this.#straddle === undefined ? 0 : this.#straddle.length;
  }

  /** Lends bytes `start` to `end` of a chunk. The earlier one must be used up. */
  feed(chunk: Buffer, start: number, end: number): void {
    this.#chunk = chunk;
    this.#at = start;
    this.#end = end;
  }

  /**
   * Takes the next `length` bytes. False when they are not all there yet: the rest of the chunk is kept, and
   * the same length is to be asked for again after the next `feed`.
   * @throws RangeError when `length` is more than `maxBytes`.
   */
  take(length: number): boolean {
    const start = this.#at;
    if (this.#straddle === undefined && this.#end - start >= length) {
      this.#at = start + length;
      this.#tell(this.#chunk, start, this.#at);
      return true;
    }
    return this.#takeStraddling(length);
  }

  /** Takes what is there, at most `maxBytes`; false when nothing is. Never copies. */
  takeSome(maxBytes: number): boolean {
    const start = this.#at;
    if (start === this.#end) {
      this.release();
      return false;
    }
    this.#at = Math.min(this.#end, start + maxBytes);
    this.#tell(this.#chunk, start, this.#at);
    return true;
  }

  /** The next byte of the chunk, or -1. Never copies, and is not to be mixed with a run that is kept. */
  takeByte(): number {
    if (this.#at === this.#end) return -1;
    return this.#chunk[this.#at++]!;
  }

  /** Lets the lent chunk go, once it is used up. */
  release(): void {
    this.#chunk = EMPTY;
    this.bytes = EMPTY;
  }

  /** Forgets the run that is kept. */
  drop(): void {
    this.#straddle = undefined;
    this.release();
  }

  #tell(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  #takeStraddling(length: number): boolean {
    if (length > this.#maxBytes) {
      throw new RangeError(`a run of ${length} bytes, at most ${this.#maxBytes} may be taken`);
    }
    const kept = this.kept;
    if (kept > length) throw new RangeError(`a run of ${length} bytes, ${kept} of a longer one are kept`);
    const taken = Math.min(length - kept, this.#end - this.#at);
    if (taken > 0) {
      this.#straddle ??= new Straddle(length);
      this.#bytesCopied += this.#straddle.append(this.#chunk, this.#at, this.#at + taken);
      this.#at += taken;
    }
    const straddle = this.#straddle;
    if (straddle === undefined || straddle.length < length) {
      this.release();
      return false;
    }
    this.#straddle = undefined;
    this.#tell(straddle.bytes, 0, length);
    return true;
  }
}
