/**
 * Why a handshake did not come about, and whether that is worth another try.
 */
import { ALERT } from "../../../core/framing/tls/alerts.ts";
import type { Answer } from "../facts.ts";
import { alertText } from "./hello.ts";
import { type LinkAlert, type LinkViolation, Unclear } from "./link.ts";

export type NoHandshake = LinkAlert | LinkViolation | { readonly kind: "unsupported"; readonly why: string };

/** In words, for facts. */
export function reasonOf(answer: NoHandshake): string {
  switch (answer.kind) {
    case "alert":
      return alertText(answer);
    case "violation":
      return `the answer breaks ${answer.section}: ${answer.what}`;
    case "unsupported":
      return answer.why;
  }
}

export function inconclusive(why: string): Extract<Answer, { kind: "inconclusive" }> {
  return { kind: "inconclusive", why };
}

export function refused(how: string): Extract<Answer, { kind: "refused" }> {
  return { kind: "refused", how };
}

export const OFFERED: Answer = { kind: "offered" };

/** A server that had an internal error says nothing about what it was asked. @throws Unclear: tried again */
export function retryIfUnclear<T extends { readonly kind: string }>(answer: T | LinkAlert): T | LinkAlert {
  if (isAlert(answer) && answer.description === ALERT.internal_error) throw new Unclear(alertText(answer));
  return answer;
}

function isAlert(answer: { readonly kind: string }): answer is LinkAlert {
  return answer.kind === "alert";
}

/** Alerts by which servers turn away a client without a certificate (RFC 8446 §6.2, RFC 5246 §7.2.2). */
export const NO_CERTIFICATE: readonly number[] = [
  ALERT.certificate_required,
  ALERT.handshake_failure,
  ALERT.no_certificate,
  ALERT.bad_certificate,
  ALERT.certificate_unknown,
  ALERT.unknown_ca,
  ALERT.access_denied,
];

/** @param asked the server had sent a CertificateRequest, and got an empty list */
export function demandsCertificate(answer: { readonly kind: string }, asked: boolean): boolean {
  return asked && isAlert(answer) && NO_CERTIFICATE.includes(answer.description);
}
