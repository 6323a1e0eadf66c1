/**
 * Where bytes are put that must outlive the shared read buffer: echoed data and coalesced answers.
 *
 * Small pieces are laid one behind the other into a slab. When all writes of a turn have gone to the kernel
 * the slab is used again from its start, so a steady state allocates nothing; when a write had to wait, the
 * slab is left to it and the next turn gets a fresh one. Large pieces get a buffer of their own: copying them
 * costs more than allocating it. Echoed reads come in such numbers that allocating them is most of the work (fresh
 * pages, and a collector that is driven by them): those borrow a buffer, and give it back when the system has its bytes.
 */

/** Holds the answers of a busy turn (some 300 of 200 bytes); what one stalled reader can pin. */
const SLAB_BYTES = 64 * 1024;
/** From here on a piece gets its own buffer. */
const LARGE_BYTES = 16 * 1024;

/** Holds a full read and a length field that was cut off before it. */
const LOAN_BYTES = 64 * 1024 + 64;
/** Loans kept for the next ones: some of each connection that streams. */
const MOST_SPARE_LOANS = 64;

export class Stage {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;
  #pinned = false;
  readonly #loans: Buffer[] = [];

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

  /** Room for `length` bytes until `giveBack`; undefined for more or less than is worth it. */
  borrow(length: number): Buffer | undefined {
    if (length < LARGE_BYTES || length > LOAN_BYTES) return undefined;
    return this.#loans.pop() ?? Buffer.allocUnsafeSlow(LOAN_BYTES);
  }

  /** Nobody will look at it any more. */
  giveBack(loan: Buffer): void {
    if (this.#loans.length < MOST_SPARE_LOANS) this.#loans.push(loan);
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
