/**
 * What a scan found out about one endpoint: observations without judgement, plain data. Rules judge it,
 * reports show it. An answer is three-valued: what was reset, cut or timed out is *inconclusive*, never "refused".
 */
import type { Certificate } from "./certificates/model.ts";

export type Answer =
  /** The server agreed to it. */
  | { readonly kind: "offered" }
  /** The server said no: an alert, or it chose something else. `how` is that, in words. */
  | { readonly kind: "refused"; readonly how: string }
  /** Nobody knows: reset, EOF, time-out, budget spent; after all retries. */
  | { readonly kind: "inconclusive"; readonly why: string };

export type ProtocolVersion = "SSLv2" | "SSLv3" | "TLSv1.0" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export const PROTOCOL_VERSIONS: readonly ProtocolVersion[] = [
  "SSLv2",
  "SSLv3",
  "TLSv1.0",
  "TLSv1.1",
  "TLSv1.2",
  "TLSv1.3",
];

/** Who decides among what both sides can. */
export type Preference = "server" | "client" | "unknown" | "one-choice";

export interface ProtocolFacts {
  readonly version: ProtocolVersion;
  readonly answer: Answer;
  /** Codes of the suites accepted, in the server's order where it has one, else in the order offered. SSLv2: 24-bit kinds. */
  readonly suites: readonly number[];
  /** False when the enumeration was cut short: there may be more suites. */
  readonly complete: boolean;
  readonly preference: Preference;
  /** The server moves ChaCha20 to the front when the client has it there. */
  readonly chachaForMobile: boolean | undefined;
}

export interface GroupFacts {
  /** Codes of named groups, in the order found; undefined when the version is not offered. */
  readonly codes: readonly number[];
  readonly complete: boolean;
  readonly preference: Preference;
}

export interface DhParameters {
  readonly bits: number;
  /** Name of a well-known prime ("RFC 3526 group 14", "Apache 2.2 mod_ssl 1024"), when it is one. */
  readonly known: string | undefined;
  readonly primeHex: string;
  readonly generatorHex: string;
}

/** A chain as sent on the wire, with the circumstances under which the server sends it. */
export interface ServedChain {
  /** Leaf first, as sent: duplicates, wrong order and roots included. */
  readonly certificates: readonly Certificate[];
  readonly version: ProtocolVersion;
  /** The kind of key asked for. */
  readonly keyType: "rsa" | "ecdsa" | "eddsa" | "dsa" | "other";
  /** What was sent by SNI; undefined = nothing. */
  readonly serverName: string | undefined;
  /** DER of the stapled OCSP response. */
  readonly stapledOcsp: Uint8Array | undefined;
  /** Raw SignedCertificateTimestampList from the TLS extension. */
  readonly tlsScts: Uint8Array | undefined;
  /** DER of each certificate, as sent. Absent where only those of `certificates` are known. */
  readonly sent?: readonly Uint8Array[];
  /**
   * What was sent and is not in `certificates`: `certificate 2 of 3: …`. Absent or empty when all could be read. When the
   * first is unreadable `certificates` is empty: no other one is the server's own.
   */
  readonly unreadable?: readonly string[];
}

export interface SessionFacts {
  /** TLS ≤ 1.2: the server gave a session id / a ticket, and took it back. */
  readonly idIssued: Answer;
  readonly idResumed: Answer;
  readonly ticketIssued: Answer;
  readonly ticketResumed: Answer;
  readonly ticketLifetimeSeconds: number | undefined;
  /** TLS 1.3. */
  readonly pskResumed: Answer;
  readonly pskTicketCount: number | undefined;
  readonly pskLifetimeSeconds: number | undefined;
  readonly earlyData: Answer;
  readonly maxEarlyDataBytes: number | undefined;
}

/** Each a capability or a behaviour; `offered` reads as "yes, it does". */
export interface FeatureFacts {
  readonly extendedMasterSecret: Answer;
  readonly encryptThenMac: Answer;
  readonly secureRenegotiation: Answer;
  readonly clientRenegotiation: Answer;
  readonly compression: Answer;
  readonly fallbackScsv: Answer;
  /** TLS 1.3 server marks a downgrade to 1.2 in its random (RFC 8446 §4.1.3). */
  readonly downgradeSentinel: Answer;
  readonly heartbeat: Answer;
  readonly certificateCompression: Answer;
  readonly stapling: Answer;
  /** Tolerances: the handshake goes on in spite of it. */
  readonly greaseTolerant: Answer;
  readonly longHelloTolerant: Answer;
  readonly versionTolerant: Answer;
  /** ALPN protocols accepted, in the server's order. */
  readonly alpn: readonly string[];
  readonly alpnComplete: boolean;
  /** Without SNI, and with a name the server cannot know: goes on (offered) or refuses. */
  readonly withoutSni: Answer;
  readonly unknownSni: Answer;
  readonly clientCertificate: "none" | "requested" | "required" | "unknown";
  /** RFC 4514 names of the authorities that the server accepts client certificates of. */
  readonly clientAuthorities: readonly string[];
}

/** Vulnerability probes; `offered` = vulnerable, shown by the probe itself. Absent = not probed (not intrusive, or not applicable). */
export interface VulnerabilityFacts {
  readonly heartbleed: Answer | undefined;
  readonly ccsInjection: Answer | undefined;
  readonly robot: Answer | undefined;
  readonly ticketbleed: Answer | undefined;
  readonly poodleTls: Answer | undefined;
  /** How much a ROBOT oracle tells; undefined when there is none. */
  readonly robotOracle?: "weak" | "strong" | undefined;
  /** Zombie POODLE, GOLDENDOODLE: wrong padding and wrong MAC of a CBC suite are answered differently. */
  readonly cbcPaddingOracle?: Answer | undefined;
  /** CVE-2011-0411: what came in the clear behind STARTTLS is taken for a command under TLS. */
  readonly starttlsInjection?: Answer | undefined;
}

/** For lists that have no flag of their own: why there may be more; undefined = they are whole, or do not apply. */
export interface ListGaps {
  readonly signatures13: string | undefined;
  readonly signatures12: string | undefined;
  readonly dh: string | undefined;
}

export interface AddressFacts {
  readonly address: string;
  readonly family: 4 | 6;
  /** Undefined when TLS could be spoken; else why not one handshake came about. */
  readonly unreachable:
    | { readonly code: string; readonly message: string; readonly next: string | undefined }
    | undefined;
  readonly protocols: readonly ProtocolFacts[];
  /** TLS 1.3. */
  readonly groups13: GroupFacts;
  /** TLS ≤ 1.2, ECDHE. */
  readonly groups12: GroupFacts;
  readonly dh: readonly DhParameters[];
  /** Codes of signature schemes the server signs with. */
  readonly signatures13: readonly number[];
  readonly signatures12: readonly number[];
  readonly gaps: ListGaps;
  readonly chains: readonly ServedChain[];
  readonly sessions: SessionFacts | undefined;
  readonly features: FeatureFacts | undefined;
  readonly vulnerabilities: VulnerabilityFacts | undefined;
  /** Connections opened, and how many of them were retries. */
  readonly connections: number;
  readonly retries: number;
  readonly seconds: number;
}

export interface EndpointFacts {
  readonly kind: "endpoint";
  readonly addresses: readonly AddressFacts[];
  /** The endpoint's own time-out, budget or resolver trouble. */
  readonly notes: readonly string[];
}
