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
  /** Ring of requests in flight: index of the oldest, and how many. */
  head = 0;
  count = 0;
  /** When the slot last became able to take a request, µs. */
  freeSinceUs = 0;
  /** When opening began, or when to try again (`waiting`), µs. */
  sinceUs = 0;
  /** Attempts in a row that brought no answer. */
  failures = 0;
  readonly queuedIn = { free: false, toOpen: false, answered: false };

  constructor(id: number) {
    this.id = id;
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
