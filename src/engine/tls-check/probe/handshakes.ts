/**
 * Everything that takes a completed handshake to find out, in one call: signature schemes and chains of
 * TLS 1.3, sessions and renegotiation, client certificates, and the probes for vulnerabilities.
 *
 * Cost on a default nginx with one RSA certificate: TLS 1.3 four for the schemes and one for the session,
 * TLS 1.2 four for the sessions, vulnerabilities 13: 22 connections. Each side runs beside the others.
 */
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { parseAlpnChoice } from "../../../core/framing/tls/server-messages.ts";
import type { Answer, FeatureFacts, ServedChain, SessionFacts, VulnerabilityFacts } from "../facts.ts";
import { chainOf } from "./chains.ts";
import { type FinishedModern, finishedModern } from "./finished-modern.ts";
import type { ClientIdentity } from "./handshake/client-identity.ts";
import type { KnownServer } from "./known.ts";
import { inconclusive, OFFERED, reasonOf, refused } from "./no-handshake.ts";
import type { Prober } from "./prober.ts";
import { noClassicSessions, probeSessions12, type Sessions12 } from "./sessions12.ts";
import { type ModernSessionFacts, noModernSessions, probeSessions13 } from "./sessions13.ts";
import type { Readers } from "./sightings.ts";
import { enumerateSignatures13, type Signatures13 } from "./signatures13.ts";
import { probeVulnerabilities } from "./vulnerabilities/vulnerabilities.ts";

export interface HandshakeOptions {
  readonly readers: Readers;
  /** Probes for vulnerabilities, which send what no client would. */
  readonly intrusive: boolean;
  /** Shown to a server that requires one; undefined = there is none to show. */
  readonly identity?: ClientIdentity | undefined;
}

export interface HandshakeFindings {
  /** Schemes of CertificateVerify, in the server's order for each kind of key. */
  readonly signatures13: readonly number[];
  readonly signatures13Complete: boolean;
  /** Why they are not complete. */
  readonly signatures13Gap: string | undefined;
  /** Chains seen in TLS 1.3, each once; for `Sightings.addChain`. */
  readonly chains13: readonly ServedChain[];
  /** What the server chose of all ALPN names in TLS 1.3. */
  readonly alpn13: string | undefined;
  readonly sessions: SessionFacts;
  readonly clientRenegotiation: Answer;
  readonly certificateCompression: Answer;
  /** TLS 1.3 takes up the heartbeat extension. */
  readonly heartbeat13: Answer;
  /** TLS 1.3 and below taken together; "unknown" when no handshake came that far. */
  readonly clientCertificate: FeatureFacts["clientCertificate"];
  readonly clientAuthorities: readonly string[];
  /** Undefined when not asked for, or when there is nothing below TLS 1.3 to look at. */
  readonly vulnerabilities: VulnerabilityFacts | undefined;
}

const NO_MODERN = refused("TLS 1.3 is not offered");
const NO_CLASSIC = refused("no version below TLS 1.3 is offered");

export async function probeHandshakes(
  prober: Prober,
  known: KnownServer,
  options: HandshakeOptions,
): Promise<HandshakeFindings> {
  const [modern, classic, vulnerabilities] = await Promise.all([
    probeModern(prober, known, options),
    probeClassic(prober, known, options),
    options.intrusive ? vulnerabilitiesOf(prober, known, options) : undefined,
  ]);
  const seen = [modern.clientCertificate, classic.clientCertificate];
  return {
    signatures13: modern.signatures.schemes,
    signatures13Complete: modern.signatures.complete,
    signatures13Gap: modern.signatures.why,
    chains13: modern.chains,
    alpn13: modern.alpn,
    sessions: { ...classic.facts, ...modern.sessions },
    clientRenegotiation: classic.clientRenegotiation,
    certificateCompression: modern.certificateCompression,
    heartbeat13: modern.heartbeat,
    clientCertificate:
      (["required", "requested", "none"] as const).find((kind) => seen.includes(kind)) ?? "unknown",
    clientAuthorities: names(options.readers, [...modern.authorities, ...classic.authorities]),
    vulnerabilities:
      vulnerabilities === undefined ? undefined : { ...vulnerabilities, ticketbleed: classic.ticketbleed },
  };
}

interface Modern {
  readonly signatures: Pick<Signatures13, "schemes" | "complete" | "why">;
  readonly chains: readonly ServedChain[];
  readonly alpn: string | undefined;
  readonly sessions: ModernSessionFacts;
  readonly certificateCompression: Answer;
  readonly heartbeat: Answer;
  readonly clientCertificate: FeatureFacts["clientCertificate"];
  readonly authorities: readonly Buffer[];
}

function noModern(answer: Answer): Modern {
  return {
    signatures: {
      schemes: [],
      complete: answer.kind === "refused",
      why: answer.kind === "inconclusive" ? answer.why : undefined,
    },
    chains: [],
    alpn: undefined,
    sessions: noModernSessions(answer),
    certificateCompression: answer,
    heartbeat: answer,
    clientCertificate: "unknown",
    authorities: [],
  };
}

async function probeModern(
  prober: Prober,
  { modern: known, open }: KnownServer,
  { readers, identity }: HandshakeOptions,
): Promise<Modern> {
  if (known === undefined)
    return noModern(open?.modern === undefined ? NO_MODERN : inconclusive(open.modern));
  const outcome = await finishedModern(prober, known, undefined);
  if (outcome.kind === "inconclusive") return noModern(outcome);
  const first = outcome.value;
  if (first.kind !== "finished") return noModern(inconclusive(reasonOf(first)));
  const { flight } = first.handshake;
  const [signatures, sessions] = await Promise.all([
    enumerateSignatures13(prober, known, flight),
    modernSessions(prober, known, first, identity),
  ]);
  const chains = signatures.flights.map((each) => chainOf(each, readers, prober.serverName));
  return {
    signatures,
    chains: distinct(chains.filter((chain): chain is ServedChain => chain !== undefined)),
    alpn: alpnOf(flight.extensions.get(EXTENSION.alpn)),
    sessions,
    certificateCompression:
      flight.compression === undefined ? refused("the certificate came as it is") : OFFERED,
    heartbeat: flight.extensions.has(EXTENSION.heartbeat)
      ? OFFERED
      : refused("the EncryptedExtensions are without it"),
    clientCertificate: first.certificateRequired
      ? "required"
      : flight.request === undefined
        ? "none"
        : "requested",
    authorities: flight.request?.authorities ?? [],
  };
}

/** With the client certificate, where nothing goes without it. */
async function modernSessions(
  prober: Prober,
  known: KnownServer["modern"],
  first: FinishedModern,
  identity: ClientIdentity | undefined,
): Promise<ModernSessionFacts> {
  if (!first.certificateRequired || identity === undefined) return probeSessions13(prober, known, first);
  const outcome = await finishedModern(prober, known, identity);
  if (outcome.kind === "inconclusive") return noModernSessions(outcome);
  const { value } = outcome;
  if (value.kind !== "finished") return noModernSessions(inconclusive(reasonOf(value)));
  return probeSessions13(prober, known, value);
}

async function probeClassic(
  prober: Prober,
  { classic: known, open }: KnownServer,
  { identity }: HandshakeOptions,
): Promise<Sessions12> {
  if (known !== undefined) return probeSessions12({ prober, known, identity });
  return noClassicSessions(open?.classic === undefined ? NO_CLASSIC : inconclusive(open.classic));
}

async function vulnerabilitiesOf(
  prober: Prober,
  { classic: known, older = [], heartbeat }: KnownServer,
  { identity }: HandshakeOptions,
): Promise<Omit<VulnerabilityFacts, "ticketbleed"> | undefined> {
  return known === undefined
    ? undefined
    : probeVulnerabilities({ prober, known, older, heartbeat, identity });
}

/** The same chain comes with every scheme of its key; one with a staple is worth more. */
function distinct(chains: readonly ServedChain[]): readonly ServedChain[] {
  const byLeaf = new Map<string, ServedChain>();
  for (const chain of chains) {
    const key = [...chain.certificates.map(({ sha256 }) => sha256), ...(chain.unreadable ?? [])].join();
    const known = byLeaf.get(key);
    if (known === undefined || (known.stapledOcsp === undefined && chain.stapledOcsp !== undefined)) {
      byLeaf.set(key, chain);
    }
  }
  return [...byLeaf.values()];
}

function alpnOf(body: Buffer | undefined): string | undefined {
  const choice = body === undefined ? undefined : parseAlpnChoice(body);
  return choice?.kind === "alpn" ? choice.protocol : undefined;
}

function names(readers: Readers, ders: readonly Buffer[]): readonly string[] {
  return [...new Set(ders.map((der) => readers.nameText(der) ?? "a name that is no DER"))];
}
