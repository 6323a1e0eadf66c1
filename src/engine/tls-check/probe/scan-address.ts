/**
 * One address, probed from the first hello to the last vulnerability, as AddressFacts.
 *
 *     first hello ─┬─ SSLv2 ──────────────────────────────┐
 *                  ├─ TLS 1.3: groups and suites ─┬────────┤
 *                  └─ SSLv3 … TLS 1.2: suites ────┼─ rest ─┼─► facts
 *                                                 └─ handshakes, sessions, vulnerabilities
 *
 * Guarantees: never more connections than the plan allows; whatever ends it (budget, stop, a server that goes
 * away) leaves the facts found so far, with the rest inconclusive; nothing is thrown but bugs.
 */
import { type Clock, monotonicClock } from "../../../core/clock.ts";
import type { AddressFacts, Answer, GroupFacts, ProtocolFacts, VulnerabilityFacts } from "../facts.ts";
import type { Scope } from "../plan.ts";
import { probeAlpn13 } from "./alpn13.ts";
import { probeBehaviours } from "./behaviours.ts";
import { readCertificateOnly } from "./certificate-only.ts";
import { makeContact } from "./contact.ts";
import { featuresOf } from "./features.ts";
import type { ClientIdentity } from "./handshake/client-identity.ts";
import { probeHandshakes } from "./handshakes.ts";
import type { ClassicVersion, KnownServer } from "./known.ts";
import { LegacyProbe } from "./legacy.ts";
import { Prober, type ProberOptions } from "./prober.ts";
import { type Readers, Sightings } from "./sightings.ts";
import { probeSslv2 } from "./sslv2.ts";
import { probeInjection } from "./starttls-injection.ts";
import { ModernEnumerator } from "./tls13.ts";
import { noHandshake, notProbed, type Unreachable } from "./unreachable.ts";

export interface ScanOptions extends ProberOptions {
  readonly scope: Scope;
  /** Vulnerability probes that send malformed records. */
  readonly intrusive: boolean;
  readonly readers: Readers;
  /** For servers that ask for a client certificate. */
  readonly identity?: ClientIdentity | undefined;
}

const NO_GROUPS: GroupFacts = { codes: [], complete: false, preference: "unknown" };

/** What an address is known by when nothing else is known of it. */
const NOTHING = {
  protocols: [],
  groups13: NO_GROUPS,
  groups12: NO_GROUPS,
  dh: [],
  signatures13: [],
  signatures12: [],
  gaps: { signatures13: undefined, signatures12: undefined, dh: undefined },
  chains: [],
  sessions: undefined,
  features: undefined,
  vulnerabilities: undefined,
} as const;

const NOT_PROBED: VulnerabilityFacts = {
  heartbleed: undefined,
  ccsInjection: undefined,
  robot: undefined,
  ticketbleed: undefined,
  poodleTls: undefined,
};

type Findings = Omit<AddressFacts, "address" | "family" | "connections" | "retries" | "seconds">;

export async function scanAddress(options: ScanOptions): Promise<AddressFacts> {
  const clock: Clock = options.clock ?? monotonicClock;
  const startUs = clock.nowUs();
  using prober = new Prober(options);
  const sightings = new Sightings(options.readers, options.serverName);
  const findings =
    options.scope === "certificate-only"
      ? await certificateOnly(prober, sightings, options)
      : await everything(prober, sightings, options);
  return {
    address: options.address,
    family: options.family,
    ...findings,
    connections: prober.connections,
    retries: prober.retries,
    seconds: (clock.nowUs() - startUs) / 1e6,
  };
}

async function certificateOnly(
  prober: Prober,
  sightings: Sightings,
  options: ScanOptions,
): Promise<Findings> {
  const { protocols, why } = await readCertificateOnly(prober, sightings, options);
  const { chains } = sightings;
  const unreachable = chains.length > 0 ? undefined : whyNothing(prober, why);
  return { ...NOTHING, unreachable, protocols, chains };
}

async function everything(prober: Prober, sightings: Sightings, options: ScanOptions): Promise<Findings> {
  const contact = await makeContact(prober, sightings);
  if (contact.kind === "silent") return silent(prober, sightings, options, contact.why);
  const modernProbe = new ModernEnumerator(prober, contact);
  const legacyProbe = new LegacyProbe(prober, sightings, contact);
  const [sslv2, modernFound, legacyFound] = await Promise.all([
    probeSslv2(prober, sightings, options.readers),
    modernProbe.enumerate(),
    legacyProbe.enumerate(),
  ]);
  const below = legacyFound.some(({ answer }) => answer.kind === "offered");
  const modernOnly = !below && modernFound.answer.kind === "offered";
  const known = knownServer(modernFound, modernProbe.groups, legacyFound, sightings);
  const [handshakes, behaviours, modern, legacy, alpn13, starttlsInjection] = await Promise.all([
    probeHandshakes(prober, known, options),
    probeBehaviours(prober, sightings, [...legacyFound, modernFound]),
    modernProbe.order(modernOnly),
    legacyProbe.finish(),
    modernOnly ? probeAlpn13(prober, modernFound.suites, modernProbe.groups) : undefined,
    options.intrusive ? probeInjection(prober, known) : undefined,
  ]);
  for (const chain of handshakes.chains13) sightings.addChain(chain);
  const protocols: readonly ProtocolFacts[] = [sslv2, ...legacy.protocols, modern.protocol];
  const tolerances = legacy.tolerances ?? modern.tolerances;
  const { alpn, alpnComplete } = alpn13 ?? legacy;
  const offered = below || modernOnly || sslv2.answer.kind === "offered";
  return {
    unreachable: offered ? undefined : noneAccepted(prober, protocols),
    protocols,
    groups13: modern.groups,
    groups12: legacy.groups,
    dh: sightings.dh,
    signatures13: handshakes.signatures13,
    signatures12: sightings.schemes,
    gaps: { signatures13: handshakes.signatures13Gap, ...legacy.gaps },
    chains: sightings.chains,
    sessions: handshakes.sessions,
    features: featuresOf({ sightings, protocols, behaviours, tolerances, alpn, alpnComplete, handshakes }),
    vulnerabilities: withInjection(handshakes.vulnerabilities, starttlsInjection),
  };
}

/** No TLS; a server that speaks SSLv2 and nothing later is silent in the same way. */
async function silent(
  prober: Prober,
  sightings: Sightings,
  options: ScanOptions,
  why: string,
): Promise<Findings> {
  const unreachable = whyNothing(prober, why);
  if (unreachable.code !== "NK_TLS_CLOSED" && unreachable.code !== "NK_TLS_HANDSHAKE_TIMEOUT") {
    return { ...NOTHING, unreachable };
  }
  const sslv2 = await probeSslv2(prober, sightings, options.readers);
  if (sslv2.answer.kind !== "offered") return { ...NOTHING, unreachable };
  return { ...NOTHING, unreachable: undefined, protocols: [sslv2], chains: sightings.chains };
}

function withInjection(
  known: VulnerabilityFacts | undefined,
  starttlsInjection: Answer | undefined,
): VulnerabilityFacts | undefined {
  if (starttlsInjection === undefined) return known;
  return { ...(known ?? NOT_PROBED), starttlsInjection };
}

function whyNothing(prober: Prober, why: string): Unreachable {
  if (prober.heardTls) return noHandshake(prober.subject, why);
  return prober.unreachable ?? notProbed(prober.subject, why);
}

/** TLS is spoken, and every version of it refused; undefined while any of them is an open question. */
function noneAccepted(prober: Prober, protocols: readonly ProtocolFacts[]): Unreachable | undefined {
  const answers = protocols.filter(({ version }) => version !== "SSLv2").map(({ answer }) => answer);
  const refusal = answers.findLast((answer) => answer.kind === "refused");
  if (refusal === undefined || answers.some(({ kind }) => kind === "inconclusive")) return undefined;
  return noHandshake(prober.subject, refusal.how);
}

function knownServer(
  modern: ProtocolFacts,
  groups: readonly number[],
  legacy: readonly ProtocolFacts[],
  sightings: Sightings,
): KnownServer {
  const [classic, ...older] = legacy
    .filter(({ answer }) => answer.kind === "offered")
    .flatMap(asClassic)
    .reverse();
  return {
    modern: modern.answer.kind === "offered" ? { suites: modern.suites, groups } : undefined,
    classic,
    older,
    open: {
      modern: whyOpen([modern]),
      classic: classic === undefined ? whyOpen(legacy) : undefined,
    },
    heartbeat: sightings.heartbeat,
  };
}

function asClassic({ version, suites }: ProtocolFacts): ClassicVersion[] {
  return version === "SSLv2" || version === "TLSv1.3" ? [] : [{ version, suites }];
}

function whyOpen(protocols: readonly ProtocolFacts[]): string | undefined {
  for (const { answer } of protocols) if (answer.kind === "inconclusive") return answer.why;
  return undefined;
}
