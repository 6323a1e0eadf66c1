/**
 * Reads the fields of one message (RFC 8446 §3). Going past the end is remembered, not thrown: from there on
 * every number is 0 and every run is empty, so a parser reads all its fields in a row and asks once, at the
 * end, whether they were there. Runs are views into the message.
 */
import { Buffer } from "node:buffer";
import { type TlsViolation, violation } from "./violation.ts";

const EMPTY = Buffer.alloc(0);

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;
  #fault: string | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes not yet read; 0 after a fault, so that a loop over them ends. */
  get left(): number {
    return this.#fault === undefined ? this.#bytes.length - this.#at : 0;
  }

  /** How far it has read. */
  get offset(): number {
    return this.#at;
  }

  get failed(): boolean {
    return this.#fault !== undefined;
  }

  u8(): number {
    return this.#has(1) ? this.#bytes[this.#at++]! : 0;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  u24(): number {
    if (!this.#has(3)) return 0;
    this.#at += 3;
    return this.#bytes.readUIntBE(this.#at - 3, 3);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  /** The next `length` bytes. */
  take(length: number): Buffer {
    if (!this.#has(length)) return EMPTY;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** `opaque x<0..2^8-1>`, and so on: a length, then that many bytes. */
  vector8(): Buffer {
    return this.take(this.u8());
  }

  vector16(): Buffer {
    return this.take(this.u16());
  }

  vector24(): Buffer {
    return this.take(this.u24());
  }

  /** `uint16 x<0..2^16-2>`: code points after a length of two bytes. */
  codes16(): number[] {
    return this.#codes(this.vector16());
  }

  /** The same after a length of one byte. */
  codes8(): number[] {
    return this.#codes(this.vector8());
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  /** Marks the message as broken for a reason of the parser's own; the first reason stays. */
  fail(what: string): void {
    this.#fault ??= what;
  }

  /** The message must end here. Undefined when all that was asked for was there and nothing is left over. */
  finish(what: string, section: string): TlsViolation | undefined {
    if (this.#fault === undefined && this.left > 0) this.fail(`${this.left} bytes too many`);
    return this.#fault === undefined ? undefined : violation(`${what}: ${this.#fault}`, section);
  }

  /** What went wrong so far; bytes may be left. */
  fault(what: string, section: string): TlsViolation | undefined {
    return this.#fault === undefined ? undefined : violation(`${what}: ${this.#fault}`, section);
  }

  #codes(bytes: Buffer): number[] {
    if (bytes.length % 2 !== 0) this.fail("a list of two-byte codes with an odd length");
    const codes: number[] = [];
    for (let at = 0; at + 1 < bytes.length; at += 2) codes.push(bytes.readUInt16BE(at));
    return codes;
  }

  #has(length: number): boolean {
    if (this.#fault !== undefined) return false;
    if (this.#bytes.length - this.#at >= length) return true;
    const there = this.#bytes.length - this.#at;
    this.#fault = `ends at byte ${this.#bytes.length}, where ${length - there} more are announced`;
    return false;
  }
}
