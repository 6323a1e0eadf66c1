/**
 * One TLS 1.3 handshake to its end, tickets included: what most of the facts that need keys come from.
 */
import { monotonicClock } from "../../../core/clock.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import { COMPRESSIONS } from "./handshake/certificate-compression.ts";
import { modernClientMessages } from "./handshake/client-certificate.ts";
import type { ClientIdentity } from "./handshake/client-identity.ts";
import { finishModern, type ModernHandshake, openModern } from "./handshake/modern-handshake.ts";
import { readTickets, type TicketsRead } from "./handshake/modern-tickets.ts";
import type { KnownServer } from "./known.ts";
import { modernOffer, NOT_COMPUTABLE } from "./modern-offer.ts";
import { demandsCertificate, inconclusive, type NoHandshake, retryIfUnclear } from "./no-handshake.ts";
import type { Outcome, Prober } from "./prober.ts";

export interface FinishedModern {
  readonly kind: "finished";
  readonly handshake: ModernHandshake;
  readonly tickets: TicketsRead;
  /** When the tickets had come, on the monotonic clock. */
  readonly atUs: number;
  /** The server turned the client away for want of a certificate. */
  readonly certificateRequired: boolean;
}

/** Servers answer a goodbye at once; one that does not is not waited for longer than this. */
const GOODBYE_MS = 1000;

/**
 * Costs one connection. All signature schemes and certificate compressions are offered, and heartbeats; a client certificate
 * is shown only when there is an `identity`.
 */
export async function finishedModern(
  prober: Prober,
  known: KnownServer["modern"],
  identity: ClientIdentity | undefined,
): Promise<Outcome<FinishedModern | NoHandshake>> {
  const extensions = [extension.compressCertificate(COMPRESSIONS), extension.heartbeat()];
  const offer = modernOffer(prober, known, { extensions });
  if (offer === undefined) return inconclusive(NOT_COMPUTABLE);
  return prober.exchange("TLSv1.3 handshake", async (link): Promise<FinishedModern | NoHandshake> => {
    const handshake = retryIfUnclear(await openModern(link, offer));
    if (handshake.kind !== "handshake") return handshake;
    const { flight, transcript, schedule } = handshake;
    const messages = modernClientMessages(flight.request, identity, transcript, schedule.hash);
    finishModern(handshake, { messages, goodbye: true });
    const tickets = await readTickets(handshake, Math.min(GOODBYE_MS, prober.limits.timeoutMs));
    const certificateRequired = demandsCertificate(tickets.end, flight.request !== undefined);
    return { kind: "finished", handshake, tickets, atUs: monotonicClock.nowUs(), certificateRequired };
  });
}
