/**
 * Chains that a TLS 1.3 server sends under its handshake keys: as they are on the wire, with stapled OCSP
 * response and timestamps, one for each kind of key it has.
 */
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { parseCertificateStatus } from "../../../core/framing/tls/server-messages.ts";
import type { ServedChain } from "../facts.ts";
import type { ModernFlight } from "./handshake/modern-flight.ts";
import { openModern } from "./handshake/modern-handshake.ts";
import { modernOffer } from "./modern-offer.ts";
import { inconclusive, reasonOf, retryIfUnclear } from "./no-handshake.ts";
import type { Outcome, Prober } from "./prober.ts";
import { type Readers, servedChain } from "./sightings.ts";

/** Undefined when no certificate came, because a session was resumed. */
export function chainOf(
  flight: ModernFlight,
  readers: Readers,
  serverName: string | undefined,
): ServedChain | undefined {
  const [leaf] = flight.entries;
  if (leaf === undefined) return undefined;
  const ders = flight.entries.map(({ der }) => der);
  return servedChain(readers, ders, {
    version: "TLSv1.3",
    serverName,
    stapledOcsp: stapleOf(leaf.extensions.get(EXTENSION.statusRequest)),
    tlsScts: leaf.extensions.get(EXTENSION.signedCertificateTimestamp),
  });
}

function stapleOf(body: Buffer | undefined): Uint8Array | undefined {
  if (body === undefined) return undefined;
  const parsed = parseCertificateStatus(body);
  return parsed.kind === "violation" ? undefined : parsed.responses[0];
}

/**
 * The chain of a server of which nothing is known. Costs one connection, with at most one HelloRetryRequest.
 * Inconclusive when there was no TLS 1.3 handshake, for whatever reason.
 */
export async function readChain13(
  prober: Prober,
  readers: Readers,
): Promise<Outcome<ServedChain | undefined>> {
  const offer = modernOffer(prober, undefined);
  if (offer === undefined) return inconclusive("no TLS 1.3 suite can be computed here");
  const outcome = await prober.exchange("TLSv1.3 certificate", async (link) =>
    retryIfUnclear(await openModern(link, offer)),
  );
  if (outcome.kind === "inconclusive") return outcome;
  const answer = outcome.value;
  if (answer.kind === "handshake")
    return { kind: "done", value: chainOf(answer.flight, readers, prober.serverName) };
  return inconclusive(reasonOf(answer));
}
