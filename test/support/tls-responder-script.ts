// What a scripted TLS server is told: the description that `tls-responder.ts` acts out. Every field that is left
// out is what a sound server does.
import type { ClientHello } from "../../src/core/framing/tls/client-hello.ts";

/** What a server does in place of an answer. */
export type Reaction =
  /** A fatal alert, then the end. */
  | { readonly alert: number }
  /** A warning alert, and the handshake goes on. */
  | { readonly warning: number }
  /** RST. */
  | "reset"
  /** FIN. */
  | "close"
  /** Nothing, for ever. */
  | "silence";

export interface DhGroup {
  /** Hexadecimal. */
  readonly prime: string;
  readonly generator?: number;
}

export interface ResponderScript {
  /** As on the wire, 0x0300 to 0x0304. The highest that the client has too is chosen. */
  readonly versions: readonly number[];
  /** Codes, of all versions; a version takes those that the registry says it can have. */
  readonly suites: readonly number[];
  /** Whose order of suites counts. Default: the server's. */
  readonly order?: "server" | "client";
  /** Moves ChaCha20 to the front when the client's list begins with it (server order). */
  readonly chachaForMobile?: boolean;

  /** Named groups, in the server's order: TLS 1.3 and ECDHE. Default x25519, secp256r1. */
  readonly groups?: readonly number[];
  /** Default: the server's. */
  readonly groupOrder?: "server" | "client";
  /** Instead of a named group: this curve without asking the client. */
  readonly fixedGroup?: number;
  /** For DHE. Default: RFC 3526 group 14. */
  readonly dh?: DhGroup;
  /** Takes RFC 7919 groups when the client offers them. */
  readonly ffdhe?: boolean;
  /** Bits of the short-lived RSA key of export suites; undefined sends none. */
  readonly rsaExportBits?: number;
  /** Signature schemes it signs ServerKeyExchange with (TLS 1.2), in its order. Default rsa_pkcs1_sha256, ecdsa. */
  readonly schemes?: readonly number[];

  /** DER, leaf first, as it is to be sent in the clear (TLS ≤ 1.2): for all suites, or by their authentication. */
  readonly certificates?:
    | readonly Uint8Array[]
    | { readonly [authentication in "RSA" | "ECDSA" | "DSS"]?: readonly Uint8Array[] };
  /** Chains by SNI name; others get `certificates`. */
  readonly certificatesByName?: Readonly<Record<string, readonly Uint8Array[]>>;
  /** Without SNI, and for names not in `certificatesByName` when there are some. Default: goes on. */
  readonly withoutName?: Reaction;
  readonly unknownName?: Reaction;
  /** DER of an OCSP response, stapled when asked for. */
  readonly staple?: Uint8Array;
  /** SignedCertificateTimestampList, sent when asked for. */
  readonly scts?: Uint8Array;
  /** Asks for a client certificate of these authorities (DER names). TLS ≤ 1.2. */
  readonly clientAuthorities?: readonly Uint8Array[];

  /** In the server's order. */
  readonly alpn?: readonly string[];
  /** ServerHello.compression_method when the client has it. Default 0. */
  readonly compression?: number;
  readonly sessionIds?: boolean;
  readonly tickets?: boolean;
  /** Answers with the extension when asked; default true, each. */
  readonly renegotiationInfo?: boolean;
  readonly extendedMasterSecret?: boolean;
  readonly encryptThenMac?: boolean;
  /** Marks downgrades in its random (RFC 8446 §4.1.3). Default true. */
  readonly sentinel?: boolean;
  /** Refuses TLS_FALLBACK_SCSV below its best version. Default true. */
  readonly fallbackScsv?: boolean;
  /** `vulnerable` answers with what was not sent (Heartbleed). Default `absent`. */
  readonly heartbeat?: "absent" | "sound" | "vulnerable";
  /** ChangeCipherSpec too early: default, an alert unexpected_message; `accepted`, it is taken for real. */
  readonly earlyChangeCipherSpec?: "refused" | "accepted";

  /** Answers SSL 2.0 hellos. Kinds in its order; `all` of them are listed, offered or not (CVE-2015-3197). */
  readonly sslv2?: {
    readonly kinds: readonly number[];
    readonly certificate: Uint8Array;
    readonly all?: boolean;
  };
  /** What SSL 2.0 hellos get otherwise. Default: alert protocol_version. */
  readonly withoutSslv2?: Reaction;

  /** No version, or nothing else, in common. Default: alert protocol_version / handshake_failure. */
  readonly noVersion?: Reaction;
  readonly nothingInCommon?: Reaction;
  /** What it cannot stand, and what it does then. */
  readonly intolerance?: {
    /** Hellos that name a version above its own, as legacy_version or in supported_versions. */
    readonly version?: Reaction;
    /** Hellos longer than `bytes` (default 255). */
    readonly long?: { readonly bytes?: number; readonly reaction: Reaction };
    /** GREASE among suites, groups or extensions. */
    readonly grease?: Reaction;
    /** Extensions of these types. */
    readonly extensions?: { readonly types: readonly number[]; readonly reaction: Reaction };
    /** More suites than that. */
    readonly suites?: { readonly most: number; readonly reaction: Reaction };
  };

  /** Every n-th connection is reset when its first bytes come (n = 1: all). */
  readonly resetEvery?: number;
  /** Waits that long before each answer, ms. */
  readonly delayMs?: number;
  /** Largest handshake payload per record, to fragment the flight. */
  readonly fragmentBytes?: number;
  /** After its first flight: what the client's next flight gets (TLS ≤ 1.2). Default: alert handshake_failure. */
  readonly afterFlight?: Reaction;
  /** What follows a ServerHello of TLS 1.3, for which there are no keys. Default: silence. */
  readonly afterServerHello?: Reaction;
  /** Looks at each hello first: a reaction instead of an answer, or undefined. `connection` counts from 1. */
  readonly before?: (hello: ClientHello, connection: number) => Reaction | undefined;
}
