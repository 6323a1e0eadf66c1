/**
 * Signature schemes (RFC 8446 §4.2.3, RFC 5246 §7.4.1.4.1) made and checked with node:crypto, and what they
 * sign in the two generations of the handshake.
 */
import { constants, type KeyObject, type SigningOptions, sign, verify } from "node:crypto";

interface SchemeFacts {
  readonly keyTypes: readonly string[];
  /** Undefined for EdDSA, which hashes by itself. */
  readonly digest: string | undefined;
  readonly pss: boolean;
  /** Curve that the scheme is bound to in TLS 1.3, as OpenSSL names it. */
  readonly curve?: string;
}

const rsa = (digest: string): SchemeFacts => ({ keyTypes: ["rsa"], digest, pss: false });
const rsae = (digest: string): SchemeFacts => ({ keyTypes: ["rsa"], digest, pss: true });
const pss = (digest: string): SchemeFacts => ({ keyTypes: ["rsa-pss"], digest, pss: true });
const ecdsa = (digest: string, curve?: string): SchemeFacts => ({
  keyTypes: ["ec"],
  digest,
  pss: false,
  ...(curve === undefined ? {} : { curve }),
});
const eddsa = (type: string): SchemeFacts => ({ keyTypes: [type], digest: undefined, pss: false });
const dsa = (digest: string): SchemeFacts => ({ keyTypes: ["dsa"], digest, pss: false });

const SCHEMES: ReadonlyMap<number, SchemeFacts> = new Map([
  [0x0804, rsae("sha256")],
  [0x0805, rsae("sha384")],
  [0x0806, rsae("sha512")],
  [0x0809, pss("sha256")],
  [0x080a, pss("sha384")],
  [0x080b, pss("sha512")],
  [0x0403, ecdsa("sha256", "prime256v1")],
  [0x0503, ecdsa("sha384", "secp384r1")],
  [0x0603, ecdsa("sha512", "secp521r1")],
  [0x081a, ecdsa("sha256", "brainpoolP256r1")],
  [0x081b, ecdsa("sha384", "brainpoolP384r1")],
  [0x081c, ecdsa("sha512", "brainpoolP512r1")],
  [0x0807, eddsa("ed25519")],
  [0x0808, eddsa("ed448")],
  [0x0401, rsa("sha256")],
  [0x0501, rsa("sha384")],
  [0x0601, rsa("sha512")],
  [0x0301, rsa("sha224")],
  [0x0303, ecdsa("sha224")],
  [0x0201, rsa("sha1")],
  [0x0203, ecdsa("sha1")],
  [0x0202, dsa("sha1")],
  [0x0302, dsa("sha224")],
  [0x0402, dsa("sha256")],
]);

/** Older than RFC 8446: PKCS#1 v1.5 and SHA-1, which TLS 1.3 allows in certificates only. */
const CLASSIC_ONLY = new Set([
  0x0401, 0x0501, 0x0601, 0x0301, 0x0303, 0x0201, 0x0203, 0x0202, 0x0302, 0x0402,
]);

/** Undefined when it cannot be told here: a scheme or key that node:crypto does not know. */
export function verifySignature(
  scheme: number,
  key: KeyObject,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  const facts = SCHEMES.get(scheme);
  if (facts === undefined) return undefined;
  if (!facts.keyTypes.includes(key.asymmetricKeyType ?? "")) return false;
  try {
    return verify(facts.digest, signed, { key, ...padding(facts) }, signature);
  } catch {
    // A key that OpenSSL declines to use, too short for instance, says nothing about the signature.
    return undefined;
  }
}

/** A scheme of the peer's list that this key can sign with; undefined when there is none. */
export function chooseScheme(
  key: KeyObject,
  offered: readonly number[],
  modern: boolean,
): number | undefined {
  return offered.find((scheme) => {
    const facts = SCHEMES.get(scheme);
    if (facts === undefined || !facts.keyTypes.includes(key.asymmetricKeyType ?? "")) return false;
    if (!modern) return true;
    const curve = key.asymmetricKeyDetails?.namedCurve;
    return !CLASSIC_ONLY.has(scheme) && (facts.curve === undefined || facts.curve === curve);
  });
}

/** @throws RangeError for a scheme that `chooseScheme` did not give. */
export function makeSignature(scheme: number, key: KeyObject, signed: Uint8Array): Buffer {
  const facts = SCHEMES.get(scheme);
  if (facts === undefined) throw new RangeError(`no signature scheme to sign with: ${scheme}`);
  return sign(facts.digest, signed, { key, ...padding(facts) });
}

/** What CertificateVerify signs in TLS 1.3 (RFC 8446 §4.4.3). */
export function signedContent(side: "client" | "server", transcriptHash: Uint8Array): Buffer {
  const context = `TLS 1.3, ${side} CertificateVerify`;
  return Buffer.concat([
    Buffer.alloc(64, 0x20),
    Buffer.from(context, "latin1"),
    Buffer.alloc(1),
    transcriptHash,
  ]);
}

function padding(facts: SchemeFacts): SigningOptions {
  if (!facts.pss) return {};
  return {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    // As long as the hash (RFC 8446 §4.2.3).
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
}
