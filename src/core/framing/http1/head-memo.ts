/**
 * Remembers the last few heads, so that bytes identical to one of them need no second parse: the same
 * immutable head is given out again. Made to be shared by all connections of one listener or one generator
 * thread, whose heads are mostly alike. Bounded: a few entries, none larger than the limit on heads.
 */
import type { Buffer } from "node:buffer";
import type { HeadEvent, RequestHead, ResponseHead } from "./types.ts";

// The current head, the one with the Date of a second ago, and two more kinds of answer.
const DEFAULT_ENTRIES = 4;
// A larger head costs more to keep and compare than it saves.
const MAX_ENTRY_BYTES = 4096;

interface Entry<H extends RequestHead | ResponseHead> {
  readonly bytes: Buffer;
  readonly length: number;
  /** What besides the bytes decides the meaning: the kind of request that is answered. */
  readonly context: number;
  readonly event: HeadEvent<H>;
}

export class HeadMemo<H extends RequestHead | ResponseHead = RequestHead | ResponseHead> {
  /** Most recently used first. */
  readonly #entries: Entry<H>[] = [];
  readonly #maxEntries: number;

  constructor(maxEntries: number = DEFAULT_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  /** The remembered head whose bytes stand at `start`, or undefined. */
  find(chunk: Buffer, start: number, end: number, context: number): HeadEvent<H> | undefined {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      const entryEnd = start + entry.length;
      if (entryEnd > end || entry.context !== context) continue;
      if (chunk[entryEnd - 3] !== 0x0a) continue; // most other heads differ here already
      if (entry.bytes.compare(chunk, start, entryEnd, 0, entry.length) !== 0) continue;
      if (i > 0) {
        entries.splice(i, 1);
        entries.unshift(entry);
      }
      return entry.event;
    }
    return undefined;
  }

  /** `bytes` must be the whole head, owned by nobody who changes it. */
  remember(bytes: Buffer, event: HeadEvent<H>, context: number): void {
    if (bytes.length > MAX_ENTRY_BYTES) return;
    if (this.#entries.length >= this.#maxEntries) this.#entries.pop();
    this.#entries.unshift({ bytes, length: bytes.length, context, event });
  }
}
