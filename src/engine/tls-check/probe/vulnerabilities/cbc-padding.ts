/**
 * CBC suites up to TLS 1.2: is the padding looked at at all, and does the server tell wrong padding from a
 * wrong MAC?
 *
 * POODLE over TLS (CVE-2014-8730): padding whose bytes are wrong, under a MAC that is right, is accepted.
 * Zombie POODLE and GOLDENDOODLE: wrong padding and wrong MAC are answered differently (RFC 5246 §6.2.3.2
 * wants one answer). The record with the fault is the client's Finished, so that acceptance shows in the
 * server's own Finished and refusal in an alert: nothing is measured and nothing waited for. Encrypt-then-MAC,
 * which is immune, is not offered.
 *
 * Cost: two connections; none without CBC suites. A positive is confirmed with four more.
 */
import { EXTENSION } from "../../../../core/framing/tls/extension-types.ts";
import type { Answer } from "../../facts.ts";
import { suite } from "../../registry/suites.ts";
import { Closings } from "../closings.ts";
import { cipherSpec } from "../handshake/cipher-spec.ts";
import { openClassic } from "../handshake/classic-flight.ts";
import { finishClassic } from "../handshake/classic-handshake.ts";
import { RecordLayer } from "../handshake/record-layer.ts";
import { makeHello } from "../hello.ts";
import {
  demandsCertificate,
  inconclusive,
  OFFERED,
  reasonOf,
  refused,
  retryIfUnclear,
} from "../no-handshake.ts";
import type { ClassicProbe } from "../sessions12.ts";
import { type AnswerClass, compareAnswers } from "./answer-classes.ts";

export interface CbcFinding {
  readonly poodleTls: Answer;
  readonly paddingOracle: Answer;
}

/** What is wrong with the record; both at once would tell nothing new of a server that answers these alike. */
const FAULTS = ["padding", "mac"] as const;
type Fault = (typeof FAULTS)[number];

const ACCEPTED = "accepted";

export async function probeCbcPadding(probe: ClassicProbe): Promise<CbcFinding> {
  const suites = probe.known.suites.filter(isCbc);
  if (suites.length === 0) {
    const others = probe.known.suites.some((code) => suite(code)?.cipher.endsWith("-CBC"));
    if (!others) return both(refused("no CBC suite is accepted"));
    return both(inconclusive("none of the CBC suites accepted can be completed by this program"));
  }
  if (probe.known.version === "SSLv3") return both(refused("no version of TLS is offered with it"));
  const comparison = await compareAnswers(FAULTS, (fault) => ask(probe, suites, fault));
  switch (comparison.kind) {
    case "same": {
      // A server that takes anything checks neither: worse than telling the two apart, which it does not.
      if (comparison.answer === ACCEPTED) {
        return {
          poodleTls: OFFERED,
          paddingOracle: refused("wrong padding and a wrong MAC are both accepted"),
        };
      }
      return both(refused(`one answer to every fault: ${comparison.answer}`));
    }
    case "different": {
      const padding = comparison.answers.get("padding")!;
      const poodleTls = padding === ACCEPTED ? OFFERED : refused(padding);
      return { poodleTls, paddingOracle: OFFERED };
    }
    case "unsteady":
    case "inconclusive":
      return both(inconclusive(comparison.why));
  }
}

function both(answer: Answer): CbcFinding {
  return { poodleTls: answer, paddingOracle: answer };
}

/** CBC, and to be completed here. */
export function isCbc(code: number): boolean {
  return cipherSpec(code)?.protection.kind === "cbc";
}

async function ask(
  { prober, known, identity }: ClassicProbe,
  suites: readonly number[],
  fault: Fault,
): Promise<AnswerClass | { readonly why: string }> {
  const spec = makeHello(prober, { version: known.version, suites, without: [EXTENSION.encryptThenMac] });
  const flaws = { padding: fault === "padding", mac: fault === "mac" };
  const closings = new Closings();
  const outcome = await prober.exchange(`CBC, wrong ${fault}`, async (link) => {
    const layer = new RecordLayer(link, link.recordVersion, false);
    const flight = retryIfUnclear(await openClassic(layer, spec));
    if (flight.kind !== "flight") return { why: reasonOf(flight) };
    try {
      const result = await finishClassic(layer, flight, { identity, flaws });
      if (result.kind === "handshake") return ACCEPTED;
      if (identity === undefined && demandsCertificate(result, flight.request !== undefined)) {
        return { why: "the server requires a client certificate" };
      }
      if (result.kind === "unsupported") return { why: result.why };
      return result.kind === "alert" ? `alert ${result.name}` : "broken TLS";
    } catch (error) {
      return closings.confirm(error);
    }
  });
  return outcome.kind === "done" ? outcome.value : { why: outcome.why };
}
