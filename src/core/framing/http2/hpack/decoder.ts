// Decodes header blocks (RFC 7541 section 3). A broken block is a value: what was wrong and the section.
// Bounds hold before anything is kept: the decoded list, each string, and the dynamic table.
import { decodeHuffman } from "./huffman.ts";
import { DynamicTable, ENTRY_OVERHEAD, STATIC_COUNT, STATIC_TABLE } from "./tables.ts";

/** What one block decoded to. */
export type Decoded =
  | {
      readonly kind: "fields";
      /** Names and values in turn, octets as latin1. */
      readonly fields: readonly string[];
      /**
       * What equal bytes mean: the same fields `always` (the dynamic table was neither read nor changed), `while`
       * `changes` stays what it is (it was read only), or `never` with certainty.
       */
      readonly repeats: "always" | "while" | "never";
    }
  /** Connection error COMPRESSION_ERROR (RFC 9113 section 4.3). */
  | { readonly kind: "broken"; readonly section: string; readonly why: string }
  /** The list is longer than the bound; the table is no longer known, so the connection must end. */
  | { readonly kind: "too-large"; readonly bytes: number };

const BAD_INTEGER = -1;

export class HpackDecoder {
  /** How often the dynamic table has changed. */
  changes = 0;
  readonly #table: DynamicTable;
  readonly #maxListBytes: number;
  /** What SETTINGS_HEADER_TABLE_SIZE allows the peer. */
  readonly #tableLimit: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #scratch = Buffer.allocUnsafe(256);
  #why = "";
  #section = "";

  /**
   * @param tableLimit bytes, as announced by SETTINGS_HEADER_TABLE_SIZE
   * @param maxListBytes bytes of names and values, 32 more a field, that one block may decode to
   */
  constructor(tableLimit: number, maxListBytes: number) {
    this.#table = new DynamicTable(tableLimit);
    this.#tableLimit = tableLimit;
    this.#maxListBytes = maxListBytes;
  }

  decode(buffer: Uint8Array, start: number, end: number): Decoded {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
    const fields: string[] = [];
    const changesBefore = this.changes;
    let tableRead = false;
    let listBytes = 0;
    while (this.#at < this.#end) {
      const first = buffer[this.#at]!;
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) return this.#broken("4.2", "a table size update after a field");
        const size = this.#integer(5);
        if (size === BAD_INTEGER) return this.#failed();
        if (size > this.#tableLimit) return this.#broken("6.3", "a table size above the announced limit");
        if (size !== this.#table.maxSize) this.changes++;
        this.#table.resize(size);
        continue;
      }
      const indexed = (first & 0x80) !== 0;
      const inserted = !indexed && (first & 0x40) !== 0;
      const index = this.#integer(indexed ? 7 : inserted ? 6 : 4);
      if (index === BAD_INTEGER) return this.#failed();
      if (indexed && index === 0) return this.#broken("6.1", "index 0");
      if (index > STATIC_COUNT + this.#table.count)
        return this.#broken("2.3.3", "an index beyond the tables");
      if (index > STATIC_COUNT) tableRead = true;
      const name = index === 0 ? this.#string() : this.#nameAt(index);
      if (name === null) return this.#failed();
      const value = indexed ? this.#valueAt(index) : this.#string();
      if (value === null) return this.#failed();
      listBytes += name.length + value.length + ENTRY_OVERHEAD;
      if (listBytes > this.#maxListBytes) return { kind: "too-large", bytes: listBytes };
      if (inserted) {
        // Into a table of size 0 nothing is inserted: nginx asks for it in every field nevertheless.
        if (this.#table.maxSize > 0) this.changes++;
        this.#table.insert(name, value);
      }
      fields.push(name, value);
    }
    const repeats = this.changes !== changesBefore ? "never" : tableRead ? "while" : "always";
    return { kind: "fields", fields, repeats };
  }

  #nameAt(index: number): string {
    return index <= STATIC_COUNT ? STATIC_TABLE[2 * index - 2]! : this.#table.name(index - STATIC_COUNT);
  }

  #valueAt(index: number): string {
    return index <= STATIC_COUNT ? STATIC_TABLE[2 * index - 1]! : this.#table.value(index - STATIC_COUNT);
  }

  /** Section 5.1; integers beyond 2^28 are refused as the section advises. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#buffer[this.#at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.#at >= this.#end) {
        this.#say("5.1", "an integer that is cut off");
        return BAD_INTEGER;
      }
      const byte = this.#buffer[this.#at++]!;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.#say("5.1", "an integer that is too long");
    return BAD_INTEGER;
  }

  #string(): string | null {
    if (this.#at >= this.#end) return this.#say("5.2", "a string that is cut off");
    const huffman = (this.#buffer[this.#at]! & 0x80) !== 0;
    const length = this.#integer(7);
    if (length === BAD_INTEGER) return null;
    const start = this.#at;
    if (length > this.#end - start) return this.#say("5.2", "a string that is cut off");
    this.#at += length;
    if (!huffman) {
      return Buffer.from(this.#buffer.buffer, this.#buffer.byteOffset + start, length).toString(
        "latin1",
        0,
        length,
      );
    }
    // The shortest code has five bits.
    if (this.#scratch.length < length * 2) this.#scratch = Buffer.allocUnsafe(length * 2);
    const written = decodeHuffman(this.#buffer, start, this.#at, this.#scratch);
    if (written < 0) return this.#say("5.2", "Huffman padding that is wrong, or EOS in a string");
    return this.#scratch.toString("latin1", 0, written);
  }

  #say(section: string, why: string): null {
    this.#section = section;
    this.#why = why;
    return null;
  }

  #failed(): Decoded {
    return { kind: "broken", section: `RFC 7541 section ${this.#section}`, why: this.#why };
  }

  #broken(section: string, why: string): Decoded {
    this.#say(section, why);
    return this.#failed();
  }
}
