/**
 * The seconds of measuring, numbered from 0 at the end of the warm-up. Whoever records calls `pass` first, so
 * that nothing lands in a second that is over; after a stall several seconds pass at once.
 */
export class Seconds {
  readonly #onEnd: (second: number) => void;
  #current = 0;
  #endsUs = Number.POSITIVE_INFINITY;

  /** `onEnd` gets the number of the second that is over, before anything of a later one is recorded. */
  constructor(onEnd: (second: number) => void) {
    this.#onEnd = onEnd;
  }

  /** Number of the second that is going on. */
  get current(): number {
    return this.#current;
  }

  /** Second 0 begins at `fromUs`. */
  start(fromUs: number): void {
    this.#endsUs = fromUs + 1e6;
  }

  pass(now: number): void {
    if (now < this.#endsUs) return;
    this.#onEnd(this.#current);
    while (this.#endsUs <= now) {
      this.#endsUs += 1e6;
      this.#current++;
    }
  }
}
