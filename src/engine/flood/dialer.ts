/**
 * Opens connections for slots: a bounded number at a time, in the order asked, with back-off after failures.
 */
import type { Clock } from "../../core/clock.ts";
import type { Driver, DriverEvents } from "./drivers/driver.ts";
import { type Slot, SlotQueue } from "./slot.ts";

export type DriverFactory = (slot: number, events: DriverEvents) => Driver;

// Being opened at the same time by one thread: under a listen backlog of 128 none is dropped.
const MAX_OPENING = 100;
// After a connection that brought no answer: doubled each time up to the second value.
const FIRST_BACKOFF_US = 10_000;
const LAST_BACKOFF_US = 1_000_000;

export class Dialer {
  readonly #connect: DriverFactory;
  readonly #events: DriverEvents;
  readonly #clock: Clock;
  readonly #queue: SlotQueue;
  #opening = 0;

  constructor(slots: number, connect: DriverFactory, events: DriverEvents, clock: Clock) {
    this.#queue = new SlotQueue(slots, "toOpen");
    this.#connect = connect;
    this.#events = events;
    this.#clock = clock;
  }

  /** Nothing is being opened or waits to be. */
  get idle(): boolean {
    return this.#opening === 0 && this.#queue.length === 0;
  }

  /** The slot gets a connection as soon as its turn comes. */
  request(slot: Slot): void {
    this.#queue.push(slot);
    this.#next();
  }

  /** An attempt ended, either way. */
  ended(): void {
    this.#opening--;
    this.#next();
  }

  /** The slot is to try again later. */
  backOff(slot: Slot, now: number): void {
    slot.state = "waiting";
    slot.sinceUs = now + Math.min(FIRST_BACKOFF_US * 2 ** slot.failures, LAST_BACKOFF_US);
  }

  #next(): void {
    while (this.#opening < MAX_OPENING) {
      const slot = this.#queue.shift();
      if (slot === undefined) return;
      slot.state = "opening";
      slot.sinceUs = this.#clock.nowUs();
      this.#opening++;
      slot.driver = this.#connect(slot.id, this.#events);
      slot.driver.open();
    }
  }
}
