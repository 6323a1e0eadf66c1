/**
 * PKCS#12 (RFC 7292): certificates, keys and lists in bags, locked with a password, in modern form (PBES2, AES)
 * and the legacy one (RC2-40, triple DES) that OpenSSL 3 and node refuse. The MAC decides whether the password
 * is right before anything is opened.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { toDefinite } from "../der/ber.ts";
import {
  context,
  DerFault,
  type Element,
  Fields,
  fieldsOf,
  Oddities,
  readElement,
  TAG,
} from "../der/element.ts";
import { text } from "../der/text.ts";
import { octets, oid, smallInteger } from "../der/values.ts";
import type { PrivateKeyItem, Unreadable } from "../model.ts";
import { bmpPassword, PURPOSE, pkcs12Derive, SCRIPT_ROUND } from "../secrets/derive.ts";
import {
  passwordMissing,
  passwordWrong,
  readLockedKey,
  readPrivateKey,
  type Secret,
  unsupportedLock,
} from "../secrets/private-key.ts";
import { pbes2Key, unlock } from "../secrets/unlock.ts";
import { hashName } from "../signature-algorithms.ts";
import { unreadable } from "../unreadable.ts";

/** What a bag holds; certificates and lists are left to their readers. */
export type BagContent =
  | { readonly kind: "certificate"; readonly der: Uint8Array }
  | { readonly kind: "crl"; readonly der: Uint8Array }
  | PrivateKeyItem
  | Unreadable;

export interface Bag {
  readonly content: BagContent;
  /** friendlyName, when it has one. */
  readonly name: string | undefined;
}

const DATA = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const PBMAC1 = "1.2.840.113549.1.5.14";
const FRIENDLY_NAME = "1.2.840.113549.1.9.20";
const X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
const X509_CRL = "1.2.840.113549.1.9.23.1";

const BAG = {
  key: "1.2.840.113549.1.12.10.1.1",
  lockedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  crl: "1.2.840.113549.1.12.10.1.4",
  secret: "1.2.840.113549.1.12.10.1.5",
  bags: "1.2.840.113549.1.12.10.1.6",
} as const;

/** Bags within bags, deeper than any tool writes. */
const MAX_NESTING = 4;

/** @throws DerFault */
export function readPkcs12(root: Element, given: Secret): Bag[] {
  const pfx = fieldsOf(root, "PKCS#12 file");
  pfx.required(TAG.integer, "version");
  const contents = contentOf(pfx.required(TAG.sequence, "contents"));
  if (contents.type !== DATA || contents.content === undefined) {
    return [
      {
        content: unreadable(
          "PKCS#12",
          "it is signed with a key instead of a password",
          "export it with a password",
        ),
        name: undefined,
      },
    ];
  }
  const safe = octets(contents.content);
  const mac = pfx.optional(TAG.sequence);
  const checked = mac === undefined ? given : checkMac(mac, safe, given);
  if ("kind" in checked) return [{ content: checked, name: undefined }];
  return [...nested(safe).children()].flatMap((info) => readContents(info, checked));
}

interface ContentInfo {
  readonly type: string;
  readonly content: Element | undefined;
}

function contentOf(element: Element): ContentInfo {
  const fields = fieldsOf(element, "contents");
  const type = oid(fields.required(TAG.oid, "type"));
  return { type, content: fields.optional(context(0))?.inner() };
}

function nested(bytes: Uint8Array): Element {
  return readElement(toDefinite(bytes), new Oddities());
}

/** The password that fits: the one given, or of the two ways to have none. */
function checkMac(mac: Element, data: Uint8Array, given: Secret): Secret | Unreadable {
  const candidates = given.password === undefined ? ["", undefined] : [given.password];
  for (const password of candidates) {
    const verdict = macFits(mac, data, { ...given, password });
    if (typeof verdict !== "boolean") return verdict;
    if (verdict) return { ...given, password };
  }
  return given.password === undefined ? passwordMissing("PKCS#12") : passwordWrong("PKCS#12");
}

function macFits(mac: Element, data: Uint8Array, secret: Secret): boolean | Unreadable {
  const fields = fieldsOf(mac, "MAC");
  const info = fieldsOf(fields.required(TAG.sequence, "digest"), "digest");
  const algorithm = info.required(TAG.sequence, "algorithm");
  const digest = octets(info.required(TAG.octetString, "digest"));
  const salt = octets(fields.required(TAG.octetString, "salt"));
  const roundsField = fields.optional(TAG.integer);
  const rounds = roundsField === undefined ? 1 : smallInteger(roundsField);
  const algorithmFields = fieldsOf(algorithm, "digest algorithm");
  const identifier = oid(algorithmFields.required(TAG.oid, "identifier"));
  if (identifier === PBMAC1) {
    return pbmac1Fits(algorithmFields.required(TAG.sequence, "parameters"), digest, data, secret);
  }
  const hash = hashName(identifier);
  if (hash === undefined || hash.includes("-"))
    return unsupportedLock("PKCS#12", `the MAC ${hash ?? identifier}`);
  if (!secret.budget.spend(rounds * SCRIPT_ROUND))
    return unsupportedLock("PKCS#12", `${rounds} rounds of derivation`);
  const key = pkcs12Derive(hash, PURPOSE.mac, bmpPassword(secret.password), salt, rounds, digest.length);
  return equal(createHmac(hash, key).update(data).digest(), digest);
}

/** RFC 9579: PBKDF2 and HMAC in place of PKCS#12's own derivation. */
function pbmac1Fits(
  parameters: Element,
  digest: Uint8Array,
  data: Uint8Array,
  secret: Secret,
): boolean | Unreadable {
  const fields = fieldsOf(parameters, "PBMAC1 parameters");
  const derivation = fields.required(TAG.sequence, "derivation");
  const hmac = oid(fieldsOf(fields.required(TAG.sequence, "MAC"), "MAC").required(TAG.oid, "identifier"));
  const hash = {
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
  }[hmac];
  if (hash === undefined) return unsupportedLock("PKCS#12", `the MAC ${hmac}`);
  const key = pbes2Key(derivation, Buffer.from(secret.password ?? "", "utf8"), digest.length, secret.budget);
  if (!Buffer.isBuffer(key))
    return unsupportedLock("PKCS#12", key.kind === "unsupported" ? key.what : "its MAC");
  return equal(createHmac(hash, key).update(data).digest(), digest);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function readContents(info: Element, secret: Secret): Bag[] {
  const { type, content } = contentOf(info);
  if (content === undefined) throw new DerFault("PKCS#12 contents that are empty", info.start);
  if (type === DATA) return readBags(nested(octets(content)), secret, 0);
  if (type !== ENCRYPTED_DATA) {
    return [{ content: unsupportedLock("PKCS#12", "a certificate instead of a password"), name: undefined }];
  }
  const encrypted = fieldsOf(content, "encrypted data");
  encrypted.required(TAG.integer, "version");
  const inner = fieldsOf(encrypted.required(TAG.sequence, "encrypted content"), "encrypted content");
  inner.required(TAG.oid, "type");
  const algorithm = inner.required(TAG.sequence, "password scheme");
  const data = implicitOctets(inner.required(undefined, "data"));
  const opened = unlock(algorithm, data, secret.password, secret.budget);
  if (opened.kind === "opened") return readBags(nested(opened.bytes), secret, 0);
  const why =
    opened.kind === "unsupported" ? unsupportedLock("PKCS#12", opened.what) : passwordWrong("PKCS#12");
  return [{ content: why, name: undefined }];
}

/** [0] IMPLICIT OCTET STRING, whole or in parts. */
function implicitOctets(element: Element): Uint8Array {
  return element.constructed
    ? Buffer.concat([...element.children()].map((part) => octets(part)))
    : element.body;
}

function readBags(list: Element, secret: Secret, nesting: number): Bag[] {
  if (nesting > MAX_NESTING) throw new DerFault("bags nested too deeply", list.start);
  return [...list.children()].flatMap((element) => {
    const fields = fieldsOf(element, "bag");
    const type = oid(fields.required(TAG.oid, "type"));
    const value = fields.required(context(0), "value").inner();
    const name = friendlyName(fields.optional(TAG.set));
    if (type === BAG.bags) return readBags(value, secret, nesting + 1);
    return [{ content: readBag(type, value, secret), name }];
  });
}

function readBag(type: string, value: Element, secret: Secret): BagContent {
  switch (type) {
    case BAG.key:
      return readPrivateKey(value.bytes, "PKCS#8");
    case BAG.lockedKey:
      return readLockedKey(value, secret);
    case BAG.certificate:
      return typed(value, X509_CERTIFICATE, "certificate");
    case BAG.crl:
      return typed(value, X509_CRL, "crl");
    case BAG.secret:
      return unreadable("secret", "a secret that is neither key nor certificate");
    default:
      return unreadable("bag", `a bag of unknown kind ${type}`);
  }
}

function typed(value: Element, due: string, kind: "certificate" | "crl"): BagContent {
  const fields = new Fields(value, "bag");
  const type = oid(fields.required(TAG.oid, "type"));
  if (type !== due)
    return unreadable(kind === "crl" ? "CRL" : "certificate", `a kind of bag that is not X.509 (${type})`);
  return { kind, der: octets(fields.required(context(0), "value").inner()) };
}

function friendlyName(attributes: Element | undefined): string | undefined {
  if (attributes === undefined) return undefined;
  for (const attribute of attributes.children()) {
    const fields = fieldsOf(attribute, "attribute of the bag");
    if (oid(fields.required(TAG.oid, "type")) !== FRIENDLY_NAME) continue;
    const [value] = fields.required(TAG.set, "values").children();
    return value === undefined ? undefined : text(value);
  }
  return undefined;
}
