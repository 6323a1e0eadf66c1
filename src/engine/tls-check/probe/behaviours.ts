/**
 * How the server takes hellos that differ in one thing: a downgrade signal, no name, an unknown name.
 *
 * Cost: one connection each; none for the signal where there is one version only, and none for "no name" where
 * no name is sent anyway.
 */

import { ALERT } from "../../../core/framing/tls/alerts.ts";
import type { Answer, ProtocolFacts, ProtocolVersion } from "../facts.ts";
import { alertText, hello, makeHello } from "./hello.ts";
import { FALLBACK_SCSV, type HelloVersion, WIRE_VERSION } from "./offers.ts";
import type { Prober } from "./prober.ts";
import type { Sightings } from "./sightings.ts";
import { judge } from "./verdict.ts";

/** A name that no server can have a certificate for (RFC 2606). */
export const UNKNOWN_NAME = "unknown-name.netkit.invalid";

export interface Behaviours {
  readonly fallbackScsv: Answer;
  readonly withoutSni: Answer;
  readonly unknownSni: Answer;
}

/** @param protocols all that are known, oldest first */
export async function probeBehaviours(
  prober: Prober,
  sightings: Sightings,
  protocols: readonly ProtocolFacts[],
): Promise<Behaviours> {
  const offered = protocols.filter(({ answer, version }) => answer.kind === "offered" && version !== "SSLv2");
  // A version of which the flight is in the clear shows the certificate as well.
  const base = offered.findLast(({ version }) => version !== "TLSv1.3") ?? offered.at(-1);
  const [fallbackScsv, withoutSni, unknownSni] = await Promise.all([
    probeFallback(prober, offered),
    prober.serverName === undefined && base !== undefined
      ? ({ kind: "offered" } as const)
      : probeName(prober, sightings, base, null),
    probeName(prober, sightings, base, UNKNOWN_NAME),
  ]);
  return { fallbackScsv, withoutSni, unknownSni };
}

/** RFC 7507: a hello below the highest version that says it is a second try must be refused with alert 86. */
async function probeFallback(prober: Prober, offered: readonly ProtocolFacts[]): Promise<Answer> {
  const lower = offered.slice(0, -1).at(-1);
  if (lower === undefined)
    return { kind: "refused", how: "one version only: there is nothing to fall back to" };
  const version = lower.version as HelloVersion;
  const suites = [FALLBACK_SCSV, ...lower.suites];
  const spec = makeHello(prober, { version, suites, alpn: [] });
  const outcome = await hello(prober, `${version} fallback signal`, spec);
  if (outcome.kind === "inconclusive") return outcome;
  const answer = outcome.value;
  if (answer.kind === "alert") {
    if (answer.description === ALERT.inappropriate_fallback) return { kind: "offered" };
    // Without the signal it takes these suites in this version; it has no words for why it does not.
    if (answer.implied === true) return { kind: "offered" };
    return { kind: "inconclusive", why: `${alertText(answer)} instead of inappropriate_fallback (86)` };
  }
  const went = judge(outcome, WIRE_VERSION[version]);
  return went.kind === "offered"
    ? { kind: "refused", how: `goes on with ${version} in spite of the signal` }
    : went;
}

async function probeName(
  prober: Prober,
  sightings: Sightings,
  base: ProtocolFacts | undefined,
  serverName: string | null,
): Promise<Answer> {
  if (base === undefined) return { kind: "inconclusive", why: "no version is known to be offered" };
  if (base.version === "SSLv3") return { kind: "offered" };
  const version = base.version as Exclude<ProtocolVersion, "SSLv2">;
  const suites = base.suites.length > 0 ? base.suites : undefined;
  const spec = makeHello(prober, { version, suites, serverName, alpn: [] });
  const what = serverName === null ? "without a name" : "unknown name";
  const outcome = await hello(prober, `${version} ${what}`, spec, "key-exchange");
  if (outcome.kind === "done" && outcome.value.kind === "server-hello") {
    sightings.note(spec, serverName ?? undefined, outcome.value);
  }
  return judge(outcome, WIRE_VERSION[version]);
}
