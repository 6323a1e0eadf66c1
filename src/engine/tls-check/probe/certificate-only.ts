/**
 * The certificate of one address with as few connections as can be: one where TLS ≤ 1.2 is spoken, whose flight
 * is in the clear; one more where it is TLS 1.3 only.
 */
import * as extension from "../../../core/framing/tls/extensions.ts";
import type { Answer, ProtocolFacts, ProtocolVersion } from "../facts.ts";
import { readChain13 } from "./chains.ts";
import { hello, makeHello } from "./hello.ts";
import { chunksOf, suitesOf, versionOf } from "./offers.ts";
import type { Prober } from "./prober.ts";
import type { Readers, Sightings } from "./sightings.ts";
import { judge } from "./verdict.ts";

export interface CertificateOnly {
  /** The one version seen, and those above it that were offered in vain. */
  readonly protocols: readonly ProtocolFacts[];
  /** Why there is no certificate, when there is none. */
  readonly why: string;
}

export async function readCertificateOnly(
  prober: Prober,
  sightings: Sightings,
  { readers }: { readonly readers: Readers },
): Promise<CertificateOnly> {
  // One chunk holds all that current and past servers have; ALPN would only let some of them refuse.
  const suites = chunksOf(suitesOf("TLSv1.2"))[0]!;
  const spec = makeHello(prober, { version: "TLSv1.2", suites, alpn: [], extensions: [extension.sct()] });
  const outcome = await hello(prober, "certificate", spec, "done");
  let answer: Answer =
    outcome.kind === "inconclusive" ? outcome : { kind: "inconclusive", why: "no certificate came" };
  if (outcome.kind === "done" && outcome.value.kind === "server-hello") {
    sightings.note(spec, prober.serverName, outcome.value);
    const version = versionOf(outcome.value.hello.version);
    if (sightings.chains.length > 0 && version !== undefined) {
      return { protocols: [seen(version, [outcome.value.hello.suite])], why: "" };
    }
  } else if (outcome.kind === "done") {
    if (outcome.value.kind === "violation" && !prober.heardTls)
      return { protocols: [], why: outcome.value.what };
    answer = judge(outcome, spec.legacyVersion);
  }
  if (prober.unreachable !== undefined && !prober.heardTls) return { protocols: [], why: whyOf(answer) };
  const modern = await readChain13(prober, readers);
  if (modern.kind === "done" && modern.value !== undefined) {
    sightings.addChain(modern.value);
    return { protocols: [seen("TLSv1.3", [])], why: "" };
  }
  return { protocols: [], why: whyOf(answer) };
}

function seen(version: ProtocolVersion, suites: readonly number[]): ProtocolFacts {
  const answer: Answer = { kind: "offered" };
  return { version, answer, suites, complete: false, preference: "unknown", chachaForMobile: undefined };
}

function whyOf(answer: Answer): string {
  if (answer.kind === "refused") return answer.how;
  return answer.kind === "inconclusive" ? answer.why : "";
}
