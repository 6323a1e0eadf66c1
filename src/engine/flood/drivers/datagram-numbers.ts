/**
 * The numbers of datagrams on one socket: which request an answer belongs to, whether it is the first, whether it comes in order
 * (RFC 4737 section 3.3: a number below one that has come already), and how much the way there and back varies (interarrival
 * jitter, RFC 3550 section 6.4.1). The last 65,536 numbers are remembered.
 */

const REMEMBERED = 65_536;
const NOBODY = 0;
const WAITING = 1;
const ANSWERED = 2;
const GIVEN_UP = 3;

export type Arrival = "answer" | "late" | "duplicate" | "stray";

export class DatagramNumbers {
  /** Of the answer that came last. */
  seat = 0;
  isReordered = false;
  jitterUs = 0;
  readonly #states = new Uint8Array(REMEMBERED);
  readonly #seats = new Uint16Array(REMEMBERED);
  readonly #sentUs = new Float64Array(REMEMBERED);
  /** By seat: the number of its latest request. */
  readonly #numbers: Float64Array;
  #next = 0;
  #highest = -1;
  #transitUs = Number.NaN;

  /** @param depth requests in flight at most, below 65,536 */
  constructor(depth: number) {
    this.#numbers = new Float64Array(depth).fill(-1);
  }

  /** The number of the seat's new request, which is sent now. */
  give(seat: number, nowUs: number): number {
    const number = this.#next++;
    const place = number % REMEMBERED;
    this.#numbers[seat] = number;
    this.#states[place] = WAITING;
    this.#seats[place] = seat;
    this.#sentUs[place] = nowUs;
    return number;
  }

  abandon(seat: number): void {
    const place = this.#numbers[seat]! % REMEMBERED;
    if (this.#seats[place] === seat && this.#states[place] === WAITING) this.#states[place] = GIVEN_UP;
  }

  arrive(number: number, nowUs: number): Arrival {
    if (number >= this.#next || number < this.#next - REMEMBERED) return "stray";
    const place = number % REMEMBERED;
    const state = this.#states[place]!;
    if (state === NOBODY) return "stray";
    if (state === ANSWERED) return "duplicate";
    this.#states[place] = ANSWERED;
    this.#arrived(number, nowUs - this.#sentUs[place]!);
    this.seat = this.#seats[place]!;
    return state === WAITING ? "answer" : "late";
  }

  #arrived(number: number, transitUs: number): void {
    this.isReordered = number < this.#highest;
    if (!this.isReordered) this.#highest = number;
    if (!Number.isNaN(this.#transitUs)) {
      this.jitterUs += (Math.abs(transitUs - this.#transitUs) - this.jitterUs) / 16;
    }
    this.#transitUs = transitUs;
  }
}
