/**
 * Finds the structure of a head (RFC 9112 §2.1) or of a trailer section (§7.1.2) byte by byte, in one pass that
 * can stop and go on at any byte: what is found does not depend on how the bytes were cut into chunks. Strict:
 * CRLF only (§2.2), no folding (§5.2), no white space before the colon (§5.1), no control characters.
 *
 *   word ─SP─► line ─CR─► line-lf ─LF─► name-first ◄──────────── LF ──────────────┐
 *                                        │  └─ token ─► name ─":"─► value ─CR─► value-lf
 *                                        └─ CR ─► blank-lf ─LF─► end
 *
 * It notes where fields stand and keeps no byte. A trailer section starts in name-first.
 */
import { assertNever } from "../../exhaustive.ts";
import { COLON, CR, IS_FIELD_VALUE, IS_TOKEN, isBlank, LF, SPACE } from "./tokens.ts";

type State = "word" | "line" | "line-lf" | "name-first" | "name" | "value" | "value-lf" | "blank-lf";

/** `line`: the start line is complete. `end`: the blank line is. `bad`: `fault` says why. */
export type ScanStep = "need-more" | "line" | "end" | "bad";

export type Fault =
  | "bad-start"
  | "bare-cr"
  | "bare-lf"
  | "control-character"
  | "obs-fold"
  | "space-before-colon"
  | "empty-name"
  | "bad-header-name"
  | "too-many-headers";

/** Three positions a field; more than this many fields must not leave their memory with the scanner. */
const KEPT_POSITIONS = 3 * 128;

export class HeadScanner {
  #state: State = "word";
  /** What the first word of the start line may hold. */
  #word: Uint8Array = IS_TOKEN;
  #maxFields = 0;
  /** Where the line that is being read begins, counted from the first byte of the block. */
  lineStart = 0;
  fieldCount = 0;
  /** For each field: start of the name, the colon, end of the line; counted from the first byte of the block. */
  readonly positions: number[] = [];
  /** Where reading stopped, in the offsets of the chunk. */
  at = 0;
  fault: Fault = "bad-start";

  /** Prepares for a head; without `word` for a trailer section. */
  begin(word: Uint8Array | undefined, maxFields: number): void {
    this.#state = word === undefined ? "name-first" : "word";
    this.#word = word ?? IS_TOKEN;
    this.#maxFields = maxFields;
    this.lineStart = 0;
    this.fieldCount = 0;
    if (this.positions.length > KEPT_POSITIONS) this.positions.length = 0;
  }

  /** True while the start line is being read. */
  get inStartLine(): boolean {
    return this.#state === "word" || this.#state === "line" || this.#state === "line-lf";
  }

  /** Reads bytes `start` to `end` of a chunk in which the block began at `base` (negative: in an earlier one). */
  scan(bytes: Uint8Array, start: number, end: number, base: number): ScanStep {
    const positions = this.positions;
    let at = start;
    while (at < end) {
      switch (this.#state) {
        case "name-first": {
          const byte = bytes[at]!;
          this.lineStart = at - base;
          if (byte === CR) {
            at++;
            this.#state = "blank-lf";
            break;
          }
          if (IS_TOKEN[byte] !== 1) return this.#fail(at, faultOfName(byte, true));
          if (this.fieldCount === this.#maxFields) return this.#fail(at, "too-many-headers");
          positions[this.fieldCount * 3] = at - base;
          this.#state = "name";
          break;
        }
        case "name": {
          while (at < end && IS_TOKEN[bytes[at]!] === 1) at++;
          if (at === end) break;
          const byte = bytes[at]!;
          if (byte !== COLON) return this.#fail(at, faultOfName(byte, false));
          positions[this.fieldCount * 3 + 1] = at - base;
          at++;
          this.#state = "value";
          break;
        }
        case "value": {
          while (at < end && IS_FIELD_VALUE[bytes[at]!] === 1) at++;
          if (at === end) break;
          const byte = bytes[at]!;
          if (byte !== CR) return this.#fail(at, byte === LF ? "bare-lf" : "control-character");
          positions[this.fieldCount * 3 + 2] = at - base;
          at++;
          this.#state = "value-lf";
          break;
        }
        case "value-lf":
          if (bytes[at] !== LF) return this.#fail(at, "bare-cr");
          at++;
          this.fieldCount++;
          this.#state = "name-first";
          break;
        case "blank-lf":
          if (bytes[at] !== LF) return this.#fail(at, "bare-cr");
          this.at = at + 1;
          return "end";
        case "word": {
          const word = this.#word;
          while (at < end && word[bytes[at]!] === 1) at++;
          if (at === end) break;
          if (bytes[at] !== SPACE || at === base) return this.#fail(at, "bad-start");
          this.#state = "line";
          break;
        }
        case "line": {
          while (at < end && IS_FIELD_VALUE[bytes[at]!] === 1) at++;
          if (at === end) break;
          const byte = bytes[at]!;
          if (byte !== CR) return this.#fail(at, byte === LF ? "bare-lf" : "control-character");
          at++;
          this.#state = "line-lf";
          break;
        }
        case "line-lf":
          if (bytes[at] !== LF) return this.#fail(at, "bare-cr");
          this.at = at + 1;
          this.#state = "name-first";
          return "line";
        default:
          return assertNever(this.#state);
      }
    }
    this.at = at;
    return "need-more";
  }

  /** `at`: the byte that cannot stand where it stands. */
  #fail(at: number, fault: Fault): "bad" {
    this.at = at + 1;
    this.fault = fault;
    return "bad";
  }
}

function faultOfName(byte: number, first: boolean): Fault {
  if (isBlank(byte)) return first ? "obs-fold" : "space-before-colon";
  if (byte === LF) return "bare-lf";
  return byte === COLON ? "empty-name" : "bad-header-name";
}
