/**
 * The request line (RFC 9112 §3): method SP request-target SP HTTP-version CRLF, with single spaces; and the
 * rules for its target and for Host (§3.2).
 */
import type { Buffer } from "node:buffer";
import { ROLE } from "./field-names.ts";
import type { HeaderBlock } from "./headers.ts";
import { IS_TARGET, IS_TOKEN, SPACE } from "./tokens.ts";
import type { HttpViolation } from "./types.ts";
import { shown, shownText, violation } from "./violation.ts";

const SLASH = 0x2f;
const ZERO = 0x30;
/** Any digit may stand at `MAJOR` and `MINOR`. */
const VERSION = "HTTP/1.1";
const MAJOR = 5;
const MINOR = 7;
const LINE_END_BYTES = 2;

const HOST_NAME = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})";
const IP_LITERAL = "\\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\\.[A-Za-z0-9\\-._~!$&'()*+,;=:]+)\\]";
/** Host = uri-host [ ":" port ]; empty when the target has no authority. */
const HOST = new RegExp(`^(?:${IP_LITERAL}|${HOST_NAME}*)(?::[0-9]{0,5})?$`);
/** CONNECT must name a host and a port (RFC 9110 §9.3.6). */
const AUTHORITY = new RegExp(`^(?:${IP_LITERAL}|${HOST_NAME}+):([0-9]{1,5})$`);
/** No userinfo: it is there to mislead (RFC 9110 §4.2.4). */
const ABSOLUTE = new RegExp(
  `^[A-Za-z][A-Za-z0-9+.-]*://(?:${IP_LITERAL}|${HOST_NAME}+)(?::[0-9]{0,5})?(?:[/?].*)?$`,
);

/** Where the parts of a valid line end, counted from its first byte. */
export interface RequestLine {
  readonly kind: "line";
  readonly methodEnd: number;
  readonly targetEnd: number;
  readonly minor: 0 | 1;
}

/** Reads a complete line: bytes `start` to `end`, CRLF included. */
export function readRequestLine(bytes: Buffer, start: number, end: number): RequestLine | HttpViolation {
  let at = start;
  while (IS_TOKEN[bytes[at]!] === 1) at++;
  const methodEnd = at;
  if (at === start || bytes[at] !== SPACE) return badRequestLine(bytes, start, end, "begins with no method");
  at++;
  while (IS_TARGET[bytes[at]!] === 1) at++;
  const targetEnd = at;
  if (at === methodEnd + 1 || bytes[at] !== SPACE) {
    return badRequestLine(bytes, start, end, "has no clean target");
  }
  const minor = readMinor(bytes, at + 1, end - LINE_END_BYTES);
  if (minor === undefined) return badRequestLine(bytes, start, end, "does not end in an HTTP version");
  if (minor < 0) {
    const version = bytes.toString("latin1", at + 1, end - LINE_END_BYTES);
    return violation(505, "version", `${version} is not spoken here`, "RFC 9110 §15.6.6");
  }
  // Nearly all targets are a path, which needs no second look.
  if (bytes[methodEnd + 1] !== SLASH || isConnect(bytes, start, methodEnd)) {
    const method = bytes.toString("latin1", start, methodEnd);
    if (!isTarget(method, bytes.toString("latin1", methodEnd + 1, targetEnd))) {
      return badRequestLine(bytes, start, end, "has a target that does not fit its method");
    }
  }
  return {
    kind: "line",
    methodEnd: methodEnd - start,
    targetEnd: targetEnd - start,
    minor: minor === 0 ? 0 : 1,
  };
}

/** The minor version; those to come are read as 1.1 (RFC 9110 §2.5). −1 for another major one. */
function readMinor(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start !== VERSION.length) return undefined;
  for (let at = 0; at < VERSION.length; at++) {
    const byte = bytes[start + at]!;
    if (at === MAJOR || at === MINOR ? byte < ZERO || byte > ZERO + 9 : byte !== VERSION.charCodeAt(at)) {
      return undefined;
    }
  }
  if (bytes[start + MAJOR] !== ZERO + 1) return -1;
  return bytes[start + MINOR] === ZERO ? 0 : 1;
}

function isConnect(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 7 && bytes.toString("latin1", start, end) === "CONNECT";
}

/** The forms of §3.2 other than origin-form: authority (CONNECT), asterisk (OPTIONS), absolute. */
function isTarget(method: string, target: string): boolean {
  if (method === "CONNECT") {
    const authority = AUTHORITY.exec(target);
    return authority !== null && Number(authority[1]) <= 65_535;
  }
  return target === "*" ? method === "OPTIONS" : ABSOLUTE.test(target);
}

/** Exactly one valid Host in 1.1, at most one in 1.0 (§3.2). */
export function checkHost(headers: HeaderBlock, minor: 0 | 1): HttpViolation | undefined {
  if ((headers.roles & ROLE.host) === 0) {
    return minor === 0
      ? undefined
      : violation(400, "no-host", "an HTTP/1.1 request without Host", "RFC 9112 §3.2");
  }
  const hosts = headers.all("host");
  if (hosts.length > 1) return violation(400, "two-hosts", "more than one Host field", "RFC 9112 §3.2");
  return HOST.test(hosts[0]!)
    ? undefined
    : violation(400, "bad-host", `Host is ${shownText(hosts[0]!)}`, "RFC 9112 §3.2");
}

export function badRequestLine(bytes: Buffer, start: number, end: number, what: string): HttpViolation {
  const line = shown(bytes, start, end);
  return violation(400, "bad-request-line", `the request line ${line} ${what}`, "RFC 9112 §3");
}
