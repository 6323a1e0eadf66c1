/**
 * The way of a request out: taken from the schedule into the ledger, handed to the slot's driver, flushed. A slot without
 * a connection keeps what it took, and is put in line to be opened; all of it leaves when the connection is there.
 */
import type { Dialer } from "./dialer.ts";
import type { Ledger } from "./ledger.ts";
import type { Schedule } from "./schedule.ts";
import type { Slot } from "./slot.ts";
import type { Source } from "./source.ts";

export class Dispatch {
  readonly #schedule: Schedule;
  readonly #source: Source;
  readonly #ledger: Ledger;
  readonly #dialer: Dialer;

  constructor(schedule: Schedule, source: Source, ledger: Ledger, dialer: Dialer) {
    this.#schedule = schedule;
    this.#source = source;
    this.#ledger = ledger;
    this.#dialer = dialer;
  }

  /** The next request is the slot's, whatever becomes of it. Returns its seat. */
  take(slot: Slot, intendedUs: number, elapsedUs: number): number {
    this.#schedule.take(elapsedUs);
    return this.#ledger.take(slot, intendedUs, this.#source.target(this.#ledger.taken));
  }

  /** Takes the next request and hands it to the driver, if the slot has one; `leave` is to follow. */
  put(slot: Slot, intendedUs: number, elapsedUs: number, now: number): void {
    const seat = this.take(slot, intendedUs, elapsedUs);
    if (slot.state === "open") this.#handOver(slot, seat, now);
  }

  /** What was put leaves, or the connection that it will leave on is opened. */
  leave(slot: Slot): void {
    if (slot.state === "open") slot.driver!.flush();
    else this.#dialer.request(slot);
  }

  /** All that waited for the connection, or was carried over from the one before. */
  all(slot: Slot, now: number): void {
    for (let seat = slot.oldest; seat >= 0; seat = this.#ledger.after(slot, seat)) {
      this.#handOver(slot, seat, now);
    }
    slot.driver!.flush();
  }

  /** What was due and found no connection before the end is counted, unsent. */
  unsent(intendedUs: number, elapsedUs: number, now: number): void {
    this.#schedule.take(elapsedUs);
    this.#ledger.unsent(intendedUs, this.#source.target(this.#ledger.taken), now);
  }

  #handOver(slot: Slot, seat: number, now: number): void {
    slot.left--;
    const bytes = slot.driver!.send(this.#ledger.target(slot, seat), seat);
    this.#ledger.sent(slot, seat, bytes, now);
  }
}
