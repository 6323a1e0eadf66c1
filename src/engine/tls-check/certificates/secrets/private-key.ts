/**
 * Private keys: PKCS#8 (RFC 5958), PKCS#1, SEC1 (RFC 5915), DSA, plain or locked. Only the public half is kept:
 * it says what the key is and which certificate it belongs to.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { PemBlock } from "../containers/pem.ts";
import { DerFault, type Element, fieldsOf, Oddities, readElement, TAG } from "../der/element.ts";
import { octets, oid } from "../der/values.ts";
import type { PrivateKeyItem, PublicKey, Unreadable } from "../model.ts";
import { keyOfAlgorithm, readPublicKey } from "../public-key.ts";
import { unreadable } from "../unreadable.ts";
import { opensslDerive, type RoundBudget } from "./derive.ts";
import { nodeDecrypt, type Opened, unlock } from "./unlock.ts";

export type KeyForm = "PKCS#8" | "PKCS#1" | "SEC1" | "DSA";

/** What opens the locked parts of one file. */
export interface Secret {
  /** Undefined when none was given. */
  readonly password: string | undefined;
  readonly budget: RoundBudget;
}

const WHAT = "private key";

export function readPrivateKey(
  der: Uint8Array,
  form: KeyForm,
  encrypted = false,
): PrivateKeyItem | Unreadable {
  const publicKey = publicHalf(der, form);
  if (publicKey === undefined) {
    return unreadable(
      WHAT,
      `the ${form} key cannot be used: its parts do not make a key`,
      "export the key again",
    );
  }
  return { kind: "private-key", publicKey, encrypted, form };
}

function publicHalf(der: Uint8Array, form: KeyForm): PublicKey | undefined {
  try {
    const spki = createPublicKey(decode(der, form)).export({ type: "spki", format: "der" });
    return readPublicKey(readElement(spki, new Oddities()));
  } catch {
    // Not for OpenSSL, but perhaps of a kind that its identifier describes (ML-DSA).
    return form === "PKCS#8" ? byIdentifier(der) : undefined;
  }
}

function decode(der: Uint8Array, form: KeyForm): KeyObject {
  const key = Buffer.from(der);
  switch (form) {
    case "PKCS#8":
      return createPrivateKey({ key, format: "der", type: "pkcs8" });
    case "PKCS#1":
      return createPrivateKey({ key, format: "der", type: "pkcs1" });
    case "SEC1":
      return createPrivateKey({ key, format: "der", type: "sec1" });
    case "DSA":
      return createPrivateKey(
        `-----BEGIN DSA PRIVATE KEY-----\n${key.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END DSA PRIVATE KEY-----\n`,
      );
  }
}

function byIdentifier(der: Uint8Array): PublicKey | undefined {
  try {
    const fields = fieldsOf(readElement(der, new Oddities()), WHAT);
    fields.required(TAG.integer, "version");
    const algorithm = fieldsOf(fields.required(TAG.sequence, "algorithm"), "key algorithm");
    const key = keyOfAlgorithm(oid(algorithm.required(TAG.oid, "identifier")));
    return key.curve === undefined ? undefined : key;
  } catch (fault) {
    if (fault instanceof DerFault) return undefined;
    throw fault;
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). @throws DerFault */
export function readLockedKey(root: Element, secret: Secret): PrivateKeyItem | Unreadable {
  const fields = fieldsOf(root, "locked private key");
  const algorithm = fields.required(TAG.sequence, "password scheme");
  const data = octets(fields.required(undefined, "locked key"));
  if (secret.password === undefined) return passwordMissing(WHAT);
  const opened = unlock(algorithm, data, secret.password, secret.budget);
  return asKey(opened, "PKCS#8");
}

/** A PEM block of OpenSSL's own encryption (`DEK-Info`), which has no salt but the initial vector. */
export function readTraditionalKey(
  block: PemBlock,
  form: KeyForm,
  secret: Secret,
): PrivateKeyItem | Unreadable {
  const [cipher = "", ivHex = ""] = (block.headers.get("DEK-Info") ?? "")
    .split(",")
    .map((part) => part.trim());
  const scheme = TRADITIONAL[cipher.toUpperCase()];
  if (scheme === undefined)
    return unsupportedLock(WHAT, `the cipher ${cipher === "" ? "that it does not name" : cipher}`);
  const iv = Buffer.from(ivHex, "hex");
  if (iv.length !== scheme.ivBytes) return unreadable(WHAT, "its DEK-Info line holds no initial vector");
  if (secret.password === undefined) return passwordMissing(WHAT);
  const derived = opensslDerive(Buffer.from(secret.password, "utf8"), iv.subarray(0, 8), scheme.keyBytes);
  const key = scheme.keyBytes === 8 ? Buffer.concat([derived, derived, derived]) : derived;
  return asKey(nodeDecrypt(scheme.name, key, iv, block.der), form);
}

const TRADITIONAL: Readonly<
  Record<string, { readonly name: string; readonly keyBytes: number; readonly ivBytes: number }>
> = {
  "AES-128-CBC": { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "AES-192-CBC": { name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 },
  "AES-256-CBC": { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "DES-EDE3-CBC": { name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 },
  "DES-CBC": { name: "des-ede3-cbc", keyBytes: 8, ivBytes: 8 },
  "CAMELLIA-128-CBC": { name: "camellia-128-cbc", keyBytes: 16, ivBytes: 16 },
  "CAMELLIA-256-CBC": { name: "camellia-256-cbc", keyBytes: 32, ivBytes: 16 },
};

/** What was opened has to be a key: a wrong password passes the padding once in 256 times. */
export function asKey(opened: Opened, form: KeyForm): PrivateKeyItem | Unreadable {
  switch (opened.kind) {
    case "opened": {
      const key = readPrivateKey(opened.bytes, form, true);
      return key.kind === "private-key" ? key : passwordWrong(WHAT);
    }
    case "locked":
      return passwordWrong(WHAT);
    case "unsupported":
      return unsupportedLock(WHAT, opened.what);
  }
}

export function passwordMissing(what: string): Unreadable {
  return unreadable(
    what,
    `the ${what} is locked and no password was given`,
    "give it with --password-file",
    true,
  );
}

export function passwordWrong(what: string): Unreadable {
  return unreadable(
    what,
    `the password does not open the ${what}`,
    "check the password file: it must hold the password alone",
    true,
  );
}

export function unsupportedLock(what: string, how: string): Unreadable {
  return unreadable(
    what,
    `the ${what} is locked with ${how}, which cannot be opened here`,
    "export it again with AES-256 and PBKDF2",
  );
}
