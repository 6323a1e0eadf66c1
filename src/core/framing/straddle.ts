/**
 * The bytes of one run (a head, a frame) that straddles chunks. Made when a run does not end in its chunk and
 * let go when it ends, so that an idle connection holds none. It grows with what arrived, never with what was
 * announced: a peer that promises 16 MiB and sends nothing costs `FIRST_BYTES`.
 */
import { Buffer } from "node:buffer";

const FIRST_BYTES = 1024;

export class Straddle {
  readonly #maxBytes: number;
  #bytes: Buffer;
  #length = 0;

  /** `maxBytes`: the most that will ever be appended. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(maxBytes, FIRST_BYTES));
  }

  /** The first `length` bytes of it are the run so far. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Copies bytes `start` to `end` of a chunk to the end of the run; tells how many bytes were moved for it. */
  append(chunk: Buffer, start: number, end: number): number {
    const grown = this.#length + end - start;
    let moved = end - start;
    if (grown > this.#bytes.length) {
      // Doubling keeps one-byte chunks linear.
      const larger = Buffer.allocUnsafeSlow(
        Math.min(this.#maxBytes, Math.max(grown, this.#bytes.length * 2)),
      );
      moved += this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length, start, end);
    this.#length = grown;
    return moved;
  }
}
