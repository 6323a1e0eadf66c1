/**
 * The status line (RFC 9112 §4): HTTP-version SP status-code SP [reason-phrase] CRLF. The second space may be
 * missing, as many servers leave it out with the reason.
 */
import type { Buffer } from "node:buffer";
import { SPACE } from "./tokens.ts";
import type { HttpViolation } from "./types.ts";
import { shown, violation } from "./violation.ts";

/** `0` stands for any digit; the reason comes a space later. */
const SHAPE = "HTTP/0.0 000";
const MAJOR = 5;
const MINOR = 7;
const CODE = 9;
const ZERO = 0x30;
const DIGIT = ZERO;
const LINE_END_BYTES = 2;

export interface StatusLine {
  readonly kind: "line";
  readonly status: number;
  readonly minor: 0 | 1;
  /** Where the reason stands, counted from the first byte of the line. */
  readonly reasonStart: number;
  readonly reasonEnd: number;
}

/** Reads a complete line: bytes `start` to `end`, CRLF included. */
export function readStatusLine(bytes: Buffer, start: number, end: number): StatusLine | HttpViolation {
  const length = end - start - LINE_END_BYTES;
  for (let at = 0; at < SHAPE.length; at++) {
    if (!fits(SHAPE.charCodeAt(at), bytes[start + at]!)) return badStatusLine(bytes, start, end);
  }
  if (length > SHAPE.length && bytes[start + SHAPE.length] !== SPACE) {
    return badStatusLine(bytes, start, end);
  }
  const hundreds = bytes[start + CODE]! - ZERO;
  if (hundreds === 0) return badStatusLine(bytes, start, end);
  if (bytes[start + MAJOR] !== ZERO + 1) {
    const version = bytes.toString("latin1", start, start + CODE - 1);
    return violation(505, "version", `the server answered with ${version}`, "RFC 9112 §2.3");
  }
  return {
    kind: "line",
    status: hundreds * 100 + (bytes[start + CODE + 1]! - ZERO) * 10 + (bytes[start + CODE + 2]! - ZERO),
    // Minor versions to come are read as 1.1 (RFC 9110 §2.5).
    minor: bytes[start + MINOR] === ZERO ? 0 : 1,
    reasonStart: Math.min(SHAPE.length + 1, length),
    reasonEnd: length,
  };
}

function fits(wanted: number, byte: number): boolean {
  return wanted === DIGIT ? byte >= ZERO && byte <= ZERO + 9 : byte === wanted;
}

export function badStatusLine(bytes: Buffer, start: number, end: number): HttpViolation {
  const line = shown(bytes, start, end);
  return violation(400, "bad-status-line", `not an HTTP/1 status line: ${line}`, "RFC 9112 §4");
}
