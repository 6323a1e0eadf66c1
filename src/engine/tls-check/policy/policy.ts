/**
 * What an organisation asks of its endpoints and certificates, as data. Every part may be left out: what is not
 * mentioned is not judged. Names are the registered ones, OpenSSL's where there are such.
 */
import type { FeatureFacts, ProtocolVersion } from "../facts.ts";

/** Features that are a plain yes or no. */
export const POLICY_FEATURES = [
  "extendedMasterSecret",
  "encryptThenMac",
  "secureRenegotiation",
  "clientRenegotiation",
  "compression",
  "fallbackScsv",
  "downgradeSentinel",
  "heartbeat",
  "certificateCompression",
  "stapling",
] as const satisfies readonly (keyof FeatureFacts)[];

export type PolicyFeature = (typeof POLICY_FEATURES)[number];

export interface AllowedNames {
  /** Nothing else may be offered. */
  readonly allow?: readonly string[] | undefined;
  readonly forbid?: readonly string[] | undefined;
  /** All of these have to be offered. */
  readonly require?: readonly string[] | undefined;
}

export interface KeyDemand {
  readonly type: "rsa" | "ec" | "ed25519" | "ed448" | "ml-dsa";
  readonly minBits?: number | undefined;
  /** `P-256`, `P-384`, …; for EC keys. */
  readonly curves?: readonly string[] | undefined;
}

export interface CertificateDemands {
  /** The key has to be one of these. */
  readonly keys?: readonly KeyDemand[] | undefined;
  /** Signature algorithms, as in `sha256WithRSAEncryption`. */
  readonly signatures?: readonly string[] | undefined;
  /** Longest validity, both ends counted. */
  readonly maxDays?: number | undefined;
  readonly names?:
    | {
        /** Patterns that every DNS name and address has to fit one of. */
        readonly allow?: readonly string[] | undefined;
        /** Patterns each of which some name has to fit. */
        readonly require?: readonly string[] | undefined;
      }
    | undefined;
}

export interface Policy {
  readonly name: string;
  readonly version: string;
  /** Day of that version. */
  readonly date?: string | undefined;
  readonly source?: string | undefined;
  readonly versions?:
    | {
        readonly allow?: readonly ProtocolVersion[] | undefined;
        readonly require?: readonly ProtocolVersion[] | undefined;
      }
    | undefined;
  readonly suites?:
    | (AllowedNames & {
        readonly forwardSecrecy?: boolean | undefined;
        readonly aead?: boolean | undefined;
        readonly minBits?: number | undefined;
        /** Who decides among the suites up to TLS 1.2. */
        readonly order?: "server" | "client" | undefined;
      })
    | undefined;
  readonly groups?: (AllowedNames & { readonly postQuantum?: boolean | undefined }) | undefined;
  /** Signature schemes of the handshake, as in `rsa_pss_rsae_sha256`. */
  readonly signatures?: Pick<AllowedNames, "allow" | "forbid"> | undefined;
  readonly dh?: { readonly minBits: number } | undefined;
  readonly certificate?: CertificateDemands | undefined;
  readonly features?:
    | {
        readonly require?: readonly PolicyFeature[] | undefined;
        readonly forbid?: readonly PolicyFeature[] | undefined;
        readonly earlyData?: boolean | undefined;
      }
    | undefined;
}
