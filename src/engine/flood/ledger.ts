/**
 * The requests in flight of one generator thread: their stamps, and that each of them ends exactly once, as
 * succeeded, failed or censored.
 *
 * Stamps live in flat arrays, `depth` seats a slot (no object per request). The seats in use form a list in the order of
 * taking, the others a list of free ones, so that requests may be answered in any order:
 *
 *       slot.oldest ─► seat ─► seat ─► slot.newest        slot.free ─► seat ─► seat
 *
 * What was intended before `measureFromUs` is carried out like all others and counted nowhere.
 */
import type { Failure } from "./drivers/driver.ts";
import type { Recorder } from "./recorder.ts";
import type { Slot } from "./slot.ts";

export class Ledger {
  readonly #recorder: Recorder;
  readonly #depth: number;
  readonly #keepsLateness: boolean;
  readonly #intendedUs: Float64Array;
  /** NaN until written. */
  readonly #sentUs: Float64Array;
  readonly #targets: Uint16Array;
  /** Seats after and before a seat in its list; −1 at an end. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** End of the warm-up, µs. */
  measureFromUs = Number.POSITIVE_INFINITY;
  /** End of the planned time, µs; Infinity when requests are counted instead. */
  endUs = Number.POSITIVE_INFINITY;
  /** When the last measured request ended, µs; 0 before. */
  lastEndUs = 0;
  #inFlight = 0;
  #taken = 0;

  constructor(recorder: Recorder, slots: number, depth: number, keepsLateness: boolean) {
    this.#recorder = recorder;
    this.#depth = depth;
    this.#keepsLateness = keepsLateness;
    this.#intendedUs = new Float64Array(slots * depth);
    this.#sentUs = new Float64Array(slots * depth);
    this.#targets = new Uint16Array(slots * depth);
    this.#next = Int32Array.from({ length: slots * depth }, (_, place) => {
      const seat = (place % depth) + 1;
      return seat === depth ? -1 : seat;
    });
    this.#previous = new Int32Array(slots * depth).fill(-1);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests taken from the schedule so far. */
  get taken(): number {
    return this.#taken;
  }

  /** An intended instant of the closed loop: what is sent while measuring was not intended before it. */
  notBefore(us: number, now: number): number {
    return now >= this.measureFromUs && us < this.measureFromUs ? this.measureFromUs : us;
  }

  /** A tick is sent now that found a free place: its lateness is the generator's own. */
  punctuality(intendedUs: number, now: number): void {
    if (intendedUs >= this.measureFromUs) this.#recorder.record("generatorLateness", now - intendedUs);
  }

  /** A new request is the slot's newest. Returns its seat. */
  take(slot: Slot, intendedUs: number, target: number): number {
    const seat = slot.free;
    const place = slot.id * this.#depth + seat;
    slot.free = this.#next[place]!;
    this.#next[place] = -1;
    this.#previous[place] = slot.newest;
    if (slot.newest < 0) slot.oldest = seat;
    else this.#next[slot.id * this.#depth + slot.newest] = seat;
    slot.newest = seat;
    this.#intendedUs[place] = intendedUs;
    this.#sentUs[place] = Number.NaN;
    this.#targets[place] = target;
    slot.count++;
    this.#inFlight++;
    this.#taken++;
    return seat;
  }

  /** Bytes of no request. */
  streamed(bytes: number, now: number): void {
    if (now >= this.measureFromUs) this.#recorder.counters.bytesSent += bytes;
  }

  /** A request goes on the wire now; one carried over from a lost connection keeps its stamp. */
  sent(slot: Slot, seat: number, bytes: number, now: number): void {
    const place = slot.id * this.#depth + seat;
    const intended = this.#intendedUs[place]!;
    const first = Number.isNaN(this.#sentUs[place]!);
    if (first) this.#sentUs[place] = now;
    if (intended < this.measureFromUs) return;
    this.#recorder.counters.bytesSent += bytes;
    if (!first) return;
    this.#recorder.counters.sent++;
    if (this.#keepsLateness) this.#recorder.record("lateness", now - intended);
  }

  target(slot: Slot, seat: number): number {
    return this.#targets[slot.id * this.#depth + seat]!;
  }

  /** The seat taken after this one; −1 when it is the newest. */
  after(slot: Slot, seat: number): number {
    return this.#next[slot.id * this.#depth + seat]!;
  }

  /** When the oldest request of the slot was sent, µs; NaN when it was not, or there is none. */
  oldestSentUs(slot: Slot): number {
    return slot.oldest < 0 ? Number.NaN : this.#sentUs[slot.id * this.#depth + slot.oldest]!;
  }

  /** A request was answered in full. */
  answered(slot: Slot, seat: number, status: number, firstByteUs: number, now: number): void {
    const place = this.#leave(slot, seat);
    const intended = this.#intendedUs[place]!;
    if (intended < this.measureFromUs) return;
    const sent = this.#sentUs[place]!;
    this.lastEndUs = now;
    if (now < this.endUs) this.#recorder.counters.inTime++;
    this.#recorder.answered(this.#targets[place]!, status, now - intended, now - sent, firstByteUs - sent);
  }

  /** One request failed. */
  fail(slot: Slot, seat: number, now: number, failure: Failure): void {
    const place = this.#leave(slot, seat);
    const intended = this.#intendedUs[place]!;
    if (intended < this.measureFromUs) return;
    this.lastEndUs = now;
    this.#recorder.failed(this.#targets[place]!, now - intended, failure.kind, failure.example);
  }

  /** Everything in flight on the slot failed. */
  failAll(slot: Slot, now: number, failure: Failure): void {
    while (slot.count > 0) this.fail(slot, slot.oldest, now, failure);
  }

  /** Nobody will answer this request. `timedOutMs`: its time-out passed. */
  censor(slot: Slot, seat: number, now: number, timedOutMs: number | undefined): void {
    const place = this.#leave(slot, seat);
    const intended = this.#intendedUs[place]!;
    if (intended < this.measureFromUs) return;
    this.lastEndUs = now;
    this.#recorder.censored(this.#targets[place]!, now - intended, now - this.#sentUs[place]!);
    if (timedOutMs === undefined) return;
    this.#recorder.counters.timedOut++;
    this.#recorder.error("timeout", `no complete answer within ${timedOutMs} ms`);
  }

  censorAll(slot: Slot, now: number): void {
    while (slot.count > 0) this.censor(slot, slot.oldest, now, undefined);
  }

  /** A request that was due but found no connection before the run ended. */
  unsent(intendedUs: number, target: number, now: number): void {
    this.#taken++;
    if (intendedUs < this.measureFromUs) return;
    this.lastEndUs = now;
    this.#recorder.counters.unsent++;
    this.#recorder.censored(target, now - intendedUs, Number.NaN);
  }

  /** Moves a seat from the list of those in use to the free ones. */
  #leave(slot: Slot, seat: number): number {
    const base = slot.id * this.#depth;
    const place = base + seat;
    const next = this.#next[place]!;
    const previous = this.#previous[place]!;
    if (previous < 0) slot.oldest = next;
    else this.#next[base + previous] = next;
    if (next < 0) slot.newest = previous;
    else this.#previous[base + next] = previous;
    this.#next[place] = slot.free;
    slot.free = seat;
    slot.count--;
    this.#inFlight--;
    return place;
  }
}
