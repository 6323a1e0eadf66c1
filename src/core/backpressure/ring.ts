/**
 * A bounded first-in first-out buffer on an array used in a circle.
 *
 *      read ─┐        ┌─ write
 *      [ ][ ][a][b][c][ ][ ][ ]        slot = position & (slots - 1)
 *
 * Positions only grow; the mask turns them into slots. The array begins small and doubles up to `capacity`,
 * so that a large bound costs nothing until it is used. A slot is emptied when it is read.
 */
const FIRST_SLOTS = 16;

export class Ring<T> {
  readonly capacity: number;
  #slots: (T | undefined)[] = new Array<T | undefined>(FIRST_SLOTS).fill(undefined);
  #read = 0;
  #write = 0;

  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) {
      throw new RangeError(`a capacity is a whole number of at least 0, not ${capacity}`);
    }
    this.capacity = capacity;
  }

  get length(): number {
    return this.#write - this.#read;
  }

  get full(): boolean {
    return this.length >= this.capacity;
  }

  /** The ring must not be full. */
  push(value: T): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#slots[this.#write++ & (this.#slots.length - 1)] = value;
  }

  /** The ring must not be empty. */
  shift(): T {
    const slot = this.#read++ & (this.#slots.length - 1);
    const value = this.#slots[slot] as T;
    this.#slots[slot] = undefined;
    return value;
  }

  /** Empties it, and tells how many values went. */
  clear(): number {
    const dropped = this.length;
    this.#slots = new Array<T | undefined>(FIRST_SLOTS).fill(undefined);
    this.#read = 0;
    this.#write = 0;
    return dropped;
  }

  #grow(): void {
    const length = this.length;
    const larger = new Array<T | undefined>(this.#slots.length * 2).fill(undefined);
    for (let index = 0; index < length; index++) {
      larger[index] = this.#slots[(this.#read + index) & (this.#slots.length - 1)];
    }
    this.#slots = larger;
    this.#read = 0;
    this.#write = length;
  }
}
