/**
 * The requests in flight of one generator thread: their stamps, and that each of them ends exactly once, as
 * succeeded, failed or censored.
 *
 * Stamps live in flat arrays, `depth` places a slot, as a ring (no object per request): requests of one
 * connection are answered in order (RFC 9112 §9.3.2).
 *
 *       slot.head ─┐   ┌─ slot.head + slot.count
 *       [ … ][ … ][oldest][ … ][newest][ … ]
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

  /** A new request is the slot's newest. */
  take(slot: Slot, intendedUs: number, target: number): void {
    const place = this.#place(slot, slot.count);
    this.#intendedUs[place] = intendedUs;
    this.#sentUs[place] = Number.NaN;
    this.#targets[place] = target;
    slot.count++;
    this.#inFlight++;
    this.#taken++;
  }

  /** Request `offset` of the slot goes on the wire now; one carried over from a lost connection keeps its stamp. */
  sent(slot: Slot, offset: number, bytes: number, now: number): void {
    const place = this.#place(slot, offset);
    const intended = this.#intendedUs[place]!;
    const first = Number.isNaN(this.#sentUs[place]!);
    if (first) this.#sentUs[place] = now;
    if (intended < this.measureFromUs) return;
    this.#recorder.counters.bytesSent += bytes;
    if (!first) return;
    this.#recorder.counters.sent++;
    if (this.#keepsLateness) this.#recorder.record("lateness", now - intended);
  }

  target(slot: Slot, offset: number): number {
    return this.#targets[this.#place(slot, offset)]!;
  }

  /** When the oldest request of the slot was sent, µs; NaN when it was not. */
  oldestSentUs(slot: Slot): number {
    return this.#sentUs[this.#place(slot, 0)]!;
  }

  /** The oldest request of the slot was answered in full. */
  answered(slot: Slot, status: number, firstByteUs: number, now: number): void {
    const place = this.#place(slot, 0);
    slot.head = slot.head + 1 === this.#depth ? 0 : slot.head + 1;
    slot.count--;
    this.#inFlight--;
    const intended = this.#intendedUs[place]!;
    if (intended < this.measureFromUs) return;
    const sent = this.#sentUs[place]!;
    this.lastEndUs = now;
    if (now < this.endUs) this.#recorder.counters.inTime++;
    this.#recorder.answered(this.#targets[place]!, status, now - intended, now - sent, firstByteUs - sent);
  }

  /** Everything in flight on the slot failed. */
  fail(slot: Slot, now: number, failure: Failure): void {
    for (let offset = 0; offset < slot.count; offset++) {
      const place = this.#place(slot, offset);
      const intended = this.#intendedUs[place]!;
      if (intended < this.measureFromUs) continue;
      this.lastEndUs = now;
      this.#recorder.failed(this.#targets[place]!, now - intended, failure.kind, failure.example);
    }
    this.#clear(slot);
  }

  /** Nobody will answer what is in flight on the slot. `timedOutMs`: the oldest one's time-out passed. */
  censor(slot: Slot, now: number, timedOutMs: number | undefined): void {
    for (let offset = 0; offset < slot.count; offset++) {
      const place = this.#place(slot, offset);
      const intended = this.#intendedUs[place]!;
      if (intended < this.measureFromUs) continue;
      this.lastEndUs = now;
      this.#recorder.censored(this.#targets[place]!, now - intended, now - this.#sentUs[place]!);
      if (timedOutMs !== undefined && offset === 0) {
        this.#recorder.counters.timedOut++;
        this.#recorder.error("timeout", `no complete answer within ${timedOutMs} ms`);
      }
    }
    this.#clear(slot);
  }

  /** A request that was due but found no connection before the run ended. */
  unsent(intendedUs: number, target: number, now: number): void {
    this.#taken++;
    if (intendedUs < this.measureFromUs) return;
    this.lastEndUs = now;
    this.#recorder.counters.unsent++;
    this.#recorder.censored(target, now - intendedUs, Number.NaN);
  }

  #clear(slot: Slot): void {
    this.#inFlight -= slot.count;
    slot.count = 0;
    slot.head = 0;
  }

  #place(slot: Slot, offset: number): number {
    let index = slot.head + offset;
    if (index >= this.#depth) index -= this.#depth;
    return slot.id * this.#depth + index;
  }
}
