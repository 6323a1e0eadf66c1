/**
 * The body of a closing frame (RFC 6455 sections 5.5.1 and 7.4): nothing, or a code of two bytes and a reason in
 * UTF-8.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { type CloseEvent, MAX_CONTROL_BYTES, violation, type WebSocketViolation } from "./types.ts";

/** Section 7.4.1, and the registry that it founded. Only those which may be sent have a name here. */
const NAMES: Readonly<Record<number, string>> = {
  1000: "normal closure",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1007: "invalid payload",
  1008: "policy violation",
  1009: "message too big",
  1010: "extension missing",
  1011: "internal error",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
};

/** 1004, 1005, 1006 and 1015 never stand in a frame; 3000 to 4999 are for libraries and applications. */
export function mayBeSent(code: number): boolean {
  return Object.hasOwn(NAMES, code) || (code >= 3000 && code <= 4999);
}

/** `1001 going away`; the number alone where it has no name. */
export function closeCodeText(code: number): string {
  const name = NAMES[code];
  return name === undefined ? String(code) : `${code} ${name}`;
}

export function readClose(bytes: Buffer, start: number, end: number): CloseEvent | WebSocketViolation {
  if (start === end) return { kind: "close", code: undefined, reason: "" };
  if (end - start === 1) return violation(1002, "bad-close", "a close body of one byte", "5.5.1");
  const code = bytes.readUInt16BE(start);
  if (!mayBeSent(code)) {
    return violation(1002, "bad-close", `close code ${code} may not be sent`, "7.4");
  }
  const reason = bytes.subarray(start + 2, end);
  if (!isUtf8(reason)) return violation(1007, "not-utf-8", "a close reason that is not UTF-8", "8.1");
  return { kind: "close", code, reason: reason.toString("utf8") };
}

/** @throws RangeError for a code that may not be sent, and for a reason that does not fit. */
export function closeBody(code: number, reason = ""): Buffer {
  if (!mayBeSent(code)) throw new RangeError(`close code ${code} may not be sent`);
  const body = Buffer.alloc(2 + Buffer.byteLength(reason));
  if (body.length > MAX_CONTROL_BYTES) throw new RangeError(`a close reason of ${body.length - 2} bytes`);
  body.writeUInt16BE(code);
  body.write(reason, 2);
  return body;
}
