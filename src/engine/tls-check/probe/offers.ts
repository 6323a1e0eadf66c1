/**
 * What a hello can offer, in the order in which it does: every suite, group and signature scheme of the
 * registry that the version knows, the usual ones first.
 *
 * The order matters to servers that follow the client's: it is the order in which their suites are reported.
 * It also decides which suites share the first hello: those that servers really have.
 */
import { PROTOCOL_VERSIONS, type ProtocolVersion } from "../facts.ts";
import { GROUPS } from "../registry/groups.ts";
import { SIGNATURE_SCHEMES } from "../registry/signature-schemes.ts";
import { SUITES, type SuiteFacts, suite } from "../registry/suites.ts";

export type HelloVersion = Exclude<ProtocolVersion, "SSLv2">;

/** Versions as they are on the wire. */
export const WIRE_VERSION: Record<HelloVersion, number> = {
  SSLv3: 0x0300,
  "TLSv1.0": 0x0301,
  "TLSv1.1": 0x0302,
  "TLSv1.2": 0x0303,
  "TLSv1.3": 0x0304,
};

export function versionOf(wire: number): HelloVersion | undefined {
  return (Object.keys(WIRE_VERSION) as HelloVersion[]).find((version) => WIRE_VERSION[version] === wire);
}

/** Stacks with a bounded list choke on, or cut off, hellos with more suites than this. */
export const SUITES_PER_HELLO = 110;

const KEY_EXCHANGES = ["TLS13", "ECDHE", "DHE", "RSA"];
const AUTHENTICATIONS = ["TLS13", "ECDSA", "RSA"];

/** Lower comes first: usual key exchange and authentication, then AEAD before CBC, then strength. */
function rank(suite: SuiteFacts): number {
  const keyExchange = KEY_EXCHANGES.indexOf(suite.keyExchange);
  const usual = keyExchange >= 0 && AUTHENTICATIONS.includes(suite.authentication) && !suite.export;
  const mode = ["aead", "cbc", "stream", "null"].indexOf(suite.mode);
  const known = suite.openssl === undefined ? 1 : 0;
  // Each criterion outweighs all that follow it; bits are at most 256.
  return (
    (((usual ? 0 : 1) * 2 + known) * 8 + (usual ? keyExchange : 4)) * 4096 + mode * 512 + (256 - suite.bits)
  );
}

const RANKED = [...SUITES].sort((a, b) => rank(a) - rank(b) || a.code - b.code);

/** Signalling values stand in the suite list, but nothing can be chosen by them (RFC 5746, RFC 7507). */
export const RENEGOTIATION_SCSV = 0x00ff;
export const FALLBACK_SCSV = 0x5600;

function knows(suite: SuiteFacts, version: HelloVersion): boolean {
  const at = PROTOCOL_VERSIONS.indexOf(version);
  return (
    PROTOCOL_VERSIONS.indexOf(suite.minVersion) <= at && at <= PROTOCOL_VERSIONS.indexOf(suite.maxVersion)
  );
}

/** In the order in which hellos offer them, ChaCha20 in its place. */
export function inOurOrder(codes: readonly number[]): readonly number[] {
  const place = new Map(RANKED.map(({ code }, index) => [code, index]));
  return [...codes].sort((a, b) => (place.get(a) ?? RANKED.length) - (place.get(b) ?? RANKED.length));
}

export function suitesOf(version: HelloVersion): readonly number[] {
  const codes = RANKED.filter((suite) => knows(suite, version)).map(({ code }) => code);
  return codes.filter((code) => code !== RENEGOTIATION_SCSV && code !== FALLBACK_SCSV);
}

/**
 * Lists for one hello each. ChaCha20 stands last: some servers move it up for clients that lead with it, and
 * then the order found would not be theirs.
 */
export function chunksOf(codes: readonly number[], size = SUITES_PER_HELLO): readonly (readonly number[])[] {
  const chunks: (readonly number[])[] = [];
  for (let at = 0; at < codes.length; at += size) chunks.push(chachaLast(codes.slice(at, at + size)));
  return chunks;
}

export function chachaLast(codes: readonly number[]): readonly number[] {
  return [...codes.filter((code) => !isChacha(code)), ...codes.filter(isChacha)];
}

export function isChacha(code: number): boolean {
  return suite(code)?.cipher.toUpperCase().includes("CHACHA20") === true;
}

/** TLS 1.3, in one list: there are few. */
export const SUITES_13: readonly number[] = chachaLast(suitesOf("TLSv1.3"));

/** Groups that clients of today lead with, post-quantum hybrids first; the rest follows by code. */
const LEADING_GROUPS = [0x11ec, 0x11eb, 0x11ed, 0x001d, 0x0017, 0x001e, 0x0018, 0x0019];

function groupRank(code: number): number {
  const at = LEADING_GROUPS.indexOf(code);
  return at >= 0 ? at : LEADING_GROUPS.length + code;
}

const RANKED_GROUPS = [...GROUPS].sort((a, b) => groupRank(a.code) - groupRank(b.code));

/** TLS 1.3: all kinds. */
export const GROUPS_13: readonly number[] = RANKED_GROUPS.map(({ code }) => code);

/** TLS ≤ 1.2: elliptic curves. */
export const CURVES: readonly number[] = RANKED_GROUPS.filter(
  ({ kind, minVersion }) => kind === "ecdh" && minVersion !== "TLSv1.3",
).map(({ code }) => code);

/** TLS ≤ 1.2, for DHE (RFC 7919). */
export const FINITE_FIELDS: readonly number[] = RANKED_GROUPS.filter(({ kind }) => kind === "ffdh").map(
  ({ code }) => code,
);

export const SCHEMES: readonly number[] = SIGNATURE_SCHEMES.map(({ code }) => code);

/** Protocol names of the IANA registry and a few that are in use without it; what servers have comes first. */
export const ALPN_NAMES: readonly string[] = [
  "h2",
  "http/1.1",
  "http/1.0",
  "http/0.9",
  "h3",
  "spdy/3.1",
  "acme-tls/1",
  "dot",
  "mqtt",
  "imap",
  "pop3",
  "managesieve",
  "ftp",
  "smtp",
  "xmpp-client",
  "xmpp-server",
  "postgresql",
  "webrtc",
  "stun.turn",
  "coap",
  "irc",
  "nntp",
  "ntske/1",
  "radius/1.1",
  "tds/8.0",
  "sip/2",
  "grpc-exp",
];
