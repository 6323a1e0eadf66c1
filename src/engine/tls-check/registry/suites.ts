/**
 * Cipher suites: every one that IANA has registered, and the historic ones that were in use without it. Facts come
 * from `suites.csv` by way of `npm run generate:tls`.
 */
import type { KeyExchangeForm } from "../../../core/framing/tls/server-key-exchange.ts";
import type { ProtocolVersion } from "../facts.ts";
import { SSLV2_ROWS } from "./sslv2-kinds.generated.ts";
import { SUITE_ROWS_00 } from "./suites-00.generated.ts";
import { SUITE_ROWS_C0 } from "./suites-c0.generated.ts";

export type KeyExchange =
  | "NULL"
  | "RSA"
  | "DH"
  | "DHE"
  | "ECDH"
  | "ECDHE"
  | "PSK"
  | "RSA_PSK"
  | "DHE_PSK"
  | "ECDHE_PSK"
  | "SRP"
  | "KRB5"
  | "ECCPWD"
  | "GOST"
  | "FORTEZZA"
  | "TLS13";

export type Authentication =
  | "RSA"
  | "DSS"
  | "ECDSA"
  | "PSK"
  | "SRP"
  | "KRB5"
  | "ECCPWD"
  | "GOST"
  | "FORTEZZA"
  | "anon"
  | "TLS13";

export interface SuiteFacts {
  readonly code: number;
  /** As IANA has it. */
  readonly name: string;
  /** As OpenSSL has or had it. */
  readonly openssl: string | undefined;
  readonly keyExchange: KeyExchange;
  readonly authentication: Authentication;
  /** `AES-128-GCM`, `3DES-CBC`, `RC4-128`, `CHACHA20-POLY1305`, `NULL` … */
  readonly cipher: string;
  /** Strength: 112 for triple DES, 56 for DES, 40 for most export suites, 0 for none. */
  readonly bits: number;
  readonly mode: "aead" | "cbc" | "stream" | "null";
  /** `SHA1`, `SHA256`, `MD5`, `AEAD` … */
  readonly mac: string;
  readonly export: boolean;
  /**
   * Versions in which servers are known to agree to it, which is more than the standards allow: OpenSSL 1.0
   * took export suites in TLS 1.2 and elliptic curves in SSLv3.
   */
  readonly minVersion: ProtocolVersion;
  readonly maxVersion: ProtocolVersion;
  /** `RFC 5246`, or the draft or product it comes from. */
  readonly rfc: string;
  /** Marked so by IANA; after draft-ietf-tls-deprecate-obsolete-kex no suite with finite-field Diffie-Hellman is. */
  readonly recommended: boolean;
}

/** By code. The signalling values (`SIGNALS`) are not among them: no server can choose one. */
export const SUITES: readonly SuiteFacts[] = [...parseRows(SUITE_ROWS_00), ...parseRows(SUITE_ROWS_C0)];

/** Cipher kinds of SSL 2.0, with codes of 24 bits. */
export const SSLV2_KINDS: readonly SuiteFacts[] = parseRows(SSLV2_ROWS);

/** What stands in a client's list of suites only to tell something. */
export const SIGNALS = {
  /** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3). */
  renegotiationInfo: 0x00ff,
  /** TLS_FALLBACK_SCSV (RFC 7507). */
  fallback: 0x5600,
} as const;

const BY_CODE: ReadonlyMap<number, SuiteFacts> = new Map(SUITES.map((facts) => [facts.code, facts]));
const SSLV2_BY_CODE: ReadonlyMap<number, SuiteFacts> = new Map(
  SSLV2_KINDS.map((facts) => [facts.code, facts]),
);

export function suite(code: number): SuiteFacts | undefined {
  return BY_CODE.get(code);
}

export function sslv2Kind(code: number): SuiteFacts | undefined {
  return SSLV2_BY_CODE.get(code);
}

/**
 * How to read the ServerKeyExchange of a suite; undefined when there is none, or none that is read here (ECCPWD).
 * Servers send the one of PSK, RSA_PSK and RSA export suites only when they have something to say in it.
 */
export function keyExchangeForm(
  facts: Pick<SuiteFacts, "keyExchange" | "authentication" | "export">,
): KeyExchangeForm | undefined {
  switch (facts.keyExchange) {
    case "DHE":
      return "dhe";
    case "ECDHE":
      return "ecdhe";
    case "DH":
      return facts.authentication === "anon" ? "dh-anon" : undefined;
    case "ECDH":
      return facts.authentication === "anon" ? "ecdh-anon" : undefined;
    case "PSK":
      return "psk";
    case "DHE_PSK":
      return "dhe-psk";
    case "ECDHE_PSK":
      return "ecdhe-psk";
    case "RSA_PSK":
      return "rsa-psk";
    case "SRP":
      return facts.authentication === "SRP" ? "srp-anon" : "srp";
    case "RSA":
      return facts.export ? "rsa-export" : undefined;
    default:
      return undefined;
  }
}

/** The tables are made and checked by the generator: their words are taken as they are. */
function parseRows(text: string): SuiteFacts[] {
  return text
    .trim()
    .split("\n")
    .map((row): SuiteFacts => {
      const [code, name, openssl, keyExchange, authentication, cipher, bits, mode, mac, exported, ...rest] =
        row.split("|");
      const [minVersion, maxVersion, rfc, recommended] = rest;
      return {
        code: Number.parseInt(code!, 16),
        name: name!,
        openssl: openssl === "" ? undefined : openssl,
        keyExchange: keyExchange as KeyExchange,
        authentication: authentication as Authentication,
        cipher: cipher!,
        bits: Number(bits),
        mode: mode as SuiteFacts["mode"],
        mac: mac!,
        export: exported === "X",
        minVersion: minVersion as ProtocolVersion,
        maxVersion: maxVersion as ProtocolVersion,
        rfc: rfc!,
        recommended: recommended === "Y",
      };
    });
}
