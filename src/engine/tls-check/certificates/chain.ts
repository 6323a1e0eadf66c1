/**
 * What a chain as served (or as found in a file) amounts to: built, verified and compared with the order sent.
 * Plain data for the rules.
 */
import type { ServedChain } from "../facts.ts";
import type { Certificate } from "./model.ts";

export type TrustStore = "system" | "mozilla" | "given";

export interface TrustResult {
  readonly store: TrustStore;
  readonly trusted: boolean;
  /** Why not: `self-signed leaf`, `issuer … not found`, `… expired`, in words. */
  readonly why: string | undefined;
  /** Leaf to root as built with this store; empty when no path was found. */
  readonly path: readonly Certificate[];
}

/**
 * A breach of path validation (RFC 5280 section 6) on the best path that could be built, whether or not that
 * path ends at an authority that is trusted.
 */
export interface PathProblem {
  readonly kind:
    | "expired"
    | "not-yet-valid"
    | "signature"
    /** Issues certificates without being marked as an authority (basicConstraints). */
    | "not-ca"
    /** keyUsage without keyCertSign. */
    | "no-cert-sign"
    | "path-length"
    | "name-constraints"
    /** No policy holds where one is demanded (policyConstraints, inhibitAnyPolicy), or they cannot be read. */
    | "policy"
    /** The authority may not issue for TLS servers (EKU chaining). */
    | "extended-key-usage"
    | "critical-unknown"
    /** authorityKeyIdentifier does not fit the issuer's subjectKeyIdentifier. */
    | "key-identifier";
  readonly certificate: Certificate;
  /** In `path`; 0 = leaf. */
  readonly position: number;
  /** In words, the same at every run. */
  readonly detail: string;
}

export interface MissingIssuer {
  /** The certificate whose issuer is not among those sent. */
  readonly of: Certificate;
  readonly issuer: string;
  /** Where the issuer can be fetched (AIA), when it says. */
  readonly urls: readonly string[];
}

export type SctCheck = {
  readonly logId: string;
  readonly logName: string | undefined;
  readonly source: "certificate" | "tls" | "ocsp";
  /** Undefined: no key of that log was given. */
  readonly valid: boolean | undefined;
  readonly timestampMs: number;
};

export interface OcspFacts {
  readonly status: "good" | "revoked" | "unknown" | "unreadable";
  /** `crl`: from a revocation list, in the same terms. */
  readonly source: "stapled" | "asked" | "crl";
  readonly producedMs: number | undefined;
  readonly nextUpdateMs: number | undefined;
  readonly signatureValid: boolean | undefined;
  readonly detail: string | undefined;
}

export interface ChainAnalysis {
  /** `address, key type` or `file, certificates in it`. */
  readonly where: string;
  readonly served: ServedChain | undefined;
  readonly leaf: Certificate;
  /** As sent or as in the file. */
  readonly sent: readonly Certificate[];
  /** Indices in `sent` that belong to the leaf's path, in path order. */
  readonly order: readonly number[];
  readonly inOrder: boolean;
  readonly duplicates: readonly number[];
  /** Not part of the leaf's path. */
  readonly extra: readonly number[];
  /** A self-signed certificate that was sent although every client has its own. */
  readonly rootSent: number | undefined;
  readonly missing: MissingIssuer | undefined;
  /** Issuer by name fits, but its key did not make the signature. */
  readonly brokenSignatures: readonly { readonly index: number; readonly issuer: number }[];
  /** The best path found, leaf first: a trusted one if there is any, else the longest that could be built. */
  readonly path: readonly Certificate[];
  readonly problems: readonly PathProblem[];
  readonly trust: readonly TrustResult[];
  /** The root is one that browsers trust: rules for public CAs hold. */
  readonly publiclyTrusted: boolean;
  /**
   * Undefined when no name is asked for (files without a name). `matches` is by subjectAltName alone (RFC 9525);
   * `byCommonNameOnly` = it does not match, no DNS name or address stands there, and a common name would fit.
   */
  readonly name:
    | { readonly asked: string; readonly matches: boolean; readonly byCommonNameOnly: boolean }
    | undefined;
  readonly scts: readonly SctCheck[];
  readonly ocsp: readonly OcspFacts[];
}
