/**
 * Keys in Java key stores: Sun's own lock in JKS (a stream of SHA-1 digests) and PBEWithMD5AndTripleDES in
 * JCEKS, both as `sun.security.provider.KeyProtector` and `com.sun.crypto.provider.KeyProtector` make them.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { DerFault, fieldsOf, Oddities, readElement, TAG } from "../der/element.ts";
import { octets, oid, smallInteger } from "../der/values.ts";
import type { PrivateKeyItem, Unreadable } from "../model.ts";
import { unreadable } from "../unreadable.ts";
import { type RoundBudget, SCRIPT_ROUND } from "./derive.ts";
import { asKey, passwordWrong, unsupportedLock } from "./private-key.ts";
import { nodeDecrypt, type Opened, unlock } from "./unlock.ts";

const SUN_JKS = "1.3.6.1.4.1.42.2.17.1.1";
const SUN_JCEKS = "1.3.6.1.4.1.42.2.19.1";
const SHA1_BYTES = 20;

/** @param locked an EncryptedPrivateKeyInfo. */
export function openJavaKey(
  locked: Uint8Array,
  password: string,
  budget: RoundBudget,
): PrivateKeyItem | Unreadable {
  try {
    const info = fieldsOf(readElement(locked, new Oddities()), "locked private key");
    const algorithm = info.required(TAG.sequence, "password scheme");
    const data = octets(info.required(TAG.octetString, "locked key"));
    const fields = fieldsOf(algorithm, "password scheme");
    const identifier = oid(fields.required(TAG.oid, "identifier"));
    if (identifier === SUN_JKS) return asKey(openJks(data, password), "PKCS#8");
    if (identifier !== SUN_JCEKS) return asKey(unlock(algorithm, data, password, budget), "PKCS#8");
    const parameters = fieldsOf(fields.required(TAG.sequence, "parameters"), "password scheme");
    const salt = octets(parameters.required(TAG.octetString, "salt"));
    const rounds = smallInteger(parameters.required(TAG.integer, "rounds"));
    if (salt.length !== 8) return passwordWrong("private key");
    if (!budget.spend(rounds * 2 * SCRIPT_ROUND))
      return unsupportedLock("private key", `${rounds} rounds of derivation`);
    return asKey(openJceks(data, password, salt, rounds), "PKCS#8");
  } catch (fault) {
    if (!(fault instanceof DerFault)) throw fault;
    return unreadable("private key", fault.message);
  }
}

/** Salt, key XOR digests of (password, previous digest), digest of (password, key). */
function openJks(data: Uint8Array, password: string): Opened {
  if (data.length < 2 * SHA1_BYTES) return { kind: "locked" };
  const secret = Buffer.from(password, "utf16le").swap16();
  const end = data.length - SHA1_BYTES;
  const plain = Buffer.from(data.subarray(SHA1_BYTES, end));
  let digest: Uint8Array = data.subarray(0, SHA1_BYTES);
  for (let at = 0; at < plain.length; at += SHA1_BYTES) {
    digest = createHash("sha1").update(secret).update(digest).digest();
    for (let octet = 0; octet < SHA1_BYTES && at + octet < plain.length; octet++)
      plain[at + octet]! ^= digest[octet]!;
  }
  const check = createHash("sha1").update(secret).update(plain).digest();
  return timingSafeEqual(check, data.subarray(end)) ? { kind: "opened", bytes: plain } : { kind: "locked" };
}

/** Each half of the salt goes through MD5 with the password; 24 octets make the key, 8 the initial vector. */
function openJceks(data: Uint8Array, password: string, salt: Uint8Array, rounds: number): Opened {
  const secret = Buffer.from(password, "latin1");
  const derived = [salt.subarray(0, 4), salt.subarray(4)].map((half) => {
    let digest = half;
    for (let round = 0; round < rounds; round++)
      digest = createHash("md5").update(digest).update(secret).digest();
    return digest;
  });
  const octetsOfBoth = Buffer.concat(derived);
  return nodeDecrypt("des-ede3-cbc", octetsOfBoth.subarray(0, 24), octetsOfBoth.subarray(24), data);
}
