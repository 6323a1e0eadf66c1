/**
 * A certificate, key, request or list as read from a file or off the wire: plain data, every field from our own
 * DER reader (RFC 5280), so that what node hides (extensions, order, oddities) is there to be judged.
 */
import type { PolicyRules } from "./policy-rules.ts";

export interface DistinguishedName {
  /** RFC 4514 text, most specific first. */
  readonly text: string;
  /** DER, for exact comparison. */
  readonly der: Uint8Array;
  /** Values of the common names, in order. */
  readonly commonNames: readonly string[];
  readonly organization: string | undefined;
}

export interface PublicKey {
  readonly type: "rsa" | "ec" | "ed25519" | "ed448" | "dsa" | "ml-dsa" | "other";
  /** Modulus, field or parameter-set size in bits; 0 when unknown. */
  readonly bits: number;
  /** Curve or algorithm name, e.g. `P-256`, `ML-DSA-65`; undefined for RSA. */
  readonly curve: string | undefined;
  /** RSA public exponent. */
  readonly exponent: bigint | undefined;
  /** RSA modulus. */
  readonly modulus: bigint | undefined;
  readonly algorithmOid: string;
  /** SubjectPublicKeyInfo DER. */
  readonly spki: Uint8Array;
  /** SHA-256 of the SPKI, hex. */
  readonly spkiSha256: string;
}

export interface GeneralName {
  readonly kind: "dns" | "ip" | "email" | "uri" | "directory" | "other" | "rid";
  /** Text form; IPv6 compressed; name-constraint addresses as `a.b.c.d/mask`. */
  readonly value: string;
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the OCTET STRING. */
  readonly value: Uint8Array;
}

export type KeyUsage =
  | "digitalSignature"
  | "contentCommitment"
  | "keyEncipherment"
  | "dataEncipherment"
  | "keyAgreement"
  | "keyCertSign"
  | "cRLSign"
  | "encipherOnly"
  | "decipherOnly";

export interface SignedTimestamp {
  readonly version: number;
  /** Hex. */
  readonly logId: string;
  readonly timestampMs: number;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  readonly extensions: Uint8Array;
}

export interface Certificate {
  readonly kind: "certificate";
  readonly der: Uint8Array;
  /** SHA-256 and SHA-1 of the DER, lower-case hex without colons. */
  readonly sha256: string;
  readonly sha1: string;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Lower-case hex as encoded, sign byte stripped. */
  readonly serial: string;
  /** Bits of randomness it can hold at most, i.e. its bit length; and whether it is negative or zero. */
  readonly serialBits: number;
  readonly serialPositive: boolean;
  /** `sha256WithRSAEncryption`, `ecdsa-with-SHA384`, … or the OID. */
  readonly signatureAlgorithm: string;
  readonly signatureOid: string;
  /** Hash of the signature: `sha256`, `sha1`, `md5`, …; undefined for EdDSA, ML-DSA or unknown. */
  readonly signatureHash: string | undefined;
  /** Inner and outer AlgorithmIdentifier are equal (RFC 5280 §4.1.1.2). */
  readonly signatureAlgorithmsAgree: boolean;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** ms since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: PublicKey;
  readonly extensions: readonly Extension[];
  /** Undefined = the extension is absent. */
  readonly subjectAltNames: readonly GeneralName[] | undefined;
  readonly basicConstraints:
    | { readonly ca: boolean; readonly pathLength: number | undefined; readonly critical: boolean }
    | undefined;
  readonly keyUsage: { readonly uses: readonly KeyUsage[]; readonly critical: boolean } | undefined;
  /** OIDs; names in the registry of `oids.ts`. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly nameConstraints:
    | {
        readonly permitted: readonly GeneralName[];
        readonly excluded: readonly GeneralName[];
        readonly critical: boolean;
      }
    | undefined;
  readonly policies: readonly string[];
  /** What it says of policies below it. */
  readonly policyRules: PolicyRules;
  readonly ocspUrls: readonly string[];
  readonly issuerUrls: readonly string[];
  readonly crlUrls: readonly string[];
  /** RFC 7633 TLS feature 5. */
  readonly mustStaple: boolean;
  readonly scts: readonly SignedTimestamp[];
  /** Precertificate poison (RFC 6962 §3.1). */
  readonly precertificate: boolean;
  /** Breaches of DER or RFC 5280 that did not stop the reading, with byte offsets, in words. */
  readonly oddities: readonly string[];
  /** Parts that were signed, for verification. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

export interface PrivateKeyItem {
  readonly kind: "private-key";
  readonly publicKey: PublicKey;
  readonly encrypted: boolean;
  /** `PKCS#8`, `PKCS#1`, `SEC1`, … */
  readonly form: string;
}

export interface CertificateRequest {
  readonly kind: "request";
  readonly der: Uint8Array;
  readonly subject: DistinguishedName;
  readonly publicKey: PublicKey;
  readonly subjectAltNames: readonly GeneralName[] | undefined;
  readonly signatureAlgorithm: string;
  readonly signatureHash: string | undefined;
  /** The request's signature fits its own key; undefined when this node cannot verify the algorithm. */
  readonly signatureValid: boolean | undefined;
}

export interface RevocationList {
  readonly kind: "crl";
  readonly der: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number | undefined;
  readonly revoked: ReadonlyMap<string, { readonly atMs: number; readonly reason: string | undefined }>;
  readonly signatureAlgorithm: string;
  readonly signatureHash: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly number: bigint | undefined;
}

export interface PublicKeyItem {
  readonly kind: "public-key";
  readonly publicKey: PublicKey;
}

/** What could not be read, and why, in words a person can act on. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** `certificate`, `private key`, `PKCS#12`, … or `nothing known`. */
  readonly what: string;
  readonly why: string;
  readonly next: string | undefined;
  /** A password is missing or wrong: not the file's fault. */
  readonly locked: boolean;
}

export type ItemContent =
  | Certificate
  | PrivateKeyItem
  | CertificateRequest
  | RevocationList
  | PublicKeyItem
  | Unreadable;

export type Item = ItemContent & {
  /** Where in the file: `PEM block 2, line 31`, `PKCS#12 bag 1`, `JKS entry "web"`. */
  readonly where: string;
};

/** What one file held. */
export interface FileFacts {
  readonly kind: "file";
  readonly path: string;
  /** `PEM`, `DER`, `PKCS#7`, `PKCS#12`, `JKS`, … */
  readonly format: string;
  readonly items: readonly Item[];
}
