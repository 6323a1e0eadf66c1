/**
 * A decoded header block, checked against the field rules (RFC 9113 sections 8.2 and 8.3). Immutable, so that
 * a block equal to the last one is the same object again: owners may compare by identity.
 */

export interface HeaderBlock {
  /** Names and values in turn, pseudo-headers first, octets as latin1. */
  readonly fields: readonly string[];
  /** 0 unless this is a response. */
  readonly status: number;
  readonly method: string;
  readonly path: string;
  /** -1 when the block has none. */
  readonly contentLength: number;
  /** Why the message is malformed (section 8.1.1), with its section; empty when it is not. */
  readonly malformed: string;
}

export type BlockRole = "request" | "response" | "trailers";

/** Section 8.2.2. */
const CONNECTION_SPECIFIC = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
const REQUEST_PSEUDO = new Set([":method", ":scheme", ":authority", ":path"]);
/** Section 8.2.1: no upper case, controls, space, colon (but a leading one) or octets above 0x7e. */
const NAME = /^:?[\x21-\x39\x3b-\x40\x5b-\x7e]+$/;

export function headerBlock(fields: readonly string[], role: BlockRole): HeaderBlock {
  const pseudo = new Map<string, string>();
  let malformed = "";
  let contentLength = -1;
  let regular = false;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (name.startsWith(":")) {
      if (regular) malformed ||= "a pseudo-header after a regular field (8.3)";
      if (role === "trailers") malformed ||= "a pseudo-header in trailers (8.1)";
      if (pseudo.has(name)) malformed ||= "a pseudo-header twice (8.3)";
      if (role === "request" ? !REQUEST_PSEUDO.has(name) : name !== ":status") {
        malformed ||= "an unknown pseudo-header (8.3)";
      }
      pseudo.set(name, value);
    } else regular = true;
    malformed ||= fieldFault(name, value);
    if (name === "content-length") {
      const length = /^\d{1,15}$/.test(value) ? Number(value) : -2;
      if (length === -2 || (contentLength >= 0 && contentLength !== length)) {
        malformed ||= "a content-length that is no number (8.1.1)";
      } else contentLength = length;
    }
  }
  const method = pseudo.get(":method") ?? "";
  const path = pseudo.get(":path") ?? "";
  const status = pseudo.get(":status") ?? "";
  if (role === "request") malformed ||= requestFault(pseudo, method, path);
  if (role === "response" && !/^[1-9]\d\d$/.test(status)) malformed ||= "no valid :status (8.3.2)";
  return { fields, status: malformed === "" ? Number(status) : 0, method, path, contentLength, malformed };
}

function fieldFault(name: string, value: string): string {
  if (!NAME.test(name)) return "a field name with characters that are not allowed (8.2.1)";
  if (/[\0\r\n]|^[ \t]|[ \t]$/.test(value)) return "a field value with octets that are not allowed (8.2.1)";
  if (CONNECTION_SPECIFIC.has(name)) return "a connection-specific field (8.2.2)";
  if (name === "te" && value !== "trailers") return "te other than trailers (8.2.2)";
  return "";
}

function requestFault(pseudo: ReadonlyMap<string, string>, method: string, path: string): string {
  if (method === "") return "no :method (8.3.1)";
  if (method === "CONNECT") {
    return pseudo.has(":scheme") || pseudo.has(":path") || !pseudo.has(":authority")
      ? "CONNECT with :scheme or :path, or without :authority (8.5)"
      : "";
  }
  if (!pseudo.has(":scheme")) return "no :scheme (8.3.1)";
  return path === "" ? "no :path, or an empty one (8.3.1)" : "";
}
