/**
 * Reads field lines (RFC 9112 §5) out of a complete block: from the first name to the blank line. Strict:
 * CRLF only, no white space before the colon, no folding, no control characters.
 */
import type { Buffer } from "node:buffer";
import { HeaderBlock } from "./headers.ts";
import { COLON, CR, IS_FIELD_VALUE, IS_TOKEN, LF, SPACE, TAB } from "./tokens.ts";
import type { HttpViolation } from "./types.ts";
import { shown, violation } from "./violation.ts";

/** `bytes` from `start` must end with the blank line's CRLF; it is kept by the block, so it must be owned. */
export function readFieldLines(
  bytes: Buffer,
  start: number,
  maxHeaders: number,
): HeaderBlock | HttpViolation {
  const names: string[] = [];
  const ranges: number[] = [];
  const blank = bytes.length - 2;
  let at = start;
  while (at < blank) {
    if (names.length === maxHeaders) {
      return violation(431, "too-many-headers", `more than ${maxHeaders} header fields`, "RFC 6585 §5");
    }
    const nameStart = at;
    while (IS_TOKEN[bytes[at]!] === 1) at++;
    if (bytes[at] !== COLON || at === nameStart) return badName(bytes, nameStart, at);
    const nameEnd = at++;
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    const valueStart = at;
    while (IS_FIELD_VALUE[bytes[at]!] === 1) at++;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return badValue(bytes, nameStart, at);
    let valueEnd = at;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB))
      valueEnd--;
    names.push(bytes.toString("latin1", nameStart, nameEnd).toLowerCase());
    ranges.push(valueStart, valueEnd);
    at += 2;
  }
  return new HeaderBlock(bytes, names, ranges);
}

function badName(bytes: Buffer, start: number, at: number): HttpViolation {
  const byte = bytes[at];
  const line = shown(bytes, start, lineEnd(bytes, start));
  if (at === start && (byte === SPACE || byte === TAB)) {
    return violation(400, "obs-fold", `folded header line ${line}`, "RFC 9112 §5.2");
  }
  if (byte === SPACE || byte === TAB) {
    return violation(400, "space-before-colon", `white space before the colon in ${line}`, "RFC 9112 §5.1");
  }
  if (at === start && byte === COLON) {
    return violation(400, "empty-name", `header line without a name: ${line}`, "RFC 9112 §5");
  }
  if (byte === CR && bytes[at + 1] !== LF) return bareCr(line);
  if (byte === LF) return bareLf(line);
  return violation(400, "bad-header-name", `not a header line: ${line}`, "RFC 9112 §5");
}

function badValue(bytes: Buffer, start: number, at: number): HttpViolation {
  const line = shown(bytes, start, lineEnd(bytes, start));
  if (bytes[at] === CR) return bareCr(line);
  if (bytes[at] === LF) return bareLf(line);
  return violation(400, "control-character", `control character in header line ${line}`, "RFC 9110 §5.5");
}

function bareCr(line: string): HttpViolation {
  return violation(400, "bare-cr", `CR without LF in ${line}`, "RFC 9112 §2.2");
}

function bareLf(line: string): HttpViolation {
  return violation(400, "bare-lf", `LF without CR in ${line}`, "RFC 9112 §2.2");
}

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf("\r\n", start, "latin1");
  return end === -1 ? bytes.length : end;
}
