/**
 * All that was noticed on the way, put together as the features of one address. Pure.
 *
 * Some features belong to TLS ≤ 1.2 alone. For a server that offers only TLS 1.3 they are answered by what
 * that version does: it always binds the session to the handshake (RFC 8446 §7.1), and knows neither
 * renegotiation nor compression nor MAC-then-encrypt. Heartbeats it has (§4.2): they are asked for.
 */
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import type { Answer, FeatureFacts, ProtocolFacts } from "../facts.ts";
import { suite } from "../registry/suites.ts";
import type { Behaviours } from "./behaviours.ts";
import type { HandshakeFindings } from "./handshakes.ts";
import type { Tolerances } from "./oddities.ts";
import type { Sightings } from "./sightings.ts";

export interface FeatureSources {
  readonly sightings: Sightings;
  readonly protocols: readonly ProtocolFacts[];
  readonly behaviours: Behaviours;
  readonly tolerances: Tolerances | undefined;
  readonly alpn: readonly string[];
  readonly alpnComplete: boolean;
  readonly handshakes: HandshakeFindings;
}

const OFFERED: Answer = { kind: "offered" };

export function featuresOf(sources: FeatureSources): FeatureFacts {
  const { sightings, behaviours, handshakes, tolerances } = sources;
  const { extensions } = sightings;
  const unseen = unseenAnswer(sources.protocols);
  const asked = sightings.asksForCertificate ?? (sightings.authorities.length > 0 ? true : undefined);
  return {
    extendedMasterSecret: extensions.answer(EXTENSION.extendedMasterSecret) ?? unseen(OFFERED),
    encryptThenMac: extensions.answer(EXTENSION.encryptThenMac) ?? noCbc(sources.protocols, unseen),
    secureRenegotiation: extensions.answer(EXTENSION.renegotiationInfo) ?? unseen(OFFERED),
    clientRenegotiation: handshakes.clientRenegotiation,
    compression: extensions.compression ?? unseen(no("TLS 1.3 has none")),
    fallbackScsv: behaviours.fallbackScsv,
    downgradeSentinel: sentinel(sources),
    heartbeat: heartbeat(sightings.heartbeat, handshakes.heartbeat13, unseen),
    certificateCompression: handshakes.certificateCompression,
    stapling: stapling(sightings),
    greaseTolerant: tolerances?.greaseTolerant ?? UNTRIED,
    longHelloTolerant: tolerances?.longHelloTolerant ?? UNTRIED,
    versionTolerant: tolerances?.versionTolerant ?? UNTRIED,
    alpn: sources.alpn,
    alpnComplete: sources.alpnComplete,
    withoutSni: behaviours.withoutSni,
    unknownSni: behaviours.unknownSni,
    clientCertificate: clientCertificate(handshakes.clientCertificate, asked),
    clientAuthorities:
      sightings.authorities.length > 0 ? sightings.authorities : handshakes.clientAuthorities,
  };
}

const UNTRIED: Answer = { kind: "inconclusive", why: "no version is known to be offered" };

function no(how: string): Answer {
  return { kind: "refused", how };
}

/** What is true of TLS 1.3, where that is all there is; else an open question. */
function unseenAnswer(protocols: readonly ProtocolFacts[]): (ifModernOnly: Answer) => Answer {
  const modern = protocols.some(({ version, answer }) => version === "TLSv1.3" && answer.kind === "offered");
  const classic = protocols.filter(({ version }) => version !== "TLSv1.3");
  const modernOnly = modern && classic.every(({ answer }) => answer.kind !== "offered");
  return (ifModernOnly) =>
    modernOnly ? ifModernOnly : { kind: "inconclusive", why: "no ServerHello that could tell was received" };
}

/** One yes is enough, whichever version says it. */
function heartbeat(
  classic: Answer | undefined,
  modern: Answer,
  unseen: (ifModernOnly: Answer) => Answer,
): Answer {
  return modern.kind === "offered" ? modern : (classic ?? unseen(modern));
}

/** Encrypt-then-MAC is taken up with CBC suites only (RFC 7366 §3). */
function noCbc(protocols: readonly ProtocolFacts[], unseen: (answer: Answer) => Answer): Answer {
  const classic = protocols.filter(
    ({ version, answer }) => version !== "TLSv1.3" && answer.kind === "offered",
  );
  const cbc = classic.some(({ suites }) => suites.some((code) => suite(code)?.mode === "cbc"));
  const answer = no("no CBC suite is accepted, so it never applies");
  return classic.length > 0 && !cbc ? answer : unseen(answer);
}

/** Meaningful for a server that has TLS 1.3 and something below it. */
function sentinel({ sightings, protocols }: FeatureSources): Answer {
  const modern = protocols.find(({ version }) => version === "TLSv1.3")?.answer;
  if (modern?.kind === "refused") return no("TLS 1.3 is not offered, so there is nothing to mark");
  const seen = sightings.extensions.downgradeSentinel;
  if (seen !== undefined) return seen;
  return unseenAnswer(protocols)(no("TLS 1.3 is the only version, so there is nothing to mark"));
}

function stapling(sightings: Sightings): Answer {
  if (sightings.chains.some(({ stapledOcsp }) => stapledOcsp !== undefined)) return OFFERED;
  if (sightings.chains.length > 0) return no("no OCSP response came with the certificate");
  return { kind: "inconclusive", why: "no certificate was seen" };
}

/** The handshakes know best; the hellos at least whether it was asked for. */
function clientCertificate(
  known: FeatureFacts["clientCertificate"],
  asked: boolean | undefined,
): FeatureFacts["clientCertificate"] {
  if (known === "required" || (known === "requested" && asked !== undefined)) return known;
  if (asked === true) return known === "none" || known === "unknown" ? "requested" : known;
  if (asked === false && known === "unknown") return "none";
  return known;
}
