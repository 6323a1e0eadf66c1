/**
 * Header fields over an owned copy of the bytes they came in: names are decoded when the block is made, values
 * when somebody asks. Immutable, so that identical heads can share one block.
 */
import type { Buffer } from "node:buffer";
import type { HttpHeaders } from "./types.ts";

const NONE: readonly string[] = [];

export class HeaderBlock implements HttpHeaders {
  readonly #bytes: Buffer;
  readonly #names: readonly string[];
  /** Start and end of each value in `bytes`. */
  readonly #ranges: readonly number[];

  /** `names` are lower case; `ranges` holds two offsets for each. */
  constructor(bytes: Buffer, names: readonly string[], ranges: readonly number[]) {
    this.#bytes = bytes;
    this.#names = names;
    this.#ranges = ranges;
  }

  get size(): number {
    return this.#names.length;
  }

  name(index: number): string {
    return this.#names[index]!;
  }

  value(index: number): string {
    return this.#bytes.toString("latin1", this.#ranges[index * 2], this.#ranges[index * 2 + 1]);
  }

  get(name: string): string | undefined {
    const index = this.#names.indexOf(name);
    return index === -1 ? undefined : this.value(index);
  }

  all(name: string): readonly string[] {
    let index = this.#names.indexOf(name);
    if (index === -1) return NONE;
    const values: string[] = [];
    for (; index !== -1; index = this.#names.indexOf(name, index + 1)) values.push(this.value(index));
    return values;
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    for (let index = 0; index < this.#names.length; index++) yield [this.#names[index]!, this.value(index)];
  }
}
