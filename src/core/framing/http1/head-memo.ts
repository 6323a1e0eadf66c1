/**
 * Remembers the last few heads, so that bytes identical to one of them need no second parse: the same
 * immutable head is given out again. Made to be shared by all connections of one listener or one generator
 * thread, whose heads are mostly alike.
 *
 *   first time   parsed, its text noted in `seen`
 *   second time  known by its text: moves into `ready`, most recently used first
 *   from then on found by comparing every byte, eight at a time, with neither copy nor allocation
 *
 * Heads that differ each time stay in `seen` and never push out the ones that repeat. Bounded: a few heads,
 * none larger than 4 KiB, and the chunk last looked into.
 *
 * Eight bytes are compared as one double, three times as fast as `Buffer.compare` for heads of usual size. Two
 * doubles that are equal have the same bits unless both are zero, and a head holds no zero byte; one that is
 * not a number equals nothing, which costs a parse and no more.
 */
import { Buffer } from "node:buffer";
import type { HeadEvent, HttpLimits, RequestHead, ResponseHead } from "./types.ts";

// The current head, the one with the Date of a second ago, and two more kinds of answer.
const DEFAULT_HEADS = 4;
// Longer than `ready`, so that as many heads in rotation are seen a second time.
const SEEN_PER_READY = 2;
// A larger head costs more to keep and compare than it saves.
const MAX_HEAD_BYTES = 4096;

interface Seen<H extends RequestHead | ResponseHead> {
  readonly text: string;
  /** What besides the bytes decides the meaning: the kind of request that is answered. */
  readonly context: number;
  readonly event: HeadEvent<H>;
}

interface Ready<H extends RequestHead | ResponseHead> extends Seen<H> {
  readonly length: number;
  /** The head, eight bytes a number. */
  readonly words: Float64Array;
  /** What is left after the last eight. */
  readonly tail: Uint8Array;
}

export class HeadMemo<H extends RequestHead | ResponseHead = RequestHead | ResponseHead> {
  /** Most recently used first. */
  readonly #ready: Ready<H>[] = [];
  /** A ring: `#seenAt` is the oldest, which the next one replaces. */
  readonly #seen: Seen<H>[] = [];
  #seenAt = 0;
  readonly #maxHeads: number;
  #limits: HttpLimits | undefined;
  /** The chunk last looked into, and a view of it: sockets read into the same few buffers. */
  #chunk: Uint8Array | undefined;
  #view: DataView | undefined;

  /** `maxHeads`: how many heads are found without a parse, at most. */
  constructor(maxHeads: number = DEFAULT_HEADS) {
    this.#maxHeads = maxHeads;
  }

  /**
   * A parser with these limits will use the memo.
   * @throws RangeError when it is used under other limits already: a known head is not checked again.
   */
  join(limits: HttpLimits): void {
    const known = this.#limits;
    this.#limits ??= limits;
    if (
      known !== undefined &&
      (known.maxHeadBytes !== limits.maxHeadBytes ||
        known.maxHeaders !== limits.maxHeaders ||
        known.maxBodyBytes !== limits.maxBodyBytes)
    ) {
      throw new RangeError("parsers with different limits cannot share a memo");
    }
  }

  /** The remembered head whose bytes stand at `start`, or undefined. */
  find(chunk: Buffer, start: number, end: number, context: number): HeadEvent<H> | undefined {
    const ready = this.#ready;
    for (let index = 0; index < ready.length; index++) {
      const entry = ready[index]!;
      const entryEnd = start + entry.length;
      if (entryEnd > end || entry.context !== context) continue;
      if (chunk[entryEnd - 3] !== 0x0a) continue; // most other heads differ here already
      if (!this.#standsAt(entry, chunk, start)) continue;
      for (let later = index; later > 0; later--) ready[later] = ready[later - 1]!;
      ready[0] = entry;
      return entry.event;
    }
    return undefined;
  }

  /** What a head that `find` did not know means, if it was seen before: it will be found from now on. */
  recall(text: string, context: number): HeadEvent<H> | undefined {
    for (const entry of this.#ready) {
      // It straddled chunks, where `find` cannot see it.
      if (entry.text === text && entry.context === context) return entry.event;
    }
    for (let index = 0; index < this.#seen.length; index++) {
      const entry = this.#seen[index]!;
      if (entry.text !== text || entry.context !== context) continue;
      if (this.#ready.length >= this.#maxHeads) this.#ready.pop();
      this.#ready.unshift(readyOf(entry));
      return entry.event;
    }
    return undefined;
  }

  /** `text` means `event`, in this context. */
  note(text: string, context: number, event: HeadEvent<H>): void {
    if (text.length > MAX_HEAD_BYTES) return;
    this.#seen[this.#seenAt] = { text, context, event };
    this.#seenAt = (this.#seenAt + 1) % (this.#maxHeads * SEEN_PER_READY);
  }

  #standsAt(entry: Ready<H>, chunk: Buffer, start: number): boolean {
    if (this.#chunk !== chunk) {
      this.#chunk = chunk;
      this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    const view = this.#view!;
    const { words, tail } = entry;
    let at = start;
    for (let word = 0; word < words.length; word++, at += 8) {
      if (view.getFloat64(at, true) !== words[word]) return false;
    }
    for (let left = 0; left < tail.length; left++, at++) if (chunk[at] !== tail[left]) return false;
    return true;
  }
}

function readyOf<H extends RequestHead | ResponseHead>(seen: Seen<H>): Ready<H> {
  const bytes = Buffer.from(seen.text, "latin1");
  const words = new Float64Array(bytes.length >> 3);
  for (let word = 0; word < words.length; word++) words[word] = bytes.readDoubleLE(word * 8);
  const tail = Uint8Array.from(bytes.subarray(words.length * 8));
  return { ...seen, length: bytes.length, words, tail };
}
