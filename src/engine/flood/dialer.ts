/**
 * Opens connections for slots: a bounded number at a time, in the order asked, with back-off after failures.
 */
import type { Clock } from "../../core/clock.ts";
import type { Driver, DriverEvents } from "./drivers/driver.ts";
import type { GeneratorParts } from "./generator-parts.ts";
import { type Slot, SlotQueue } from "./slot.ts";

export type DriverFactory = (slot: number, events: DriverEvents) => Driver;

// Being opened at the same time by one thread: under a listen backlog of 128 none is dropped.
const MAX_OPENING = 100;
// Begun in one turn of the event loop: those that are begun together answer together, and are stamped one after the other.
const MOST_A_TURN = 4;
// After a connection that brought no answer: doubled each time up to the second value.
const FIRST_BACKOFF_US = 10_000;
const LAST_BACKOFF_US = 1_000_000;

type DialerParts = Pick<GeneratorParts, "plan" | "connections" | "connect" | "clock" | "endOfTurn">;

export class Dialer {
  readonly #connect: DriverFactory;
  readonly #events: DriverEvents;
  readonly #clock: Clock;
  readonly #queue: SlotQueue;
  readonly #endOfTurn: (callback: () => void) => void;
  /** Dials a microsecond. */
  readonly #perUs: number;
  #firstUs: number | undefined;
  #dialled = 0;
  #opening = 0;
  #begun = 0;

  constructor(events: DriverEvents, { plan, connections, connect, clock, endOfTurn }: DialerParts) {
    this.#queue = new SlotQueue(connections, "toOpen");
    this.#connect = connect;
    this.#events = events;
    this.#clock = clock;
    this.#endOfTurn = endOfTurn;
    this.#perUs = (plan.connectRate ?? Number.POSITIVE_INFINITY) / plan.threads / 1e6;
  }

  /** Nothing is being opened or waits to be. */
  get idle(): boolean {
    return this.#opening === 0 && this.#queue.length === 0;
  }

  /** To be called every few milliseconds: a rate may allow more by now. */
  pump(): void {
    if (this.#perUs !== Number.POSITIVE_INFINITY) this.#next();
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
    while (this.#opening < MAX_OPENING && this.#begun < MOST_A_TURN && this.#isDue()) {
      const slot = this.#queue.shift();
      if (slot === undefined) return;
      if (this.#begun++ === 0) this.#endOfTurn(this.#turned);
      slot.state = "opening";
      slot.sinceUs = this.#clock.nowUs();
      this.#opening++;
      this.#dialled++;
      slot.driver = this.#connect(slot.id, this.#events);
      slot.driver.open();
    }
  }

  /** Dial k is due k / rate after the first, whatever became of those before: what was missed is made up for. */
  #isDue(): boolean {
    if (this.#perUs === Number.POSITIVE_INFINITY) return true;
    const now = this.#clock.nowUs();
    this.#firstUs ??= now;
    return this.#dialled <= (now - this.#firstUs) * this.#perUs;
  }

  readonly #turned = (): void => {
    this.#begun = 0;
    this.#next();
  };
}
