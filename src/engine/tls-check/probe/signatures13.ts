/**
 * Signature schemes that a TLS 1.3 server signs with, and on the way every chain it has: "offer all, remove
 * the chosen one" with handshakes of which the server's flight is decrypted, since the scheme stands in
 * CertificateVerify. A server with several kinds of key shows them one after the other.
 *
 * Cost: one connection for each scheme but the first, which is known already, and one for the end.
 */
import { ALERT } from "../../../core/framing/tls/alerts.ts";
import type { ModernFlight } from "./handshake/modern-flight.ts";
import { openModern } from "./handshake/modern-handshake.ts";
import { exchangeOrClosing } from "./hello.ts";
import type { KnownServer } from "./known.ts";
import { modernOffer, NOT_COMPUTABLE } from "./modern-offer.ts";
import { reasonOf, retryIfUnclear } from "./no-handshake.ts";
import { SCHEMES } from "./offers.ts";
import type { Prober } from "./prober.ts";
import { isRefusal } from "./verdict.ts";

export interface Signatures13 {
  /** In the order in which the server chose them. */
  readonly schemes: readonly number[];
  /** Nothing of the rest is accepted. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly why: string | undefined;
  /** The server's flight for each scheme, in the same order. */
  readonly flights: readonly ModernFlight[];
}

/** Further alerts by which servers say that no scheme is left for their certificates. */
const NO_SCHEME = [ALERT.illegal_parameter, ALERT.missing_extension, ALERT.unsupported_certificate];

/** @param first the answer to a hello that offered all schemes */
export async function enumerateSignatures13(
  prober: Prober,
  known: KnownServer["modern"],
  first: ModernFlight,
): Promise<Signatures13> {
  const schemes: number[] = [];
  const flights: ModernFlight[] = [];
  const end = (complete: boolean, why?: string): Signatures13 => ({ schemes, complete, why, flights });
  let flight = first;
  for (;;) {
    const left = SCHEMES.filter((code) => !schemes.includes(code));
    // It signs with what was not offered: the list means nothing to it, and this is all it has.
    if (flight.scheme === undefined || !left.includes(flight.scheme)) return end(true);
    schemes.push(flight.scheme);
    flights.push(flight);
    const rest = left.filter((code) => code !== flight.scheme);
    if (rest.length === 0) return end(true);
    const offer = modernOffer(prober, known, { schemes: rest });
    if (offer === undefined) return end(false, NOT_COMPUTABLE);
    const outcome = await exchangeOrClosing(prober, "TLSv1.3 signature schemes", async (link) =>
      retryIfUnclear(await openModern(link, offer)),
    );
    if (outcome.kind === "closed") return end(true);
    if (outcome.kind === "inconclusive") return end(false, outcome.why);
    const answer = outcome.value;
    if (answer.kind === "alert" && isRefusal(answer, NO_SCHEME)) return end(true);
    if (answer.kind !== "handshake") return end(false, reasonOf(answer));
    flight = answer.flight;
  }
}
