/** Holds an answer against what was sent, piece by piece as it comes, without gathering it. */
import type { Buffer } from "node:buffer";
import type { IdField } from "../plan.ts";

export class Expected {
  readonly #payload: Buffer;
  /** Bytes from and to that differ from request to request, and are not compared. */
  readonly #from: number;
  readonly #to: number;
  #holds = true;

  constructor(payload: Buffer, id: IdField | undefined) {
    this.#payload = payload;
    this.#from = id?.offset ?? payload.length;
    this.#to = id === undefined ? payload.length : id.offset + id.width;
  }

  get length(): number {
    return this.#payload.length;
  }

  /** All bytes so far are as they should be. */
  get holds(): boolean {
    return this.#holds;
  }

  /** An answer of that many bytes begins. */
  begin(length: number): void {
    this.#holds = length === this.#payload.length;
  }

  /** Bytes `start` to `end` of a chunk are the answer from `at` on. */
  take(chunk: Buffer, start: number, end: number, at: number): void {
    if (!this.#holds) return;
    const length = end - start;
    this.#compare(chunk, start, at, Math.min(at + length, this.#from));
    const after = Math.max(at, this.#to);
    this.#compare(chunk, start + after - at, after, at + length);
  }

  #compare(chunk: Buffer, start: number, from: number, to: number): void {
    if (from >= to || !this.#holds) return;
    this.#holds = chunk.compare(this.#payload, from, to, start, start + to - from) === 0;
  }
}
