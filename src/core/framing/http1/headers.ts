/**
 * Header fields over the text they came in: names are decoded when the block is made, values are cut out when
 * somebody asks. Immutable, so that identical heads can share one block.
 */
import type { Buffer } from "node:buffer";
import { fieldName } from "./field-names.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { isBlank } from "./tokens.ts";
import type { HttpHeaders } from "./types.ts";

const NONE: readonly string[] = [];

export class HeaderBlock implements HttpHeaders {
  readonly #text: string;
  readonly #names: readonly string[];
  /** Start and end of each value in the text. */
  readonly #ranges: readonly number[];
  /** Fields that the parsers act on and that are present: a set of `ROLE` bits. */
  readonly roles: number;

  /** `names` are lower case; `ranges` holds two offsets into `text` for each. */
  constructor(text: string, names: readonly string[], ranges: readonly number[], roles: number) {
    this.#text = text;
    this.#names = names;
    this.#ranges = ranges;
    this.roles = roles;
  }

  get size(): number {
    return this.#names.length;
  }

  name(index: number): string {
    return this.#names[index]!;
  }

  value(index: number): string {
    return this.#text.slice(this.#ranges[index * 2], this.#ranges[index * 2 + 1]);
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

/** The fields that a scanner has found in a block that begins at `origin` of `bytes` and reads `text`. */
export function headerBlock(scanner: HeadScanner, bytes: Buffer, origin: number, text: string): HeaderBlock {
  const { fieldCount, positions } = scanner;
  const names: string[] = [];
  const ranges: number[] = [];
  let roles = 0;
  for (let index = 0; index < fieldCount; index++) {
    const nameStart = positions[index * 3]!;
    const colon = positions[index * 3 + 1]!;
    let start = colon + 1;
    let end = positions[index * 3 + 2]!;
    while (start < end && isBlank(bytes[origin + start]!)) start++;
    while (end > start && isBlank(bytes[origin + end - 1]!)) end--;
    const name = fieldName(bytes, origin + nameStart, origin + colon);
    names.push(name.text);
    roles |= name.role;
    ranges.push(start, end);
  }
  return new HeaderBlock(text, names, ranges, roles);
}
