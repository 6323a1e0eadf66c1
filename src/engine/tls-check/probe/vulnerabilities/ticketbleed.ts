/**
 * Ticketbleed (CVE-2016-9244): a server that takes up a ticket must echo the session id as it came (RFC 5077
 * §3.4); affected ones answer with 32 bytes whatever came, the rest out of their memory.
 *
 * Costs no connection: the ticket's resumption is asked for with such a short id anyway. What is read beyond
 * the id is looked at for its length only.
 */
import type { ServerHello } from "../../../../core/framing/tls/server-messages.ts";
import type { Answer } from "../../facts.ts";
import { inconclusive, OFFERED, refused } from "../no-handshake.ts";

/** Half of what an id may have. */
export const SHORT_ID_BYTES = 16;

/** @param hello the answer to a ticket with this id; undefined when there was none */
export function judgeEcho(sessionId: Buffer, hello: ServerHello | undefined): Answer {
  if (hello === undefined) return inconclusive("the server did not answer a ticket with a short session id");
  const echo = hello.sessionId;
  if (echo.length > sessionId.length && echo.subarray(0, sessionId.length).equals(sessionId)) return OFFERED;
  return refused(
    echo.equals(sessionId) ? "echoes the session id as it came" : "does not echo the session id",
  );
}
