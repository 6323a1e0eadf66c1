/**
 * Correlation ids: an unsigned big-endian integer at a fixed place of each payload, by which an answer names its request.
 *
 * An id is the seat plus a multiple of the depth that grows with each use of the seat: the id itself leads to its request,
 * and the late answer to one that was given up is known for what it is. A seat's ids come again after 256^width ÷ depth.
 */
import type { Buffer } from "node:buffer";
import type { IdField } from "../plan.ts";

export type Named =
  | { readonly kind: "request"; readonly seat: number }
  /** Of a request that was given up. */
  | { readonly kind: "late" }
  /** Too short to hold an id, or one that no request waits under. */
  | { readonly kind: "unknown" };

const LATE: Named = { kind: "late" };
const UNKNOWN: Named = { kind: "unknown" };

export class CorrelationIds {
  readonly #field: IdField;
  readonly #depth: number;
  readonly #turns: number;
  /** By seat: the id of its latest request. */
  readonly #ids: Float64Array;
  /** By seat: 1 while that request waits for its answer. */
  readonly #waits: Uint8Array;
  /** By seat: the request that was given up last; its answer may still come, once. */
  readonly #abandoned: Float64Array;
  readonly #named: { kind: "request"; seat: number } = { kind: "request", seat: 0 };
  #value = 0;
  #seen = 0;

  /** @throws RangeError when there are not at least two ids for each seat */
  constructor(field: IdField, depth: number) {
    this.#field = field;
    this.#depth = depth;
    this.#turns = Math.floor(256 ** field.width / depth);
    if (this.#turns < 2)
      throw new RangeError(`${field.width} bytes hold too few ids for ${depth} requests in flight`);
    this.#ids = Float64Array.from({ length: depth }, (_, seat) => seat - depth);
    this.#waits = new Uint8Array(depth);
    this.#abandoned = new Float64Array(depth).fill(-1);
  }

  /** Gives the seat's new request the next id, and writes it into the payload that begins at `at`. */
  give(seat: number, bytes: Buffer, at: number): void {
    const next = this.#ids[seat]! + this.#depth;
    const id = next >= this.#turns * this.#depth ? seat : next;
    this.#ids[seat] = id;
    this.#waits[seat] = 1;
    bytes.writeUIntBE(id, at + this.#field.offset, this.#field.width);
  }

  abandon(seat: number): void {
    this.#waits[seat] = 0;
    this.#abandoned[seat] = this.#ids[seat]!;
  }

  /** A payload begins. */
  begin(): void {
    this.#value = 0;
    this.#seen = 0;
  }

  /** Bytes `start` to `end` of a chunk are the payload from `at` on. */
  take(chunk: Buffer, start: number, end: number, at: number): void {
    const { offset, width } = this.#field;
    if (this.#seen === width) return;
    for (let i = Math.max(start, start + offset - at); i < end && this.#seen < width; i++) {
      this.#value = this.#value * 256 + chunk[i]!;
      this.#seen++;
    }
  }

  /** The payload is complete: whose answer it is. Valid until the next call. */
  seat(): Named {
    if (this.#seen < this.#field.width) return UNKNOWN;
    const id = this.#value;
    const seat = id % this.#depth;
    if (this.#ids[seat] === id && this.#waits[seat] === 1) {
      this.#waits[seat] = 0;
      this.#named.seat = seat;
      return this.#named;
    }
    if (this.#abandoned[seat] !== id) return UNKNOWN;
    this.#abandoned[seat] = -1;
    return LATE;
  }
}
