/**
 * Sessions up to TLS 1.2: ids and tickets, given and taken back, and on the same connections whether the
 * server lets a client renegotiate, and Ticketbleed.
 *
 *     whole handshake, ticket asked for ─┬─ a ticket ─► offered again with a short session id (Ticketbleed)
 *                                        │  and: whole handshake without tickets ─► its id offered again
 *                                        └─ an id, no ticket ─────────────────────► that id offered again
 *     the last of them, once through, asks to renegotiate
 *
 * Cost: four connections with tickets, two without; one where a client certificate is missing.
 */
import { randomBytes } from "node:crypto";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import type { Answer, SessionFacts } from "../facts.ts";
import { canComplete } from "./handshake/cipher-spec.ts";
import { type ClassicFlight, openClassic } from "./handshake/classic-flight.ts";
import { type ClassicHandshake, type ClassicSession, finishClassic } from "./handshake/classic-handshake.ts";
import type { ClientIdentity } from "./handshake/client-identity.ts";
import { RecordLayer } from "./handshake/record-layer.ts";
import { type HelloOptions, makeHello } from "./hello.ts";
import type { ClassicVersion } from "./known.ts";
import { LinkLost } from "./link.ts";
import {
  demandsCertificate,
  inconclusive,
  type NoHandshake,
  OFFERED,
  reasonOf,
  refused,
  retryIfUnclear,
} from "./no-handshake.ts";
import type { Outcome, Prober } from "./prober.ts";
import { Renegotiation } from "./renegotiation.ts";
import { judgeEcho, SHORT_ID_BYTES } from "./vulnerabilities/ticketbleed.ts";

export type ClassicSessionFacts = Pick<
  SessionFacts,
  "idIssued" | "idResumed" | "ticketIssued" | "ticketResumed" | "ticketLifetimeSeconds"
>;

export interface Sessions12 {
  readonly facts: ClassicSessionFacts;
  readonly clientRenegotiation: Answer;
  readonly ticketbleed: Answer;
  readonly clientCertificate: "none" | "requested" | "required" | "unknown";
  /** DER names of a CertificateRequest. */
  readonly authorities: readonly Buffer[];
}

export interface ClassicProbe {
  readonly prober: Prober;
  readonly known: ClassicVersion;
  readonly identity: ClientIdentity | undefined;
}

/** Servers answer a goodbye at once; one that does not is not waited for longer than this. */
const GOODBYE_MS = 1000;
const CLOSE_NOTIFY = 0;

export function noClassicSessions(answer: Answer): Sessions12 {
  return {
    facts: {
      idIssued: answer,
      idResumed: answer,
      ticketIssued: answer,
      ticketResumed: answer,
      ticketLifetimeSeconds: undefined,
    },
    clientRenegotiation: answer,
    ticketbleed: answer,
    clientCertificate: "unknown",
    authorities: [],
  };
}

export async function probeSessions12(probe: ClassicProbe): Promise<Sessions12> {
  if (!probe.known.suites.some(canComplete)) {
    return noClassicSessions(inconclusive("the server has no suite that this program can complete"));
  }
  const first = await handshake({ ...probe, identity: undefined }, "session ticket", {});
  if (first.kind === "inconclusive") return noClassicSessions(first);
  const { request } = first.value.flight ?? {};
  const authorities = request?.authorities ?? [];
  const required = demandsCertificate(first.value.result, request !== undefined);
  const clientCertificate = required ? "required" : request === undefined ? "none" : "requested";
  const used =
    required && probe.identity !== undefined ? await handshake(probe, "session ticket", {}) : first;
  const open = (answer: Answer): Sessions12 => ({
    ...noClassicSessions(answer),
    clientCertificate,
    authorities,
  });
  if (used.kind === "inconclusive") return open(used);
  const { result } = used.value;
  if (result.kind !== "handshake") {
    return open(inconclusive(required ? "the server requires a client certificate" : reasonOf(result)));
  }
  const renegotiation = new Renegotiation(probe.prober);
  const [byTicket, byId] = await Promise.all([
    resumeByTicket(probe, result.session),
    resumeById(probe, result.session, renegotiation),
  ]);
  const facts = { ...byId, ...byTicket.facts };
  const { answer: clientRenegotiation } = renegotiation;
  return { facts, clientRenegotiation, ticketbleed: byTicket.ticketbleed, clientCertificate, authorities };
}

interface ByTicket {
  readonly facts: Pick<SessionFacts, "ticketIssued" | "ticketResumed" | "ticketLifetimeSeconds">;
  readonly ticketbleed: Answer;
}

async function resumeByTicket(probe: ClassicProbe, session: ClassicSession): Promise<ByTicket> {
  const { ticket } = session;
  if (ticket === undefined || ticket.ticket.length === 0) {
    const none = refused("the server gave no ticket");
    return {
      facts: { ticketIssued: none, ticketResumed: none, ticketLifetimeSeconds: undefined },
      ticketbleed: none,
    };
  }
  const sessionId = randomBytes(SHORT_ID_BYTES);
  const extensions = [extension.sessionTicket(ticket.ticket)];
  const outcome = await handshake(probe, "ticket resumption", { sessionId, extensions }, session);
  const known = { ticketIssued: OFFERED, ticketLifetimeSeconds: ticket.lifetimeSeconds };
  if (outcome.kind === "inconclusive")
    return { facts: { ...known, ticketResumed: outcome }, ticketbleed: outcome };
  const { flight, result } = outcome.value;
  const ticketbleed = judgeEcho(sessionId, flight?.hello);
  return { facts: { ...known, ticketResumed: resumedAnswer(result) }, ticketbleed };
}

/** @param session of a handshake in which a ticket was asked for */
async function resumeById(
  probe: ClassicProbe,
  session: ClassicSession,
  renegotiation: Renegotiation,
): Promise<Pick<SessionFacts, "idIssued" | "idResumed">> {
  const without = [EXTENSION.sessionTicket];
  let id = session;
  // With a ticket a server need not give an id, and what it gives may mean nothing (RFC 5077 §3.4).
  if (session.ticket !== undefined || session.id.length === 0) {
    const outcome = await handshake(probe, "session id", { without });
    if (outcome.kind === "inconclusive") return { idIssued: outcome, idResumed: outcome };
    const { result } = outcome.value;
    if (result.kind !== "handshake") {
      const answer = inconclusive(reasonOf(result));
      return { idIssued: answer, idResumed: answer };
    }
    id = result.session;
  }
  const issued = id.id.length > 0;
  const options = issued ? { without, sessionId: id.id } : { without };
  const outcome = await handshake(probe, "session id resumption, renegotiation", options, id, renegotiation);
  const none = refused("the server gave no session id");
  if (!issued) return { idIssued: none, idResumed: none };
  const idResumed = outcome.kind === "inconclusive" ? outcome : resumedAnswer(outcome.value.result);
  return { idIssued: OFFERED, idResumed };
}

function resumedAnswer(result: ClassicHandshake | NoHandshake): Answer {
  if (result.kind !== "handshake") return inconclusive(reasonOf(result));
  return result.resumed ? OFFERED : refused("a whole handshake instead");
}

interface Run {
  /** Undefined when the server's flight was not whole. */
  readonly flight: ClassicFlight | undefined;
  readonly result: ClassicHandshake | NoHandshake;
}

/** One handshake to its end, then a goodbye, so that the server keeps the session. */
async function handshake(
  { prober, known, identity }: ClassicProbe,
  name: string,
  options: Partial<HelloOptions>,
  session?: ClassicSession,
  renegotiation?: Renegotiation,
): Promise<Outcome<Run>> {
  const { version } = known;
  // A session goes on with its own suite (RFC 5246 §7.4.1.2).
  const suites = session === undefined ? known.suites.filter(canComplete) : [session.suite];
  const spec = makeHello(prober, { version, suites, ...options });
  return prober.exchange(`${version} ${name}`, async (link): Promise<Run> => {
    const layer = new RecordLayer(link, link.recordVersion, false);
    const flight = retryIfUnclear(await openClassic(layer, spec));
    if (flight.kind !== "flight") return { flight: undefined, result: flight };
    const result = retryIfUnclear(await finishClassic(layer, flight, { identity, session }));
    if (result.kind === "handshake") {
      await renegotiation?.ask(result);
      // A server that has begun to renegotiate waits for more than a goodbye.
      if (renegotiation?.answer.kind !== "offered") await sayGoodbye(layer, prober.limits.timeoutMs);
    }
    return { flight, result };
  });
}

/** A server may forget the session of a connection that was not closed properly (RFC 5246 §7.2.1). */
async function sayGoodbye(layer: RecordLayer, timeoutMs: number): Promise<void> {
  layer.sendAlert(1, CLOSE_NOTIFY);
  try {
    for (;;) {
      const event = await layer.next(Math.min(GOODBYE_MS, timeoutMs));
      if (event.kind === "alert" || event.kind === "violation") return;
    }
  } catch (error) {
    // However it closes: the handshake was through before.
    if (!(error instanceof LinkLost)) throw error;
  }
}
