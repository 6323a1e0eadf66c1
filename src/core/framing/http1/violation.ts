/**
import { Buffer } from "node:buffer";
 * Makes violations: broken protocol as a value.
import { Buffer } from "node:buffer";
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

/** Bytes as they may be shown: escaped, quoted, cut. */
export function shown(bytes: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + SHOWN_CHARACTERS);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, cut - start)).toString(
    "latin1",
  );
  return `${JSON.stringify(text)}${cut < end ? "…" : ""}`;
}
