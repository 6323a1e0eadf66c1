/**
 * How long is the body? RFC 9112 §6.3, with every doubtful combination refused in requests, since two servers
 * that read it differently are a smuggling hole (§11.2). In answers the standard's own repairs are made.
 */
import { ROLE } from "./field-names.ts";
import type { HeaderBlock } from "./headers.ts";
import { IS_TOKEN, listMembers } from "./tokens.ts";
import type { BodyFraming, HttpViolation } from "./types.ts";
import { shownText, violation } from "./violation.ts";

export const NO_BODY: BodyFraming = { kind: "length", length: 0 };
export const CHUNKED: BodyFraming = { kind: "chunked" };
export const UNTIL_CLOSE: BodyFraming = { kind: "until-close" };
export const TUNNEL: BodyFraming = { kind: "tunnel" };

/** Framing by Content-Length, which is there. `strict` refuses repetition, even of the same number. */
function readLength(headers: HeaderBlock, strict: boolean): BodyFraming | HttpViolation {
  const values = headers.all("content-length");
  let first = values[0]!;
  if (values.length > 1 || first.includes(",")) {
    const members = listMembers(values);
    first = members[0]!;
    const alike = members.every((member) => member === first);
    if (strict || !alike) {
      const reason = alike ? "repeated-length" : "conflicting-length";
      const given = values.map(shownText).slice(0, 2).join(" and ");
      return violation(400, reason, `Content-Length is given as ${given}`, "RFC 9112 §6.3");
    }
  }
  const length = parseDigits(first);
  if (length === undefined) {
    return violation(
      400,
      "bad-length",
      `Content-Length is not a number: ${shownText(first)}`,
      "RFC 9110 §8.6",
    );
  }
  if (!Number.isSafeInteger(length)) {
    return violation(400, "bad-length", `Content-Length ${shownText(first)} is too large`, "RFC 9110 §8.6");
  }
  return length === 0 ? NO_BODY : { kind: "length", length };
}

/** 1*DIGIT: neither sign nor space nor another base. Beyond 2^53 the number is not exact, and not safe. */
function parseDigits(text: string): number | undefined {
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return text.length === 0 ? undefined : number;
}

/** `body` when it keeps the limit, which is checked before a byte of it is read. */
function bounded(body: BodyFraming | HttpViolation, maxBodyBytes: number): BodyFraming | HttpViolation {
  if (body.kind !== "length" || body.length <= maxBodyBytes) return body;
  return bodyTooLarge(`a body of ${body.length} bytes`, maxBodyBytes);
}

export function bodyTooLarge(what: string, maxBodyBytes: number): HttpViolation {
  return violation(413, "body-too-large", `${what}, ${maxBodyBytes} are allowed`, "RFC 9110 §15.5.14");
}

function badEncoding(codings: readonly string[], what: string): HttpViolation {
  const given = shownText(codings.join(", "));
  return violation(400, "bad-encoding", `Transfer-Encoding ${given} ${what}`, "RFC 9112 §6.1");
}

/** Transfer codings in order, lower case, all fields joined. */
function readCodings(headers: HeaderBlock): readonly string[] | HttpViolation {
  const codings = listMembers(headers.all("transfer-encoding")).map((coding) => coding.toLowerCase());
  const name = codings.find((coding) => !beginsWithToken(coding));
  if (name !== undefined) return badEncoding(codings, "names no coding");
  const chunked = codings.indexOf("chunked");
  if (chunked !== -1 && codings.indexOf("chunked", chunked + 1) !== -1) {
    return badEncoding(codings, "is chunked twice");
  }
  return codings;
}

/** A coding is a token, perhaps with parameters (RFC 9110 §10.1.4). */
function beginsWithToken(coding: string): boolean {
  let at = 0;
  while (IS_TOKEN[coding.charCodeAt(at)] === 1) at++;
  return at > 0 && (at === coding.length || /^[ \t]*;/.test(coding.slice(at, at + 16)));
}

export function requestBody(
  headers: HeaderBlock,
  minor: 0 | 1,
  maxBodyBytes: number,
): BodyFraming | HttpViolation {
  const { roles } = headers;
  if ((roles & (ROLE.contentLength | ROLE.transferEncoding)) === 0) return NO_BODY;
  if ((roles & ROLE.transferEncoding) === 0) return bounded(readLength(headers, true), maxBodyBytes);
  if ((roles & ROLE.contentLength) !== 0) {
    return violation(
      400,
      "length-and-encoding",
      "Content-Length and Transfer-Encoding in one request",
      "RFC 9112 §6.3",
    );
  }
  if (minor === 0) {
    return violation(400, "encoding-in-1.0", "Transfer-Encoding in an HTTP/1.0 request", "RFC 9112 §6.1");
  }
  const codings = readCodings(headers);
  if ("kind" in codings) return codings;
  if (codings.at(-1) !== "chunked") return badEncoding(codings, "does not end in chunked");
  if (codings.length === 1) return CHUNKED;
  const given = shownText(codings.join(", "));
  return violation(501, "unknown-encoding", `Transfer-Encoding ${given} is not supported`, "RFC 9112 §6.1");
}

/** What the method of the request says about the body of its answer. */
export type AnswerTo = "other" | "head" | "connect";

export function responseBody(
  headers: HeaderBlock,
  status: number,
  answerTo: AnswerTo,
  maxBodyBytes: number,
): BodyFraming | HttpViolation {
  if (status === 101 || (answerTo === "connect" && status >= 200 && status < 300)) return TUNNEL;
  if (answerTo === "head" || status < 200 || status === 204 || status === 304) return NO_BODY;
  if ((headers.roles & ROLE.transferEncoding) !== 0) {
    // Transfer-Encoding overrides Content-Length; the connection is not used again then (§6.3).
    const codings = readCodings(headers);
    if ("kind" in codings) return codings;
    return codings.at(-1) === "chunked" ? CHUNKED : UNTIL_CLOSE;
  }
  if ((headers.roles & ROLE.contentLength) === 0) return UNTIL_CLOSE;
  return bounded(readLength(headers, false), maxBodyBytes);
}

/**
 * Whether the framing of an answer is sound enough to read another one after it: Transfer-Encoding beside
 * Content-Length, or from an HTTP/1.0 server, is not (§6.1, §6.3).
 */
export function soundlyFramed(headers: HeaderBlock, minor: 0 | 1, body: BodyFraming): boolean {
  if (body.kind === "until-close") return false;
  if (body.kind !== "chunked") return true;
  return minor === 1 && (headers.roles & ROLE.contentLength) === 0;
}
