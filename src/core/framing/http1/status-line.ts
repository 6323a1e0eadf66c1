/**
 * The status line (RFC 9112 §4): HTTP-version SP status-code SP [reason-phrase] CRLF. The second space may be
 * missing, as many servers leave it out with the reason.
 */
import type { Buffer } from "node:buffer";
import { SPACE } from "./tokens.ts";
import type { HttpViolation } from "./types.ts";
import { shown, violation } from "./violation.ts";

/** `HTTP/1.1 200`: the reason comes a space later. */
const CODE_END = 12;
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
  const match = /^HTTP\/([0-9])\.([0-9]) ([1-9][0-9][0-9])$/.exec(
    bytes.toString("latin1", start, Math.min(start + CODE_END, end)),
  );
  if (match === null || (length > CODE_END && bytes[start + CODE_END] !== SPACE)) {
    return badStatusLine(bytes, start, end);
  }
  if (match[1] !== "1") {
    const version = `HTTP/${match[1]}.${match[2]}`;
    return violation(505, "version", `the server answered with ${version}`, "RFC 9112 §2.3");
  }
  return {
    kind: "line",
    status: Number(match[3]),
    minor: match[2] === "0" ? 0 : 1,
    reasonStart: Math.min(CODE_END + 1, length),
    reasonEnd: length,
  };
}

export function badStatusLine(bytes: Buffer, start: number, end: number): HttpViolation {
  const line = shown(bytes, start, end);
  return violation(400, "bad-status-line", `not an HTTP/1 status line: ${line}`, "RFC 9112 §4");
}
