/**
 * Which private key belongs to which certificate. Compared by what the key is, not by how it is written: an RSA
 * key is its modulus and exponent, an EC point may be compressed.
 */
import type { Certificate, PublicKey } from "./model.ts";
import { keyObject } from "./verify-signature.ts";

export function sameKey(a: PublicKey, b: PublicKey): boolean {
  if (a.spkiSha256 !== "" && a.spkiSha256 === b.spkiSha256) return true;
  if (a.type !== b.type) return false;
  if (a.type === "rsa")
    return a.modulus !== undefined && a.modulus === b.modulus && a.exponent === b.exponent;
  const [one, other] = [keyObject(a), keyObject(b)];
  return one !== undefined && other !== undefined && one.equals(other);
}

/** False also when the key's public half is unknown (ML-DSA on a node that cannot compute it): see `keyKnown`. */
export function keyMatches(key: PublicKey, certificate: Certificate): boolean {
  return sameKey(key, certificate.publicKey);
}

/** The public half is at hand, so that "does not match" means what it says. */
export function keyKnown(key: PublicKey): boolean {
  return key.spki.length > 0;
}
