/**
 * What an answer to a hello means for what was offered: yes, no, or nothing.
 *
 * Only an alert that says no, or a ServerHello that chose something else, is a no. Everything else (another
 * alert, broken TLS, an end without a word) leaves the question open.
 */
import { ALERT } from "../../../core/framing/tls/alerts.ts";
import type { Answer } from "../facts.ts";
import { versionName } from "./describe.ts";
import { alertText, type HelloAnswer } from "./hello.ts";
import type { LinkAlert } from "./link.ts";
import type { Outcome } from "./prober.ts";

/** Alerts that say "not with this hello" (RFC 5246 §7.2.2, RFC 7507 §4, RFC 6066 §3, RFC 7301 §3.2). */
const NO: readonly number[] = [
  ALERT.handshake_failure,
  ALERT.protocol_version,
  ALERT.insufficient_security,
  ALERT.inappropriate_fallback,
  ALERT.unrecognized_name,
  ALERT.no_application_protocol,
];

/** @param also further alerts that mean no where the question was asked */
export function isRefusal(alert: LinkAlert, also: readonly number[] = []): boolean {
  return NO.includes(alert.description) || also.includes(alert.description);
}

/** Whether the server went on with the version offered. @param wire of that version */
export function judge(outcome: Outcome<HelloAnswer>, wire: number, also: readonly number[] = []): Answer {
  if (outcome.kind === "inconclusive") return outcome;
  const answer = outcome.value;
  switch (answer.kind) {
    case "server-hello":
      if (answer.hello.version === wire) return { kind: "offered" };
      return { kind: "refused", how: `chose ${versionName(answer.hello.version)}` };
    case "alert":
      if (isRefusal(answer, also)) return { kind: "refused", how: alertText(answer) };
      return { kind: "inconclusive", why: alertText(answer) };
    case "violation":
      return { kind: "inconclusive", why: `the answer breaks ${answer.section}: ${answer.what}` };
  }
}

/** The whole version is refused by this answer, whatever else a hello of that version might offer. */
export function refusesVersion(outcome: Outcome<HelloAnswer>, wire: number): boolean {
  if (outcome.kind === "inconclusive") return false;
  const answer = outcome.value;
  if (answer.kind === "server-hello") return answer.hello.version !== wire;
  return answer.kind === "alert" && answer.description === ALERT.protocol_version;
}
