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

/** From a connection that did not come about, or one that ended before the first TLS record. */
export function unreachableBy(error: NetkitError): Unreachable;
export function unreachableBy(error: LinkLost, subject: string): Unreachable;
export function unreachableBy(error: NetkitError | LinkLost, subject?: string): Unreachable {
  if (error instanceof NetkitError) {
    const why = error.why === undefined ? "" : `: ${error.why}`;
    return { code: error.code, message: `${error.message}${why}`, next: error.next };
  }
  const code = error.how === "timeout" ? "NK_TLS_HANDSHAKE_TIMEOUT" : "NK_TLS_CLOSED";
  return { code, message: `TLS with ${subject} failed: ${error.message}`, next: CHECK_PORT };
}

/** From bytes that are no TLS record. */
export function notTls(subject: string, what: string): Unreachable {
  return {
    code: "NK_TLS_NOT_TLS",
    message: `what listens on ${subject} does not speak TLS: ${what}`,
    next: "check the port, or use the scheme of its protocol (smtp:, imap:, postgres: …) for STARTTLS",
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
