/**
 * Prebuilt requests, and their way out. Requests to consecutive targets come as one buffer, so that a run of them
 * (pipelining) is one write.
 */
import { Buffer } from "node:buffer";

export interface RequestBook {
  readonly targets: number;
  /** Most requests that `run` gives at once. */
  readonly maxRun: number;
  /** Bytes of one request to a target. */
  size(target: number): number;
  /** `count` requests to a target and those after it in turn; a view that is shared and must not be written to. */
  run(first: number, count: number): Buffer;
}

// A run's buffer repeats the request; large bodies are sent in shorter runs to bound memory.
const RUN_BYTES = 1024 * 1024;

// A view for each beginning and length of a run; of very many requests each is written by itself.
const MOST_VIEWS = 1_000_000;

/** @param depth longest run that is wanted */
export function bindRequests(requests: readonly Buffer[], depth: number): RequestBook {
  const targets = requests.length;
  const cycleBytes = requests.reduce((sum, bytes) => sum + bytes.length, 0);
  const byBytes = Math.floor((RUN_BYTES / Math.max(1, cycleBytes)) * targets);
  const maxRun = Math.max(1, Math.min(depth, byBytes, Math.floor(MOST_VIEWS / targets)));
  // Long enough for a run of maxRun requests that starts at any target.
  const row = Array.from({ length: targets + maxRun - 1 }, (_, i) => requests[i % targets]!);
  const all = Buffer.concat(row);
  const offsets = [0];
  for (const bytes of row) offsets.push(offsets.at(-1)! + bytes.length);
  const views: Buffer[] = [];
  for (let from = 0; from < targets; from++) {
    for (let count = 1; count <= maxRun; count++) {
      views.push(all.subarray(offsets[from], offsets[from + count]));
    }
  }
  return {
    targets,
    maxRun,
    size: (target) => requests[target]!.length,
    run: (first, count) => views[first * maxRun + count - 1]!,
  };
}

/** Gathers the requests of one connection into the longest runs that the book has. */
export class Outbox {
  readonly #book: RequestBook;
  readonly #write: (bytes: Buffer) => void;
  /** The run that leaves with the next flush: its first target, how many requests, and the target after it. */
  #first = 0;
  #count = 0;
  #next = 0;

  constructor(book: RequestBook, write: (bytes: Buffer) => void) {
    this.#book = book;
    this.#write = write;
  }

  /** Returns the size of the request in bytes. */
  send(target: number): number {
    if (this.#count > 0 && (target !== this.#next || this.#count === this.#book.maxRun)) this.flush();
    if (this.#count === 0) this.#first = target;
    this.#count++;
    this.#next = target + 1 === this.#book.targets ? 0 : target + 1;
    return this.#book.size(target);
  }

  flush(): void {
    if (this.#count === 0) return;
    const bytes = this.#book.run(this.#first, this.#count);
    this.#count = 0;
    this.#write(bytes);
  }
}
