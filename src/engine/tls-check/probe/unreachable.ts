/**
 * Why a scan heard no TLS at all, as facts have it: a stable code, a sentence, and the next thing to try.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { LinkLost } from "./link.ts";

export interface Unreachable {
  readonly code: string;
  readonly message: string;
  readonly next: string | undefined;
}

const CHECK_PORT =
  "check that the port speaks TLS; a firewall or a server without a certificate ends like this";

const CALM_DOWN = "try again later, or ask for less at once and per second (--rate)";

/** From a connection that did not come about, or one that ended before the first TLS record. */
export function unreachableBy(error: NetkitError): Unreachable;
export function unreachableBy(error: LinkLost, subject: string): Unreachable;
export function unreachableBy(error: NetkitError | LinkLost, subject?: string): Unreachable {
  if (error instanceof NetkitError) {
    const why = error.why === undefined ? "" : `: ${error.why}`;
    return { code: error.code, message: `${error.message}${why}`, next: error.next };
  }
  const message = `TLS with ${subject} failed: ${error.message}`;
  switch (error.how) {
    case "busy":
      return { code: "NK_STARTTLS_BUSY", message, next: CALM_DOWN };
    case "timeout":
      return { code: "NK_TLS_HANDSHAKE_TIMEOUT", message, next: CHECK_PORT };
    default:
      return { code: "NK_TLS_CLOSED", message, next: CHECK_PORT };
  }
}

/** From bytes that are no TLS record. */
export function notTls(subject: string, what: string): Unreachable {
  return {
    code: "NK_TLS_NOT_TLS",
    message: `what listens on ${subject} does not speak TLS: ${what}`,
    next: "check the port, or use the scheme of its protocol (smtp:, imap:, postgres: …) for STARTTLS",
  };
}

/** Nothing was found out: no budget, or no time. */
export function notProbed(subject: string, why: string): Unreachable {
  return {
    code: "NK_TLS_NOT_PROBED",
    message: `${subject} was not probed: ${why}`,
    next: "raise the budget (--max-connections)",
  };
}

/** TLS was spoken, and every handshake was turned down. */
export function noHandshake(subject: string, how: string): Unreachable {
  return {
    code: "NK_TLS_NO_HANDSHAKE",
    message: `${subject} speaks TLS, but agrees to no handshake: ${how}`,
    next: "its log says more; a missing certificate for the name asked for (--sni NAME) is the usual reason",
  };
}
