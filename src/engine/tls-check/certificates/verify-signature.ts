/**
 * Does this key's signature stand under those bytes? node:crypto does the mathematics; what it cannot do is
 * `undefined`, which is neither yes nor no.
 */
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { DerFault, Oddities, readElement } from "./der/element.ts";
import type { Certificate, PublicKey } from "./model.ts";
import type { SignatureAlgorithm } from "./signature-algorithms.ts";
import { readSigned } from "./signed.ts";

/** Key objects by SPKI: decoding one costs as much as verifying with it. */
const keys = new WeakMap<Uint8Array, { readonly key: KeyObject | undefined }>();

/** The key as node:crypto has it; undefined when it does not know the kind, or the key is broken. */
export function keyObject(publicKey: PublicKey): KeyObject | undefined {
  const known = keys.get(publicKey.spki);
  if (known !== undefined) return known.key;
  const key = decodeKey(publicKey.spki);
  keys.set(publicKey.spki, { key });
  return key;
}

function decodeKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** @returns undefined when the algorithm or the key is beyond this node. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  if (algorithm.family === "unknown" || !fits(algorithm, key))
    return algorithm.family === "unknown" ? undefined : false;
  const object = keyObject(key);
  if (object === undefined) return undefined;
  try {
    switch (algorithm.family) {
      case "hashless":
        return verify(null, data, object, signature);
      case "rsa-pss":
        return verify(
          algorithm.hash,
          data,
          { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength },
          signature,
        );
      default:
        return verify(algorithm.hash, data, object, signature);
    }
  } catch {
    return undefined;
  }
}

/** A key of another kind than the algorithm's cannot have made the signature. */
function fits(algorithm: SignatureAlgorithm, key: PublicKey): boolean {
  switch (algorithm.family) {
    case "rsa":
    case "rsa-pss":
      return key.type === "rsa";
    case "ecdsa":
      return key.type === "ec";
    case "dsa":
      return key.type === "dsa";
    case "hashless":
      return key.algorithmOid === algorithm.oid;
    case "unknown":
      return true;
  }
}

/** Whether `issuer`'s key signed `certificate`. Names and dates do not count here. */
export function signedBy(certificate: Certificate, issuer: PublicKey): boolean | undefined {
  try {
    const { algorithm } = readSigned(readElement(certificate.der, new Oddities()), "certificate");
    return verifySignature(algorithm, issuer, certificate.tbs, certificate.signature);
  } catch (fault) {
    if (fault instanceof DerFault) return undefined;
    throw fault;
  }
}
