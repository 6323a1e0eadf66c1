/**
 * Makes violations: broken protocol as a value, with the offending text in a form that can be shown.
 */
import { Buffer } from "node:buffer";
import type { HttpViolation } from "./types.ts";

const SHOWN_CHARACTERS = 64;

export function violation(
  status: HttpViolation["status"],
  reason: string,
  detail: string,
  rfc: string,
): HttpViolation {
  return { kind: "violation", status, reason, detail, rfc };
}

/** Bytes as they may be shown: quoted, what is not plain ASCII escaped, cut. */
export function shown(bytes: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + SHOWN_CHARACTERS + 1);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, cut - start));
  return shownText(view.toString("latin1"));
}

/** Text as it may be shown, one character a byte. */
export function shownText(text: string): string {
  const quoted = JSON.stringify(text.slice(0, SHOWN_CHARACTERS)).replace(
    /[\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
  return text.length > SHOWN_CHARACTERS ? `${quoted}…` : quoted;
}
