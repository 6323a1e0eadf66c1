/**
 * What an answer about revocation is worth, and what several of them amount to. "Good" counts only from the
 * authority and while it holds; "revoked" counts even when it is old, for hardly any revocation is taken back.
 */
import type { OcspFacts } from "./chain.ts";
import type { Certificate } from "./model.ts";

/** Clocks of authorities and of this machine may differ by that much; OpenSSL allows the same. */
const CLOCK_SKEW_MS = 300_000;

export type AnswerFault =
  | "unreadable"
  /** Somebody else made the signature. */
  | "signature"
  /** To be replaced before that day. */
  | "over"
  | "future"
  /** Nobody can tell who made the signature. */
  | "unverified";

/** The first reason not to believe an answer. */
export function answerFault(answer: OcspFacts, atMs: number): AnswerFault | undefined {
  if (answer.status === "unreadable") return "unreadable";
  if (answer.signatureValid === false) return "signature";
  if (answer.nextUpdateMs !== undefined && answer.nextUpdateMs < atMs) return "over";
  if (answer.producedMs !== undefined && answer.producedMs > atMs + CLOCK_SKEW_MS) return "future";
  return answer.signatureValid === undefined ? "unverified" : undefined;
}

/** The authority has withdrawn the certificate; not so, when somebody else says it. */
export function saysRevoked({ status, signatureValid }: OcspFacts): boolean {
  return status === "revoked" && signatureValid !== false;
}

/** Nothing more need be asked. @param atMs undefined = dates are not looked at */
export function isSettled(answer: OcspFacts, atMs: number | undefined): boolean {
  if (saysRevoked(answer)) return true;
  const when = atMs ?? answer.producedMs ?? 0;
  return answer.status === "good" && answerFault(answer, when) === undefined;
}

/** The certificate names a responder, or a list. */
export function canBeAsked({ ocspUrls, crlUrls }: Certificate): boolean {
  return ocspUrls.length > 0 || crlUrls.length > 0;
}
