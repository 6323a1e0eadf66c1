/**
 * The chunked transfer coding (RFC 9112 §7.1) as a state machine over lent bytes.
 *
 *   size ─► (extension) ─► CR LF ─► data ─► CR LF ─► size …
 *     └─ size 0: LF ─► trailer lines ─► blank line ─► end
 *
 * Sizes are checked digit by digit, before anything is stored; extension and trailer bytes are bounded. The
 * decoder keeps no body byte: data is told as a range of the chunk that is being read.
 */
import { Buffer } from "node:buffer";
import { assertNever } from "../../exhaustive.ts";
import { readFieldLines } from "./field-lines.ts";
import { CR, hexValue, IS_FIELD_VALUE, LF, SPACE, TAB } from "./tokens.ts";
import type { HttpHeaders, HttpLimits, HttpViolation } from "./types.ts";
import { shown, violation } from "./violation.ts";

type State =
  | "size-first"
  | "size"
  | "space"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "end";

export type ChunkedStep = "data" | "end" | "need-more" | "violation";

// Extensions carry nothing that anybody uses; a long one is an attack.
const MAX_EXTENSION_BYTES = 4096;
const SEMICOLON = 0x3b;

export class ChunkedDecoder {
  readonly #limits: HttpLimits;
  #state: State = "size-first";
  #size = 0;
  #left = 0;
  #total = 0;
  #extensionBytes = 0;
  #trailer: number[] = [];
  /** Where reading goes on in the chunk after a step. */
  at = 0;
  /** Of a `data` step: range in the chunk. */
  dataStart = 0;
  dataEnd = 0;
  /** Of an `end` step. */
  trailers: HttpHeaders | undefined;
  /** Of a `violation` step. */
  violation: HttpViolation | undefined;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  step(bytes: Uint8Array, start: number, end: number): ChunkedStep {
    let at = start;
    while (at < end || this.#state === "end") {
      const byte = bytes[at]!;
      switch (this.#state) {
        case "size-first":
        case "size": {
          const digit = hexValue(byte);
          if (digit >= 0) {
            this.#size = this.#size * 16 + digit;
            if (!Number.isSafeInteger(this.#size))
              return this.#fail(bytes, at, 400, "chunk-size", "is too large");
            if (this.#total + this.#size > this.#limits.maxBodyBytes) {
              const allowed = `a body of more than ${this.#limits.maxBodyBytes} bytes`;
              this.violation = violation(413, "body-too-large", allowed, "RFC 9110 §15.5.14");
              return "violation";
            }
            this.#state = "size";
          } else if (this.#state === "size-first") {
            return this.#fail(bytes, at, 400, "chunk-size", "does not begin with a digit");
          } else if (byte === CR) {
            this.#state = "size-lf";
          } else if (byte === SEMICOLON) {
            this.#state = "extension";
          } else if (byte === SPACE || byte === TAB) {
            this.#state = "space";
            if (++this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#longExtension();
          } else {
            return this.#fail(bytes, at, 400, "chunk-size", "holds a byte that is no hexadecimal digit");
          }
          at++;
          break;
        }
        case "space":
          // Bad white space is allowed before an extension only (§7.1.1), never before the end of the line.
          if (byte === SEMICOLON) this.#state = "extension";
          else if (byte !== SPACE && byte !== TAB) {
            return this.#fail(bytes, at, 400, "chunk-size", "is followed by white space");
          } else if (++this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#longExtension();
          at++;
          break;
        case "extension":
          if (byte === CR) this.#state = "size-lf";
          else if (IS_FIELD_VALUE[byte] !== 1) {
            return this.#fail(bytes, at, 400, "chunk-extension", "has an extension with a control character");
          } else if (++this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#longExtension();
          at++;
          break;
        case "size-lf":
          if (byte !== LF) return this.#fail(bytes, at, 400, "bare-cr", "ends in CR without LF");
          at++;
          this.#left = this.#size;
          this.#total += this.#size;
          this.#state = this.#size === 0 ? "trailer" : "data";
          this.#size = 0;
          break;
        case "data": {
          const length = Math.min(this.#left, end - at);
          this.#left -= length;
          this.dataStart = at;
          this.dataEnd = at + length;
          this.at = at + length;
          if (this.#left === 0) this.#state = "data-cr";
          return "data";
        }
        case "data-cr":
          if (byte !== CR) return this.#fail(bytes, at, 400, "chunk-end", "is longer than its size says");
          at++;
          this.#state = "data-lf";
          break;
        case "data-lf":
          if (byte !== LF) return this.#fail(bytes, at, 400, "chunk-end", "ends in CR without LF");
          at++;
          this.#state = "size-first";
          break;
        case "trailer":
          at++;
          if (this.#takeTrailerByte(byte)) break;
          this.at = at;
          return "violation";
        case "end":
          this.at = at;
          return "end";
        default:
          return assertNever(this.#state);
      }
    }
    this.at = at;
    return "need-more";
  }

  /** Collects trailer lines up to the blank line; false when they break a rule. */
  #takeTrailerByte(byte: number): boolean {
    const kept = this.#trailer;
    kept.push(byte);
    const length = kept.length;
    if (length > this.#limits.maxHeadBytes) {
      this.violation = violation(431, "trailer-too-large", "the trailer fields are too large", "RFC 6585 §5");
      return false;
    }
    if (byte !== LF) {
      if (kept[length - 2] !== CR) return true;
      this.violation = violation(400, "bare-cr", "CR without LF in the trailer fields", "RFC 9112 §2.2");
      return false;
    }
    if (kept[length - 2] !== CR) {
      this.violation = violation(400, "bare-lf", "LF without CR in the trailer fields", "RFC 9112 §2.2");
      return false;
    }
    const blank = length === 2 || (kept[length - 4] === CR && kept[length - 3] === LF);
    if (!blank) return true;
    if (length > 2) {
      const read = readFieldLines(Buffer.from(kept), 0, this.#limits.maxHeaders);
      if ("kind" in read) {
        this.violation = read;
        return false;
      }
      this.trailers = read;
    }
    this.#trailer = [];
    this.#state = "end";
    return true;
  }

  #longExtension(): ChunkedStep {
    const detail = `more than ${MAX_EXTENSION_BYTES} bytes of chunk extensions`;
    this.violation = violation(400, "chunk-extension", detail, "RFC 9112 §7.1.1");
    return "violation";
  }

  #fail(bytes: Uint8Array, at: number, status: 400, reason: string, what: string): ChunkedStep {
    const detail = `a chunk ${what}: ${shown(bytes, at, at + 1)}`;
    this.violation = violation(status, reason, detail, "RFC 9112 §7.1");
    return "violation";
  }
}
