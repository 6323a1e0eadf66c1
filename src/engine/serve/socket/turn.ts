/**
 * One turn of the event loop: everything that was read in it is answered at its end, in one go.
 *
 *     poll: read A, read B, read C …        check: write A, write B, write C …
 *           └─ startUs                             └─ durations of all answers that were ready at once
 *
 * All pipelined answers of a connection leave in one write, the peer is woken for many answers instead of for
 * each, and the clock is read twice a turn, not twice a request. For one answer a read it costs what writing at
 * once costs (6.6 us of processor time a request against wrk, either way).
 *
 * Small answers go first. Streams share a budget for each turn and wait in their order for the next one.
 */
import { nowUs } from "../../../core/clock.ts";
import type { LatencyHistogram } from "../../../core/metrics/histogram.ts";

export interface Flushable {
  /** Bytes that `flush` will write. */
  readonly queuedBytes: number;
  flush(): void;
}

/** More than any answer that is not a stream. */
const BULK_BYTES = 16 * 1024;
/** What streams may write in one turn, about a millisecond: many of them do not make small answers wait. */
const BULK_BYTES_PER_TURN = 1024 * 1024;

/** Answers that were ready in the turn their request came in, counted until the end of the turn. */
export class Tally {
  readonly histogram: LatencyHistogram;
  count = 0;

  constructor(histogram: LatencyHistogram) {
    this.histogram = histogram;
  }
}

export class Turn {
  /** When the first event of this turn was handled, in microseconds of the process clock. */
  startUs = 0;
  #open = false;
  // Filled up to a count and never shortened: no allocation in a steady state.
  #flushables: (Flushable | undefined)[] = [];
  #flushCount = 0;
  #spare: (Flushable | undefined)[] = [];
  /** Streams in the order of their turns. */
  #bulk: Flushable[] = [];
  readonly #tallies: Tally[] = [];
  readonly #began: (startUs: number) => void;
  readonly #flushed: () => void;
  readonly #close = (): void => this.#end();

  /**
   * @param began called first thing, with the time
   * @param flushed called when all writes of the turn were handed over and nothing new is queued
   */
  constructor(began: (startUs: number) => void, flushed: () => void) {
    this.#began = began;
    this.#flushed = flushed;
  }

  /** To be called before an event is handled; the turn ends by itself. */
  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.startUs = nowUs();
    this.#began(this.startUs);
    setImmediate(this.#close);
  }

  /** `flush` is called once at the end of the turn. Ask once a turn. */
  enqueue(flushable: Flushable): void {
    if (!this.#open) this.enter();
    this.#flushables[this.#flushCount++] = flushable;
  }

  /** One more answer of this kind in this turn. */
  tally(tally: Tally): void {
    if (tally.count++ === 0) this.#tallies.push(tally);
  }

  #end(): void {
    // What is queued while flushing belongs to the next turn, so that nobody keeps the loop for himself.
    this.#open = false;
    const flushables = this.#flushables;
    const count = this.#flushCount;
    this.#flushables = this.#spare;
    this.#spare = flushables;
    this.#flushCount = 0;
    for (let at = 0; at < count; at++) {
      const flushable = flushables[at]!;
      flushables[at] = undefined;
      if (flushable.queuedBytes > BULK_BYTES) this.#bulk.push(flushable);
      else flushable.flush();
    }
    if (this.#bulk.length > 0) this.#flushBulk();
    const tallies = this.#tallies;
    if (tallies.length > 0) {
      const durationUs = nowUs() - this.startUs;
      for (const tally of tallies) {
        tally.histogram.recordCount(durationUs, tally.count);
        tally.count = 0;
      }
      tallies.length = 0;
    }
    if (this.#flushCount === 0 && this.#bulk.length === 0) this.#flushed();
  }

  #flushBulk(): void {
    const bulk = this.#bulk;
    let budget = BULK_BYTES_PER_TURN;
    let next = 0;
    while (next < bulk.length && budget > 0) {
      const flushable = bulk[next++]!;
      budget -= flushable.queuedBytes;
      flushable.flush();
    }
    this.#bulk = bulk.slice(next);
    if (this.#bulk.length > 0) this.enter();
  }
}
