/**
 * Opens what a password locks: PBES2 (RFC 8018), the PKCS#12 schemes (RFC 7292 appendix C), PKCS#5 v1.5.
 * The answer says apart: opened, not with this password, and not by this program.
 */
import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { DerFault, type Element, fieldsOf, TAG } from "../der/element.ts";
import { octets, oid, smallInteger } from "../der/values.ts";
import { bmpPassword, PURPOSE, pbkdf1, pkcs12Derive, type RoundBudget, SCRIPT_ROUND } from "./derive.ts";
import { rc2CbcDecrypt, rc4 } from "./rc2.ts";

export type Opened =
  | { readonly kind: "opened"; readonly bytes: Uint8Array }
  | { readonly kind: "locked" }
  /** `what` completes "it is locked with …". */
  | { readonly kind: "unsupported"; readonly what: string };

const LOCKED: Opened = { kind: "locked" };

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
/** OpenSSL's own bound for scrypt is 32 MiB; files made with N = 2^16 and r = 8 need 64. */
const SCRYPT_MEMORY_BYTES = 128 * 1024 * 1024;

const HMACS: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
  "1.2.840.113549.2.12": "sha512-224",
  "1.2.840.113549.2.13": "sha512-256",
};

type Cipher =
  | { readonly kind: "node"; readonly name: string; readonly keyBytes: number; readonly ivBytes: number }
  /** A single DES key stands three times in a triple one. */
  | { readonly kind: "des"; readonly keyBytes: 8; readonly ivBytes: 8 }
  | { readonly kind: "rc2"; readonly keyBytes: number; readonly ivBytes: 8 }
  | { readonly kind: "rc4"; readonly keyBytes: number; readonly ivBytes: 0 };

const TRIPLE_DES: Cipher = { kind: "node", name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 };
const DES: Cipher = { kind: "des", keyBytes: 8, ivBytes: 8 };

const PBES2_CIPHERS: Readonly<Record<string, Cipher>> = {
  "2.16.840.1.101.3.4.1.2": { kind: "node", name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { kind: "node", name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 },
  "2.16.840.1.101.3.4.1.42": { kind: "node", name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "1.2.840.113549.3.7": TRIPLE_DES,
  "1.3.14.3.2.7": DES,
};

/** RFC 7292 appendix C. Two-key triple DES takes 16 octets. */
const PKCS12_SCHEMES: Readonly<Record<string, Cipher>> = {
  "1.2.840.113549.1.12.1.1": { kind: "rc4", keyBytes: 16, ivBytes: 0 },
  "1.2.840.113549.1.12.1.2": { kind: "rc4", keyBytes: 5, ivBytes: 0 },
  "1.2.840.113549.1.12.1.3": TRIPLE_DES,
  "1.2.840.113549.1.12.1.4": { kind: "node", name: "des-ede-cbc", keyBytes: 16, ivBytes: 8 },
  "1.2.840.113549.1.12.1.5": { kind: "rc2", keyBytes: 16, ivBytes: 8 },
  "1.2.840.113549.1.12.1.6": { kind: "rc2", keyBytes: 5, ivBytes: 8 },
};

/** RFC 8018 appendix A.3: hash and cipher. */
const PBES1_SCHEMES: Readonly<Record<string, readonly [hash: string, cipher: Cipher]>> = {
  "1.2.840.113549.1.5.3": ["md5", DES],
  "1.2.840.113549.1.5.10": ["sha1", DES],
  "1.2.840.113549.1.5.6": ["md5", { kind: "rc2", keyBytes: 8, ivBytes: 8 }],
  "1.2.840.113549.1.5.11": ["sha1", { kind: "rc2", keyBytes: 8, ivBytes: 8 }],
};

/**
 * @param password undefined = none at all, which PKCS#12 keeps apart from an empty one.
 * @throws DerFault when the parameters cannot be read.
 */
export function unlock(
  algorithm: Element,
  data: Uint8Array,
  password: string | undefined,
  budget: RoundBudget,
): Opened {
  const fields = fieldsOf(algorithm, "password scheme");
  const identifier = oid(fields.required(TAG.oid, "identifier"));
  const parameters = fields.required(TAG.sequence, "parameters");
  if (identifier === PBES2) return unlockPbes2(parameters, data, Buffer.from(password ?? "", "utf8"), budget);
  const cipher = PKCS12_SCHEMES[identifier];
  const old = PBES1_SCHEMES[identifier];
  if (cipher === undefined && old === undefined) return unsupported(`the scheme ${identifier}`);
  const saltAndRounds = fieldsOf(parameters, "password scheme");
  const salt = octets(saltAndRounds.required(TAG.octetString, "salt"));
  const rounds = smallInteger(saltAndRounds.required(TAG.integer, "rounds"));
  // Up to three digests make key and initial vector.
  if (!budget.spend(rounds * 3 * SCRIPT_ROUND)) return unsupported(`${rounds} rounds of derivation`);
  if (cipher !== undefined) {
    const bmp = bmpPassword(password);
    const key = pkcs12Derive("sha1", PURPOSE.key, bmp, salt, rounds, cipher.keyBytes);
    const iv = pkcs12Derive("sha1", PURPOSE.iv, bmp, salt, rounds, cipher.ivBytes);
    return decrypt(cipher, key, iv, data);
  }
  const [hash, oldCipher] = old!;
  const derived = pbkdf1(hash, Buffer.from(password ?? "", "utf8"), salt, rounds);
  return decrypt(oldCipher, derived.subarray(0, 8), derived.subarray(8, 16), data);
}

function unlockPbes2(parameters: Element, data: Uint8Array, password: Buffer, budget: RoundBudget): Opened {
  const fields = fieldsOf(parameters, "PBES2 parameters");
  const derivation = fields.required(TAG.sequence, "derivation");
  const scheme = fieldsOf(fields.required(TAG.sequence, "cipher"), "cipher");
  const identifier = oid(scheme.required(TAG.oid, "identifier"));
  const cipher = PBES2_CIPHERS[identifier];
  if (cipher === undefined) return unsupported(`the cipher ${identifier}`);
  const iv = octets(scheme.required(TAG.octetString, "initial vector"));
  if (iv.length !== cipher.ivBytes)
    throw new DerFault("an initial vector of the wrong length", parameters.start);
  const key = pbes2Key(derivation, password, cipher.keyBytes, budget);
  return Buffer.isBuffer(key) ? decrypt(cipher, key, iv, data) : key;
}

/** PBKDF2 or scrypt over the password: the key, or why not. */
export function pbes2Key(
  derivation: Element,
  password: Buffer,
  keyBytes: number,
  budget: RoundBudget,
): Buffer | Opened {
  const fields = fieldsOf(derivation, "derivation");
  const identifier = oid(fields.required(TAG.oid, "identifier"));
  const parameters = fieldsOf(fields.required(TAG.sequence, "parameters"), "derivation parameters");
  const salt = octets(parameters.required(TAG.octetString, "salt"));
  const cost = smallInteger(parameters.required(TAG.integer, "rounds"));
  if (identifier === SCRYPT) {
    const blockSize = smallInteger(parameters.required(TAG.integer, "block size"));
    const parallel = smallInteger(parameters.required(TAG.integer, "parallelization"));
    return scryptKey(password, salt, keyBytes, { N: cost, r: blockSize, p: parallel }, budget);
  }
  if (identifier !== PBKDF2) return unsupported(`the derivation ${identifier}`);
  parameters.optional(TAG.integer);
  const prf = parameters.optional(TAG.sequence);
  const prfOid =
    prf === undefined ? "1.2.840.113549.2.7" : oid(fieldsOf(prf, "hash").required(TAG.oid, "identifier"));
  const hash = HMACS[prfOid];
  if (hash === undefined) return unsupported(`the hash ${prfOid}`);
  if (!budget.spend(cost)) return unsupported(`${cost} rounds of derivation`);
  return pbkdf2Sync(password, salt, cost, keyBytes, hash);
}

function scryptKey(
  password: Buffer,
  salt: Uint8Array,
  keyBytes: number,
  cost: { readonly N: number; readonly r: number; readonly p: number },
  budget: RoundBudget,
): Buffer | Opened {
  if (!budget.spend(cost.N * cost.r * cost.p)) return unsupported(`scrypt of cost ${cost.N}`);
  try {
    return scryptSync(password, salt, keyBytes, { ...cost, maxmem: SCRYPT_MEMORY_BYTES });
  } catch {
    return unsupported(`scrypt of cost ${cost.N}, block size ${cost.r}`);
  }
}

function decrypt(cipher: Cipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Opened {
  switch (cipher.kind) {
    case "node":
      return nodeDecrypt(cipher.name, key, iv, data);
    case "des":
      return nodeDecrypt("des-ede3-cbc", Buffer.concat([key, key, key]), iv, data);
    case "rc2": {
      const plain = rc2CbcDecrypt(key, key.length * 8, iv, data);
      return plain === undefined ? LOCKED : { kind: "opened", bytes: plain };
    }
    case "rc4":
      return { kind: "opened", bytes: rc4(key, data) };
  }
}

/** Wrong padding means a wrong key: the password does not fit. */
export function nodeDecrypt(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Opened {
  try {
    const decipher = createDecipheriv(name, key, iv);
    return { kind: "opened", bytes: Buffer.concat([decipher.update(data), decipher.final()]) };
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    return /UNSUPPORTED|UNKNOWN_CIPHER|INVALID_(KEY|IV)/.test(code)
      ? unsupported(`the cipher ${name}`)
      : LOCKED;
  }
}

function unsupported(what: string): Opened {
  return { kind: "unsupported", what };
}
