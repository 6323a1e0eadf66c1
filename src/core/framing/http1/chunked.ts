/**
 * The chunked transfer coding (RFC 9112 §7.1) up to the last chunk, as a state machine over lent bytes; the
 * trailer section that follows has the form of a head and is read as one.
 *
 *   size-first ─► size ─► (space) ─► (extension) ─CR─► size-lf ─LF─► data ─► data-cr ─► data-lf ─► size-first …
 *                                                        └─ size 0: last
 *
 * Sizes are checked digit by digit, and extensions against a bound, before anything is made of them. The
 * decoder keeps no byte: data is told as a range of the chunk that is being read.
 */
import { assertNever } from "../../exhaustive.ts";
import { bodyTooLarge } from "./body-rules.ts";
import { CR, hexValue, IS_FIELD_VALUE, LF, SPACE, TAB } from "./tokens.ts";
import type { HttpViolation } from "./types.ts";
import { shown, violation } from "./violation.ts";

type State = "size-first" | "size" | "space" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf";

/** `last`: the chunk of size 0 and its line are read. */
export type ChunkedStep = "data" | "last" | "need-more" | "violation";

/**
 * Extension bytes of a message beyond the bytes of its body. A signature beside each chunk stays far below; a
 * peer that sends one byte of body in a line of kilobytes does not.
 */
const MAX_EXTENSION_BYTES = 4096;
/** 16 digits write 2^64 − 1; more can only be leading zeros, on which recipients disagree. */
const MAX_SIZE_DIGITS = 16;
const SEMICOLON = 0x3b;

export class ChunkedDecoder {
  #state: State = "size-first";
  #maxBodyBytes = 0;
  #size = 0;
  #digits = 0;
  #left = 0;
  #total = 0;
  #extensionBytes = 0;
  /** Where reading goes on in the chunk after a step. */
  at = 0;
  /** Of a `data` step: where in the chunk the data begins; it ends at `at`. */
  dataStart = 0;
  /** Of a `violation` step. */
  violation: HttpViolation | undefined;

  /** Prepares for another body. */
  begin(maxBodyBytes: number): void {
    this.#state = "size-first";
    this.#maxBodyBytes = maxBodyBytes;
    this.#size = 0;
    this.#digits = 0;
    this.#total = 0;
    this.#extensionBytes = 0;
  }

  step(bytes: Uint8Array, start: number, end: number): ChunkedStep {
    let at = start;
    while (at < end) {
      const byte = bytes[at]!;
      switch (this.#state) {
        case "data": {
          const length = Math.min(this.#left, end - at);
          this.#left -= length;
          this.dataStart = at;
          this.at = at + length;
          if (this.#left === 0) this.#state = "data-cr";
          return "data";
        }
        case "data-cr":
          if (byte !== CR) return this.#fail(bytes, at, "chunk-end", "is longer than its size says");
          this.#state = "data-lf";
          break;
        case "data-lf":
          if (byte !== LF) return this.#fail(bytes, at, "bare-cr", "ends in CR without LF");
          this.#state = "size-first";
          break;
        case "size-first": {
          const digit = hexValue(byte);
          if (digit < 0) return this.#fail(bytes, at, "chunk-size", "does not begin with a digit");
          this.#size = digit;
          this.#digits = 1;
          if (digit > 0 && this.#isTooLarge()) return "violation";
          this.#state = "size";
          break;
        }
        case "size": {
          const digit = hexValue(byte);
          if (digit >= 0) {
            this.#size = this.#size * 16 + digit;
            if (++this.#digits > MAX_SIZE_DIGITS || !Number.isSafeInteger(this.#size)) {
              return this.#fail(bytes, at, "chunk-size", "has a size that is too large");
            }
            if (this.#isTooLarge()) return "violation";
            break;
          }
          if (byte === CR) this.#state = "size-lf";
          else if (byte === SEMICOLON || byte === SPACE || byte === TAB) {
            this.#state = byte === SEMICOLON ? "extension" : "space";
            if (this.#isOverExtended()) return "violation";
          } else return this.#failSize(bytes, at, "chunk-size", "has a size that is not hexadecimal");
          break;
        }
        case "space":
          // White space may stand before an extension (§7.1.1), never before the end of the line.
          if (byte === SEMICOLON) this.#state = "extension";
          else if (byte !== SPACE && byte !== TAB) {
            return this.#failSize(bytes, at, "chunk-size", "has white space after its size");
          }
          if (this.#isOverExtended()) return "violation";
          break;
        case "extension":
          if (byte === CR) {
            this.#state = "size-lf";
            break;
          }
          if (IS_FIELD_VALUE[byte] !== 1) {
            return this.#failSize(bytes, at, "chunk-extension", "has a control character in its extension");
          }
          if (this.#isOverExtended()) return "violation";
          break;
        case "size-lf":
          if (byte !== LF) return this.#fail(bytes, at, "bare-cr", "has a size that ends in CR without LF");
          if (this.#size === 0) {
            this.at = at + 1;
            return "last";
          }
          this.#left = this.#size;
          this.#total += this.#size;
          this.#state = "data";
          break;
        default:
          return assertNever(this.#state);
      }
      at++;
    }
    this.at = at;
    return "need-more";
  }

  #isTooLarge(): boolean {
    if (this.#total + this.#size <= this.#maxBodyBytes) return false;
    this.violation = bodyTooLarge("a chunked body of more", this.#maxBodyBytes);
    return true;
  }

  #isOverExtended(): boolean {
    if (++this.#extensionBytes <= MAX_EXTENSION_BYTES + this.#total) return false;
    const detail = `more than ${MAX_EXTENSION_BYTES} bytes of chunk extensions`;
    this.violation = violation(400, "chunk-extension", detail, "RFC 9112 §7.1.1");
    return true;
  }

  #failSize(bytes: Uint8Array, at: number, reason: string, what: string): "violation" {
    if (bytes[at] === LF) return this.#fail(bytes, at, "bare-lf", "has a size that ends in LF without CR");
    return this.#fail(bytes, at, reason, what);
  }

  #fail(bytes: Uint8Array, at: number, reason: string, what: string): "violation" {
    const detail = `a chunk ${what}: ${shown(bytes, at, at + 1)}`;
    this.violation = violation(400, reason, detail, "RFC 9112 §7.1");
    return "violation";
  }
}
