/**
 * LDAP: an ExtendedRequest that names StartTLS, answered by an ExtendedResponse with result code 0
 * (RFC 4511 §4.12 and §4.14).
 */
import type { Link } from "../link.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

const START_TLS = Buffer.from("1.3.6.1.4.1.1466.20037", "latin1");
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const ENUMERATED = 0x0a;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
const REQUEST_NAME = 0x80;
const MAX_RESPONSE_BYTES = 4096;

/** Result codes that mean "later": busy, unavailable (RFC 4511 appendix A). */
const NOT_NOW = new Set([51, 52]);

/** Message id 1. Every length here is below 128, so one byte holds it. */
const REQUEST = tlv(
  SEQUENCE,
  Buffer.concat([tlv(INTEGER, Buffer.from([1])), tlv(EXTENDED_REQUEST, tlv(REQUEST_NAME, START_TLS))]),
);

export async function ldap(link: Link): Promise<void> {
  link.trace?.("sent", "ExtendedRequest StartTLS", REQUEST);
  link.send(REQUEST);
  const { code, message } = await readResult(link);
  link.trace?.("received", `ExtendedResponse, result ${code}`);
  if (code === 0) return;
  const said = `result code ${code}${message === "" ? "" : `, ${message}`}`;
  throw NOT_NOW.has(code) ? notNow(said) : notOffered(said);
}

async function readResult(link: Link): Promise<{ readonly code: number; readonly message: string }> {
  let bytes = await link.read();
  for (;;) {
    const whole = element(bytes, 0);
    if (bytes[0] !== SEQUENCE || whole.kind === "broken") {
      throw wrongProtocol("LDAP", bytes.toString("latin1"));
    }
    if (whole.kind === "element") {
      link.unread(bytes.subarray(whole.end));
      return resultOf(bytes, whole.start);
    }
    bytes = Buffer.concat([bytes, await link.read()]);
  }
}

/** LDAPMessage ::= { messageID, [APPLICATION 24] { resultCode, matchedDN, diagnosticMessage … } } */
function resultOf(bytes: Buffer, start: number): { readonly code: number; readonly message: string } {
  const id = element(bytes, start);
  const response = id.kind === "element" ? element(bytes, id.end) : id;
  const code = response.kind === "element" ? element(bytes, response.start) : response;
  if (response.kind !== "element" || response.tag !== EXTENDED_RESPONSE)
    throw wrongProtocol("LDAP", "another message");
  if (code.kind !== "element" || code.tag !== ENUMERATED || code.end !== code.start + 1) {
    throw wrongProtocol("LDAP", "an ExtendedResponse without a result code");
  }
  const matched = element(bytes, code.end);
  const message = matched.kind === "element" ? element(bytes, matched.end) : matched;
  const text = message.kind === "element" ? bytes.toString("utf8", message.start, message.end) : "";
  return { code: bytes[code.start]!, message: text };
}

type Element =
  | { readonly kind: "element"; readonly tag: number; readonly start: number; readonly end: number }
  | { readonly kind: "need-more" }
  | { readonly kind: "broken" };

/** BER with definite lengths; LDAP allows no other (RFC 4511 §5.1). */
function element(bytes: Buffer, at: number): Element {
  if (bytes.length < at + 2) return { kind: "need-more" };
  let length = bytes[at + 1]!;
  let start = at + 2;
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size === 0 || size > 4) return { kind: "broken" };
    if (bytes.length < start + size) return { kind: "need-more" };
    length = bytes.readUIntBE(start, size);
    start += size;
  }
  if (length > MAX_RESPONSE_BYTES) return { kind: "broken" };
  if (bytes.length < start + length) return { kind: "need-more" };
  return { kind: "element", tag: bytes[at]!, start, end: start + length };
}

function tlv(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, value.length]), value]);
}
