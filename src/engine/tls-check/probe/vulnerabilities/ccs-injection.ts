/**
 * CCS injection (CVE-2014-0224): a change_cipher_spec before ClientKeyExchange must end the handshake
 * (RFC 5246 §7.1); affected servers switch to keys that come from an empty secret.
 *
 * Two of them go out together. A server that refuses the first says unexpected_message, or closes. One that
 * has taken the first up reads the second as an encrypted record, which does not decrypt: bad_record_mac or
 * decryption_failed, and only then.
 *
 * Cost: one connection; another to confirm a positive.
 */
import { ALERT } from "../../../../core/framing/tls/alerts.ts";
import { encodeRecord, RECORD } from "../../../../core/framing/tls/record.ts";
import type { Answer } from "../../facts.ts";
import { Closings, closingText } from "../closings.ts";
import { alertText, makeHello } from "../hello.ts";
import type { ClassicVersion } from "../known.ts";
import { inconclusive, OFFERED, reasonOf, refused } from "../no-handshake.ts";
import type { Prober } from "../prober.ts";
import { openClear } from "./clear-flight.ts";

/** What a record that does not decrypt is answered with, by version and age of the server. */
const DOES_NOT_DECRYPT: readonly number[] = [ALERT.bad_record_mac, ALERT.decryption_failed];
const SILENCE_MS = 3000;

export async function probeCcsInjection(prober: Prober, known: ClassicVersion): Promise<Answer> {
  const first = await ask(prober, known);
  if (first.kind !== "offered") return first;
  const second = await ask(prober, known);
  return second.kind === "refused" ? inconclusive(`once as if vulnerable, then: ${second.how}`) : second;
}

async function ask(prober: Prober, { version, suites }: ClassicVersion): Promise<Answer> {
  const spec = makeHello(prober, { version, suites });
  const waitMs = Math.min(SILENCE_MS, prober.limits.timeoutMs);
  const closings = new Closings();
  const outcome = await prober.exchange("CCS injection", async (link): Promise<Answer> => {
    const flight = await openClear(prober, link, spec);
    if (flight.kind !== "clear-flight") return inconclusive(reasonOf(flight));
    const early = encodeRecord(RECORD.changeCipherSpec, flight.hello.version, Buffer.from([1]));
    link.trace?.("sent", "two early change_cipher_spec", early);
    link.send(Buffer.concat([early, early]));
    try {
      const answer = await link.nextHandshake(waitMs);
      if (answer.kind === "violation") return inconclusive(answer.what);
      if (answer.kind !== "alert")
        return inconclusive("the server goes on, without a sign of having switched keys");
      return DOES_NOT_DECRYPT.includes(answer.description) ? OFFERED : refused(alertText(answer));
    } catch (error) {
      const closing = closings.confirm(error);
      return closing === "timeout"
        ? inconclusive("no alert for an early change_cipher_spec")
        : refused(closingText(closing));
    }
  });
  return outcome.kind === "done" ? outcome.value : outcome;
}
