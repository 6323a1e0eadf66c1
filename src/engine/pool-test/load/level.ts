/**
 * A number that goes up and down, and its exact mean over a window of time: each change adds the rectangle that
 * it ends, so nothing is sampled and nothing is missed.
 */
export class Level {
  readonly #startUs: number;
  #endUs: number;
  #value = 0;
  #area = 0;
  #sinceUs: number;

  /** The window, in microseconds; what lies outside of it does not count. */
  constructor(startUs: number, endUs: number) {
    this.#startUs = startUs;
    this.#endUs = endUs;
    this.#sinceUs = startUs;
  }

  get value(): number {
    return this.#value;
  }

  change(by: number, nowUs: number): void {
    this.#advance(nowUs);
    this.#value += by;
  }

  /** Ends the window early; an end that has passed already stays. */
  endAt(endUs: number): void {
    this.#advance(Math.min(endUs, this.#endUs));
    this.#endUs = Math.min(endUs, this.#endUs);
  }

  /** Time-weighted, over the window up to now; 0 for a window without length. */
  mean(nowUs: number): number {
    this.#advance(nowUs);
    const lengthUs = Math.min(nowUs, this.#endUs) - this.#startUs;
    return lengthUs > 0 ? this.#area / lengthUs : 0;
  }

  #advance(nowUs: number): void {
    const untilUs = Math.min(nowUs, this.#endUs);
    if (untilUs <= this.#sinceUs) return;
    this.#area += this.#value * (untilUs - this.#sinceUs);
    this.#sinceUs = untilUs;
  }
}
