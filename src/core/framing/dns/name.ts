/**
 * Domain names on the wire (RFC 1035 §3.1, §4.1.4) and as text.
 *
 *      offset 12   03 w w w 07 e x a m p l e 00          www.example.
 *      offset 29   04 m a i l c0 10                      mail. + what stands at 16: example.
 *
 * Text is the master-file form without the final dot; what is no printable ASCII, a dot inside a label or a
 * backslash is written `\DDD` or `\.` (RFC 1035 §5.1), so that text is unambiguous and safe to print. The
 * root is the empty string.
 *
 * Guarantees of the reader: it follows pointers towards the start of the message only, so it ends; it stops
 * at 255 octets, whatever is announced.
 */
import { Buffer } from "node:buffer";
import { type DnsViolation, violation } from "./violation.ts";

const MAX_LABEL_BYTES = 63;
/** With all length octets and the root's. */
const MAX_NAME_BYTES = 255;
const POINTER = 0xc0;
/** A dot at the end that no backslash escapes. */
const FINAL_DOT = /(?:^|[^\\])(?:\\\\)*\.$/;

export interface NameRead {
  readonly kind: "name";
  readonly text: string;
  /** Offset of what follows it in the message: behind the first pointer, if there was one. */
  readonly end: number;
}

/** The name that begins at offset `start` of a message. */
export function readName(message: Buffer, start: number): NameRead | DnsViolation {
  const labels: string[] = [];
  let at = start;
  let end = -1;
  let wireBytes = 1;
  // Every jump must lead before the place where the run of labels that it ends has begun.
  let floor = start;
  for (;;) {
    const length = message[at];
    if (length === undefined)
      return violation("a name that goes past the end of the message", "RFC 1035 §3.1");
    if (length === 0) return { kind: "name", text: labels.join("."), end: end === -1 ? at + 1 : end };
    if (length >= POINTER) {
      const low = message[at + 1];
      if (low === undefined) return violation("a pointer cut in half", "RFC 1035 §4.1.4");
      if (end === -1) end = at + 2;
      const target = ((length & 0x3f) << 8) | low;
      if (target >= floor) {
        return violation(
          `a pointer at ${at} that does not point backwards (to ${target})`,
          "RFC 1035 §4.1.4",
        );
      }
      floor = target;
      at = target;
      continue;
    }
    if (length > MAX_LABEL_BYTES)
      return violation(`a label of unknown kind 0x${length.toString(16)}`, "RFC 6891 §5");
    if (at + 1 + length > message.length) {
      return violation("a label that goes past the end of the message", "RFC 1035 §3.1");
    }
    wireBytes += 1 + length;
    if (wireBytes > MAX_NAME_BYTES) return violation("a name of more than 255 octets", "RFC 1035 §3.1");
    labels.push(labelText(message, at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** A name as it goes on the wire, uncompressed. A final dot is allowed. */
export function encodeName(text: string): Buffer | DnsViolation {
  const parts: number[] = [];
  if (text !== "" && text !== ".") {
    for (const label of splitLabels(text)) {
      if (label === undefined)
        return violation(`a broken escape in the name ${JSON.stringify(text)}`, "RFC 1035 §5.1");
      if (label.length === 0)
        return violation(`an empty label in the name ${JSON.stringify(text)}`, "RFC 1035 §3.1");
      if (label.length > MAX_LABEL_BYTES) {
        return violation(`a label of ${label.length} octets, where 63 fit`, "RFC 1035 §2.3.4");
      }
      parts.push(label.length, ...label);
    }
  }
  parts.push(0);
  if (parts.length > MAX_NAME_BYTES) {
    return violation(`a name of ${parts.length} octets, where 255 fit`, "RFC 1035 §2.3.4");
  }
  return Buffer.from(parts);
}

/** Equal names have equal keys: ASCII letters count once (RFC 4343 §3), a final dot does not count. */
export function nameKey(text: string): string {
  const bare = FINAL_DOT.test(text) ? text.slice(0, -1) : text;
  return bare.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function labelText(message: Buffer, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = message[at]!;
    const character = String.fromCharCode(byte);
    if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, "0")}`;
    else text += character === "." || character === "\\" ? `\\${character}` : character;
  }
  return text;
}

/** Octets of each label; undefined, and then no more, for an escape that is none. */
function* splitLabels(text: string): Generator<number[] | undefined> {
  const bytes = Buffer.from(text, "utf8");
  const end = FINAL_DOT.test(text) ? bytes.length - 1 : bytes.length;
  let label: number[] = [];
  for (let at = 0; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x2e) {
      yield label;
      label = [];
    } else if (byte === 0x5c) {
      const digits = /^\d{3}/.exec(bytes.toString("latin1", at + 1, at + 4))?.[0];
      const escaped = digits === undefined ? bytes[at + 1] : Number(digits);
      if (escaped === undefined || escaped > 255) {
        yield undefined;
        return;
      }
      label.push(escaped);
      at += digits === undefined ? 1 : 3;
    } else label.push(byte);
  }
  yield label;
}
