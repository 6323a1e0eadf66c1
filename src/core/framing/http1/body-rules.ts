/**
 * How long is the body? RFC 9112 §6.3, with every doubtful combination refused in requests, since two servers
 * that read it differently are a smuggling hole (§11.2).
 */
import type { BodyFraming, HttpHeaders, HttpViolation } from "./types.ts";
import { violation } from "./violation.ts";

export const NO_BODY: BodyFraming = { kind: "length", length: 0 };
export const CHUNKED: BodyFraming = { kind: "chunked" };
export const UNTIL_CLOSE: BodyFraming = { kind: "until-close" };
export const TUNNEL: BodyFraming = { kind: "tunnel" };

/** Framing by Content-Length; undefined when the field is absent. `strict` refuses repetition. */
function readLength(headers: HttpHeaders, strict: boolean): BodyFraming | HttpViolation | undefined {
  const values = headers.all("content-length");
  if (values.length === 0) return undefined;
  const first = values[0]!;
  if (values.length > 1) {
    const alike = values.every((value) => value === first);
    if (strict || !alike) {
      const reason = alike ? "repeated-length" : "conflicting-length";
      return violation(400, reason, `Content-Length is given as ${values.join(" and ")}`, "RFC 9112 §6.3");
    }
  }
  if (!/^\d+$/.test(first)) {
    return violation(
      400,
      "bad-length",
      `Content-Length is not a number: ${JSON.stringify(first.slice(0, 64))}`,
      "RFC 9110 §8.6",
    );
  }
  const length = Number(first);
  if (!Number.isSafeInteger(length)) {
    return violation(400, "bad-length", `Content-Length ${first.slice(0, 64)} is too large`, "RFC 9110 §8.6");
  }
  return length === 0 ? NO_BODY : { kind: "length", length };
}

/** Transfer codings in order, lower case, all fields joined; empty when the field is absent. */
function readCodings(headers: HttpHeaders): readonly string[] | undefined {
  const values = headers.all("transfer-encoding");
  if (values.length === 0) return undefined;
  return values
    .join(",")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim());
}

export function requestBody(
  headers: HttpHeaders,
  minor: 0 | 1,
  maxBodyBytes: number,
): BodyFraming | HttpViolation {
  const codings = readCodings(headers);
  const length = readLength(headers, true);
  if (codings !== undefined) {
    if (length !== undefined) {
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
    const shownCodings = JSON.stringify(codings.join(", ").slice(0, 64));
    if (codings.at(-1) !== "chunked" || codings.indexOf("chunked") !== codings.length - 1) {
      return violation(
        400,
        "bad-encoding",
        `Transfer-Encoding ${shownCodings} does not end in chunked`,
        "RFC 9112 §6.3",
      );
    }
    if (codings.length > 1) {
      return violation(
        501,
        "unknown-encoding",
        `Transfer-Encoding ${shownCodings} is not supported`,
        "RFC 9112 §6.1",
      );
    }
    return CHUNKED;
  }
  if (length === undefined) return NO_BODY;
  if (length.kind === "length" && length.length > maxBodyBytes) {
    return violation(
      413,
      "body-too-large",
      `a body of ${length.length} bytes, ${maxBodyBytes} are allowed`,
      "RFC 9110 §15.5.14",
    );
  }
  return length;
}

/** What the method of the request says about the body of its answer. */
export type AnswerTo = "other" | "head" | "connect";

export function responseBody(
  headers: HttpHeaders,
  status: number,
  answerTo: AnswerTo,
  maxBodyBytes: number,
): BodyFraming | HttpViolation {
  if (status === 101 || (answerTo === "connect" && status >= 200 && status < 300)) return TUNNEL;
  if (answerTo === "head" || status < 200 || status === 204 || status === 304) return NO_BODY;
  const codings = readCodings(headers);
  // Transfer-Encoding overrides Content-Length; the connection is not used again then (§6.3).
  if (codings !== undefined) return codings.at(-1) === "chunked" ? CHUNKED : UNTIL_CLOSE;
  const length = readLength(headers, false);
  if (length === undefined) return UNTIL_CLOSE;
  if (length.kind === "length" && length.length > maxBodyBytes) {
    return violation(
      413,
      "body-too-large",
      `a body of ${length.length} bytes, ${maxBodyBytes} are allowed`,
      "RFC 9110 §15.5.14",
    );
  }
  return length;
}

/** Whether a list-valued field holds the token, whatever its case. */
export function hasToken(values: readonly string[], token: string): boolean {
  return values.some((value) => value.split(",").some((part) => part.trim().toLowerCase() === token));
}

/** Persistence by version and Connection (RFC 9112 §9.3). */
export function keepsAlive(headers: HttpHeaders, minor: 0 | 1): boolean {
  const connection = headers.all("connection");
  if (connection.length === 0) return minor === 1;
  if (hasToken(connection, "close")) return false;
  return minor === 1 || hasToken(connection, "keep-alive");
}

/** The protocol of Upgrade, when Connection names it too (RFC 9110 §7.8). */
export function upgradeOf(headers: HttpHeaders, minor: 0 | 1): string | undefined {
  const upgrade = headers.get("upgrade");
  if (upgrade === undefined || minor === 0) return undefined;
  return hasToken(headers.all("connection"), "upgrade") ? upgrade.toLowerCase() : undefined;
}
