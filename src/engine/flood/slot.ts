/**
 * A place for one connection, and what is in flight on it. A slot outlives its connections: it re-dials, and
 * carries over requests that the server announced it would not answer.
 *
 *   unopened ─► opening ─► open ─┐
 *      ▲           │             │ lost
 *      │           ▼ failed      │
 *      └──────── waiting ◄───────┘ (back-off)
 */
import type { Driver } from "./drivers/driver.ts";

export type SlotState = "unopened" | "opening" | "open" | "waiting";

export class Slot {
  readonly id: number;
  state: SlotState = "unopened";
  driver: Driver | undefined;
  /** Requests in flight, and how many may be: what was asked for, or the peer's limit. */
  count = 0;
  places: number;
  /** Requests that may still go on this connection. */
  left: number;
  /** Kept by the ledger: seats of the oldest and newest request in flight, and of the first free seat; −1 for none. */
  oldest = -1;
  newest = -1;
  free = 0;
  /** When the slot last became able to take a request, µs. */
  freeSinceUs = 0;
  /** When opening began, or when to try again (`waiting`), µs. */
  sinceUs = 0;
  /** Attempts in a row that brought no answer. */
  failures = 0;
  readonly #depth: number;
  readonly #perConnection: number;
  readonly queuedIn = { free: false, toOpen: false, answered: false };

  /** @param depth requests in flight at most, 0 for a connection that carries none @param left requests on one connection at most */
  constructor(id: number, depth: number, left: number) {
    this.id = id;
    this.#depth = depth;
    this.#perConnection = left;
    this.places = depth;
    this.left = left;
  }

  /** Requests go on it; otherwise it only listens. */
  get carries(): boolean {
    return this.#depth > 0;
  }

  /** Nothing is in flight, or so many places are free. */
  isWorth(refill: number): boolean {
    return this.carries && (this.count === 0 || this.places - this.count >= refill);
  }

  /** It can take a request: at once, or by opening a connection for it. */
  get hasPlace(): boolean {
    if (this.state === "open") return this.count < this.places && this.left > 0;
    return this.state === "unopened" && this.count === 0 && this.carries;
  }

  /** All that its connection was for is done. */
  get isSpent(): boolean {
    return this.left <= 0 && this.count === 0;
  }

  /** Its connection is gone, and what is in flight stays. */
  vacate(now: number): void {
    this.state = "unopened";
    this.driver = undefined;
    this.freeSinceUs = now;
    this.places = this.#depth;
    this.left = this.#perConnection;
  }
}

/** FIFO of slots, each at most once; a ring as large as the number of slots, so it never grows. */
export class SlotQueue {
  readonly #ring: (Slot | undefined)[];
  readonly #name: keyof Slot["queuedIn"];
  #head = 0;
  #length = 0;

  constructor(capacity: number, name: keyof Slot["queuedIn"]) {
    this.#ring = new Array<Slot | undefined>(capacity).fill(undefined);
    this.#name = name;
  }

  get length(): number {
    return this.#length;
  }

  /** Appends the slot unless it is queued already. */
  push(slot: Slot): void {
    if (slot.queuedIn[this.#name]) return;
    slot.queuedIn[this.#name] = true;
    let tail = this.#head + this.#length++;
    if (tail >= this.#ring.length) tail -= this.#ring.length;
    this.#ring[tail] = slot;
  }

  shift(): Slot | undefined {
    if (this.#length === 0) return undefined;
    const slot = this.#ring[this.#head]!;
    this.#ring[this.#head] = undefined;
    this.#head = this.#head + 1 === this.#ring.length ? 0 : this.#head + 1;
    this.#length--;
    slot.queuedIn[this.#name] = false;
    return slot;
  }
}
