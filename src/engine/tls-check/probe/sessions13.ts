/**
 * Sessions of TLS 1.3: tickets, and whether the server takes one back, with early data where it offered that.
 *
 * Cost: one connection when there are tickets, none when there are none; one more when the server takes
 * neither early data nor the ticket that came with it, to see which of both it was.
 */
import { monotonicClock } from "../../../core/clock.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import type { NewSessionTicket } from "../../../core/framing/tls/server-messages.ts";
import type { Answer, SessionFacts } from "../facts.ts";
import type { FinishedModern } from "./finished-modern.ts";
import { openModern } from "./handshake/modern-handshake.ts";
import { pskOf } from "./handshake/modern-tickets.ts";
import type { KnownServer } from "./known.ts";
import { modernOffer, NOT_COMPUTABLE } from "./modern-offer.ts";
import { inconclusive, OFFERED, reasonOf, refused, retryIfUnclear } from "./no-handshake.ts";
import type { Prober } from "./prober.ts";

export type ModernSessionFacts = Pick<
  SessionFacts,
  "pskResumed" | "pskTicketCount" | "pskLifetimeSeconds" | "earlyData" | "maxEarlyDataBytes"
>;

export function noModernSessions(answer: Answer): ModernSessionFacts {
  return {
    pskResumed: answer,
    pskTicketCount: undefined,
    pskLifetimeSeconds: undefined,
    earlyData: answer,
    maxEarlyDataBytes: undefined,
  };
}

interface Resumption {
  readonly psk: Answer;
  readonly earlyData: Answer;
}

/** @param finished a handshake that went to its end, with the client certificate that the server wants, if any */
export async function probeSessions13(
  prober: Prober,
  known: KnownServer["modern"],
  finished: FinishedModern,
): Promise<ModernSessionFacts> {
  const { tickets, end } = finished.tickets;
  if (finished.certificateRequired)
    return noModernSessions(inconclusive("the server requires a client certificate"));
  const [ticket] = tickets;
  if (ticket === undefined) {
    if (end.kind === "alert" || end.kind === "violation")
      return noModernSessions(inconclusive(reasonOf(end)));
    const none = refused("the server sent no ticket");
    return { ...noModernSessions(none), pskTicketCount: 0 };
  }
  const maxEarlyDataBytes = ticket.maxEarlyDataBytes ?? 0;
  let resumption = await resume(prober, known, finished, ticket, maxEarlyDataBytes > 0);
  if (maxEarlyDataBytes > 0 && resumption.psk.kind === "refused") {
    const { psk } = await resume(prober, known, finished, ticket, false);
    resumption = { psk, earlyData: resumption.earlyData };
  }
  return {
    pskResumed: resumption.psk,
    pskTicketCount: tickets.length,
    pskLifetimeSeconds: ticket.lifetimeSeconds,
    earlyData: maxEarlyDataBytes > 0 ? resumption.earlyData : refused("its tickets allow none"),
    maxEarlyDataBytes: maxEarlyDataBytes > 0 ? maxEarlyDataBytes : undefined,
  };
}

/** Offers early data without sending any: the server's EncryptedExtensions tell (RFC 8446 §4.2.10). */
async function resume(
  prober: Prober,
  known: KnownServer["modern"],
  finished: FinishedModern,
  ticket: NewSessionTicket,
  early: boolean,
): Promise<Resumption> {
  const { handshake, atUs } = finished;
  const offer = modernOffer(prober, known, {
    // The hash of the ticket's suite binds it; early data needs the very suite.
    suites: [handshake.hello.suite],
    extensions: early ? [extension.earlyData()] : [],
  });
  if (offer === undefined) return both(inconclusive(NOT_COMPUTABLE));
  const outcome = await prober.exchange(early ? "TLSv1.3 early data" : "TLSv1.3 resumption", async (link) => {
    const psk = pskOf(handshake, ticket, (monotonicClock.nowUs() - atUs) / 1000);
    return retryIfUnclear(await openModern(link, { ...offer, psk }));
  });
  if (outcome.kind === "inconclusive") return both(outcome);
  const answer = outcome.value;
  if (answer.kind !== "handshake") return both(inconclusive(reasonOf(answer)));
  if (!answer.resumed) return both(refused("a whole handshake instead"));
  const taken = answer.flight.extensions.has(EXTENSION.earlyData);
  return { psk: OFFERED, earlyData: taken ? OFFERED : refused("the ticket is taken, the early data is not") };
}

function both(answer: Answer): Resumption {
  return { psk: answer, earlyData: answer };
}
