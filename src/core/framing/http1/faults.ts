/**
 * What a broken line in a head or trailer section is called, and the rule it breaks.
 */
import type { Fault } from "./head-scanner.ts";
import type { HttpViolation } from "./types.ts";
import { violation } from "./violation.ts";

/** `line`: what was read of the broken line, as it may be shown. */
export function brokenLine(
  fault: Exclude<Fault, "bad-start">,
  line: string,
  maxFields: number,
): HttpViolation {
  switch (fault) {
    case "bare-cr":
      return violation(400, fault, `CR without LF in ${line}`, "RFC 9112 §2.2");
    case "bare-lf":
      return violation(400, fault, `LF without CR in ${line}`, "RFC 9112 §2.2");
    case "control-character":
      return violation(400, fault, `control character in ${line}`, "RFC 9110 §5.5");
    case "obs-fold":
      return violation(400, fault, `folded header line ${line}`, "RFC 9112 §5.2");
    case "space-before-colon":
      return violation(400, fault, `white space before the colon in ${line}`, "RFC 9112 §5.1");
    case "empty-name":
      return violation(400, fault, `header line without a name: ${line}`, "RFC 9112 §5");
    case "bad-header-name":
      return violation(400, fault, `not a header line: ${line}`, "RFC 9112 §5");
    case "too-many-headers":
      return violation(431, fault, `more than ${maxFields} header fields`, "RFC 6585 §5");
  }
}

/** A head or trailer section passed its limit; the start line was complete. */
export function blockTooLarge(isHead: boolean, maxBytes: number): HttpViolation {
  const what = isHead ? "a head" : "a trailer section";
  const reason = isHead ? "header-too-large" : "trailer-too-large";
  return violation(431, reason, `${what} of more than ${maxBytes} bytes`, "RFC 6585 §5");
}

// ContentType of a TLS record (RFC 8446 §5.1).
const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;

/** The first byte tells of the most common mistake: TLS is spoken to a port that does not. */
export function tlsInstead(firstByte: number): HttpViolation | undefined {
  if (firstByte !== TLS_ALERT && firstByte !== TLS_HANDSHAKE) return undefined;
  return violation(400, "tls", "a TLS record came where HTTP without TLS was expected", "RFC 9112 §2.1");
}
