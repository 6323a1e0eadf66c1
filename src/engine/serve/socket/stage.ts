/**
 * Where bytes are put that must outlive the shared read buffer: echoed data and coalesced answers.
 *
 * Small pieces are laid one behind the other into a slab. When all writes of a turn have gone to the kernel
 * the slab is used again from its start, so a steady state allocates nothing; when a write had to wait, the
 * slab is left to it and the next turn gets a fresh one. Large pieces get a buffer of their own: copying them
 * costs more than allocating it.
 */

/** Holds the answers of a busy turn (some 300 of 200 bytes); what one stalled reader can pin. */
const SLAB_BYTES = 64 * 1024;
/** From here on a piece gets its own buffer. */
const LARGE_BYTES = 16 * 1024;

export class Stage {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;
  #pinned = false;

  /** Room for `length` bytes, content undefined. */
  take(length: number): Buffer {
    if (length >= LARGE_BYTES) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
      this.#pinned = false;
    }
    const start = this.#used;
    this.#used = start + length;
    return this.#slab.subarray(start, this.#used);
  }

  copy(chunk: Uint8Array, start: number, end: number): Buffer {
    const copy = this.take(end - start);
    copy.set(chunk.subarray(start, end));
    return copy;
  }

  /** A write of this turn still needs its bytes. */
  pin(): void {
    this.#pinned = true;
  }

  /** All other writes of the turn are done with theirs. */
  endTurn(): void {
    if (this.#used === 0) return;
    if (this.#pinned) this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#pinned = false;
    this.#used = 0;
  }
}
