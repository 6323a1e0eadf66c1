/**
 * What comes after a TLS 1.3 handshake: tickets, until the server closes (RFC 8446 §4.6.1), and what a ticket
 * is good for.
 */
import { HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import {
  type NewSessionTicket,
  parseNewSessionTicket13,
} from "../../../../core/framing/tls/server-messages.ts";
import { type LinkAlert, LinkLost, type LinkViolation } from "../link.ts";
import { ticketPsk } from "./key-schedule.ts";
import type { ModernHandshake, PskOffer } from "./modern-handshake.ts";

const CLOSE_NOTIFY = 0;

export interface TicketsRead {
  readonly tickets: readonly NewSessionTicket[];
  /** How it ended: the server closed as asked; nothing more came; or it objected. */
  readonly end: { readonly kind: "closed" } | { readonly kind: "silent" } | LinkAlert | LinkViolation;
}

/**
 * Reads until the server closes: after a goodbye that is at once, and then the count of tickets is final.
 * Application data on the way (a greeting) is passed over. @throws LinkLost for a reset
 */
export async function readTickets({ layer }: ModernHandshake, waitMs: number): Promise<TicketsRead> {
  const tickets: NewSessionTicket[] = [];
  for (;;) {
    let event: Awaited<ReturnType<typeof layer.next>>;
    try {
      event = await layer.next(waitMs);
    } catch (error) {
      if (!(error instanceof LinkLost) || error.how === "reset") throw error;
      return { tickets, end: { kind: error.how === "eof" ? "closed" : "silent" } };
    }
    if (event.kind === "alert" && event.description === CLOSE_NOTIFY)
      return { tickets, end: { kind: "closed" } };
    if (event.kind === "alert" || event.kind === "violation") return { tickets, end: event };
    if (event.kind === "record" || event.type !== HANDSHAKE.newSessionTicket) continue;
    const ticket = parseNewSessionTicket13(event.body);
    if (ticket.kind === "violation") return { tickets, end: ticket };
    tickets.push(ticket);
  }
}

/** @param ageMs since the ticket came */
export function pskOf(handshake: ModernHandshake, ticket: NewSessionTicket, ageMs: number): PskOffer {
  const { schedule, transcript } = handshake;
  const { hash } = schedule;
  const resumption = schedule.resumptionSecret(transcript.hash(hash));
  return {
    identity: ticket.ticket,
    // Modulo 2^32 (RFC 8446 §4.2.11.1).
    obfuscatedTicketAge: (Math.floor(ageMs) + ticket.ageAdd) >>> 0,
    secret: ticketPsk(hash, resumption, ticket.nonce),
    hash,
  };
}
