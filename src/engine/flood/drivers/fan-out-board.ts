/**
 * Who has heard which message of a fan-out: what one connection sends, all others are to receive, once, in order. Numbers
 * only; nothing here knows a socket.
 *
 *   send ─► awaited by all who listen ─► heard by each … by the last: complete
 *                    └── given up (time-out, the sender is gone): what comes now is late
 *
 * A message that nobody listens to never is complete: its time-out ends it.
 */

/** Of messages that were given up, so many are remembered: to tell what comes late from what comes twice. */
const REMEMBERED = 1_024;

export interface FanOutTally {
  /** A message went out, and so many were there to hear it. */
  sent(sentUs: number, listeners: number): void;
  /** A receipt, `us` after the message was sent. */
  heard(sentUs: number, us: number, isReordered: boolean, isLate: boolean): void;
  /** A second receipt of the same message. */
  duplicate(nowUs: number): void;
  /** A message of somebody else's, or from before its listener came. */
  stray(nowUs: number): void;
}

/** The last one has heard it. @param firstUs when the first one had */
export type Completed = (seat: number, firstUs: number, nowUs: number) => void;

interface GivenUp {
  readonly awaited: Uint32Array;
  readonly sentUs: number;
}

export class FanOutBoard {
  /** Told when a message is complete. */
  completed: Completed = () => {};
  readonly #tally: FanOutTally;
  readonly #words: number;
  readonly #listening: Uint32Array;
  #listeners = 0;
  /** By listener: the number that was next when it came, and the highest it has heard. */
  readonly #from: Float64Array;
  readonly #highest: Float64Array;
  /** By seat, of the message in flight there: its number (−1: none), who has yet to hear it, and how many they are. */
  readonly #numbers: Float64Array;
  readonly #awaited: Uint32Array;
  readonly #missing: Int32Array;
  readonly #sentUs: Float64Array;
  /** NaN until somebody has heard it. */
  readonly #firstUs: Float64Array;
  readonly #seats = new Map<number, number>();
  readonly #givenUp = new Map<number, GivenUp>();
  #next = 0;

  /** @param connections numbers of listeners are below it @param depth messages in flight at most */
  constructor(connections: number, depth: number, tally: FanOutTally) {
    this.#tally = tally;
    this.#words = (connections + 31) >>> 5;
    this.#listening = new Uint32Array(this.#words);
    this.#from = new Float64Array(connections);
    this.#highest = new Float64Array(connections);
    this.#numbers = new Float64Array(depth).fill(-1);
    this.#awaited = new Uint32Array(depth * this.#words);
    this.#missing = new Int32Array(depth);
    this.#sentUs = new Float64Array(depth);
    this.#firstUs = new Float64Array(depth);
  }

  /** From the next message on it is waited for. */
  join(listener: number): void {
    const word = listener >>> 5;
    const bit = 1 << (listener & 31);
    if ((this.#listening[word]! & bit) !== 0) return;
    this.#listening[word]! |= bit;
    this.#listeners++;
    this.#from[listener] = this.#next;
    this.#highest[listener] = -1;
  }

  /** Nobody waits for it any more; what it has not heard it never will. */
  leave(listener: number, nowUs: number): void {
    if (!take(this.#listening, listener)) return;
    this.#listeners--;
    for (const seat of [...this.#seats.values()]) {
      if (!take(this.#awaitedBy(seat), listener)) continue;
      this.#missing[seat]!--;
      this.#completeIfHeard(seat, nowUs);
    }
  }

  /** The number of the seat's new message, which is sent now. */
  send(seat: number, nowUs: number): number {
    const number = this.#next++;
    this.#numbers[seat] = number;
    this.#sentUs[seat] = nowUs;
    this.#firstUs[seat] = Number.NaN;
    this.#missing[seat] = this.#listeners;
    this.#awaitedBy(seat).set(this.#listening);
    this.#seats.set(number, seat);
    this.#tally.sent(nowUs, this.#listeners);
    return number;
  }

  giveUp(seat: number): void {
    const number = this.#numbers[seat]!;
    if (!this.#seats.delete(number)) return;
    this.#numbers[seat] = -1;
    this.#givenUp.set(number, { awaited: this.#awaitedBy(seat).slice(), sentUs: this.#sentUs[seat]! });
    if (this.#givenUp.size > REMEMBERED) this.#givenUp.delete(this.#givenUp.keys().next().value!);
  }

  /** The sender is gone, and what it had in flight with it. */
  giveUpAll(): void {
    for (const seat of [...this.#seats.values()]) this.giveUp(seat);
  }

  hear(listener: number, number: number, nowUs: number): void {
    if (number >= this.#next || number < this.#from[listener]!) {
      this.#tally.stray(nowUs);
      return;
    }
    const seat = this.#seats.get(number);
    const given = seat === undefined ? this.#givenUp.get(number) : undefined;
    const awaited = seat === undefined ? given?.awaited : this.#awaitedBy(seat);
    if (awaited === undefined || !take(awaited, listener)) {
      this.#tally.duplicate(nowUs);
      return;
    }
    const isReordered = number < this.#highest[listener]!;
    if (!isReordered) this.#highest[listener] = number;
    const sentUs = given?.sentUs ?? this.#sentUs[seat!]!;
    this.#tally.heard(sentUs, nowUs - sentUs, isReordered, seat === undefined);
    if (seat === undefined) return;
    if (Number.isNaN(this.#firstUs[seat]!)) this.#firstUs[seat] = nowUs;
    this.#missing[seat]!--;
    this.#completeIfHeard(seat, nowUs);
  }

  #completeIfHeard(seat: number, nowUs: number): void {
    const firstUs = this.#firstUs[seat]!;
    if (this.#missing[seat]! > 0 || Number.isNaN(firstUs)) return;
    this.#seats.delete(this.#numbers[seat]!);
    this.#numbers[seat] = -1;
    this.completed(seat, firstUs, nowUs);
  }

  #awaitedBy(seat: number): Uint32Array {
    return this.#awaited.subarray(seat * this.#words, (seat + 1) * this.#words);
  }
}

/** Clears a bit; whether it was set. */
function take(bits: Uint32Array, at: number): boolean {
  const word = at >>> 5;
  const bit = 1 << (at & 31);
  if ((bits[word]! & bit) === 0) return false;
  bits[word]! &= ~bit;
  return true;
}
