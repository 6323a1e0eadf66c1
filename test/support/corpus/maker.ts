/**
 * Certificates from recipes: good by default, wrong wherever a recipe says so. Every part may be replaced by
 * bytes of the test's own.
 */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  ctx,
  ctxRaw,
  type Der,
  elementsIn,
  int,
  octetString,
  oid,
  seq,
  set,
  split,
  time,
  utf8,
} from "../der-writer.ts";
import { type Signer, type Signing, signed, signer, type TestKey, testKey } from "./keys.ts";

/** The moment at which the corpus is judged. */
export const AT = new Date("2026-06-01T00:00:00Z");
export const DAY_MS = 86_400_000;
export const days = (count: number): Date => new Date(AT.getTime() + count * DAY_MS);

export interface Issued {
  readonly der: Der;
  readonly key: TestKey;
  readonly subject: Der;
}

export interface Recipe {
  /** Text for a common name, or a whole Name. */
  readonly subject?: string | Der;
  /** Undefined: self-signed. */
  readonly issuer?: Issued | undefined;
  /** A name in place of the issuer's. */
  readonly issuerName?: Der;
  readonly key?: TestKey;
  readonly serial?: Der;
  readonly notBefore?: Date | Der;
  readonly notAfter?: Date | Der;
  /** Undefined: version 3; null: no version field, i.e. 1. */
  readonly version?: Der | null;
  readonly ca?: boolean;
  readonly names?: readonly string[];
  /** Replaces (same OID) or removes (undefined) the extensions that the role brings along. */
  readonly extensions?: Readonly<Record<string, Der | undefined>>;
  /** All extensions, in place of those. */
  readonly onlyExtensions?: readonly Der[];
  readonly signing?: Signing;
  /** Replaces the signer: a key that is not the issuer's, an algorithm that lies. */
  readonly signer?: Signer;
  /** AlgorithmIdentifier inside the body, when not the signer's. */
  readonly innerAlgorithm?: Der;
  readonly spki?: Der;
  /** Between key and extensions: unique identifiers. */
  readonly beforeExtensions?: readonly Der[];
  /** Last word on the body. */
  readonly tbs?: (parts: Der[]) => Der;
}

export const OID = {
  san: "2.5.29.17",
  bc: "2.5.29.19",
  ku: "2.5.29.15",
  eku: "2.5.29.37",
  ski: "2.5.29.14",
  aki: "2.5.29.35",
  nc: "2.5.29.30",
  policies: "2.5.29.32",
  crlUrls: "2.5.29.31",
  aia: "1.3.6.1.5.5.7.1.1",
  feature: "1.3.6.1.5.5.7.1.24",
  scts: "1.3.6.1.4.1.11129.2.4.2",
  poison: "1.3.6.1.4.1.11129.2.4.3",
} as const;

export const extension = (identifier: string, value: Uint8Array, critical = false): Der =>
  seq(oid(identifier), ...(critical ? [boolean(true)] : []), octetString(value));

export const commonName = (text: string): Der => seq(set(seq(oid("2.5.4.3"), utf8(text))));

export function generalName(name: string): Der {
  if (isIP(name) === 4) return ctxRaw(7, Buffer.from(name.split(".").map(Number)));
  if (isIP(name) === 6) throw new Error("write IPv6 addresses as bytes");
  if (name.includes("://")) return ctxRaw(6, name);
  return name.includes("@") ? ctxRaw(1, name) : ctxRaw(2, name);
}

export const san = (...names: readonly (string | Der)[]): Der =>
  extension(OID.san, seq(...names.map((name) => (typeof name === "string" ? generalName(name) : name))));
export const basicConstraints = (ca: boolean, pathLength?: number): Der =>
  extension(
    OID.bc,
    seq(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [int(pathLength)])),
    true,
  );
/** Bits from digitalSignature (0) up. */
export function keyUsage(...bits: readonly number[]): Der {
  const octets = Buffer.alloc(bits.some((bit) => bit > 7) ? 2 : 1);
  for (const bit of bits) octets[bit >> 3]! |= 0x80 >> (bit & 7);
  const last = octets[octets.length - 1]!;
  return extension(OID.ku, bitString(octets, last === 0 ? 7 : 31 - Math.clz32(last & -last)), true);
}
export const extendedKeyUsage = (...purposes: readonly string[]): Der =>
  extension(OID.eku, seq(...purposes.map((purpose) => oid(purpose))));
export const keyId = (key: TestKey): Buffer =>
  createHash("sha1")
    .update(split(elementsIn(split(key.spki).body)[1]!).body.subarray(1))
    .digest();
export const skiOf = (key: TestKey): Der => extension(OID.ski, octetString(keyId(key)));
export const akiOf = (key: TestKey): Der => extension(OID.aki, seq(ctxRaw(0, keyId(key))));
export const policies = (...identifiers: readonly string[]): Der =>
  extension(OID.policies, seq(...identifiers.map((identifier) => seq(oid(identifier)))));
export const authorityInfo = (...entries: readonly (readonly ["ocsp" | "issuers", string])[]): Der =>
  extension(
    OID.aia,
    seq(
      ...entries.map(([method, url]) =>
        seq(oid(method === "ocsp" ? "1.3.6.1.5.5.7.48.1" : "1.3.6.1.5.5.7.48.2"), ctxRaw(6, url)),
      ),
    ),
  );
export const crlUrls = (...urls: readonly string[]): Der =>
  extension(OID.crlUrls, seq(...urls.map((url) => seq(ctx(0, ctx(0, ctxRaw(6, url)))))));
export const mustStaple = (): Der => extension(OID.feature, seq(int(5)));
export const subtree = (name: Der): Der => seq(name);
export const nameConstraints = (permitted: readonly Der[], excluded: readonly Der[] = []): Der =>
  extension(
    OID.nc,
    seq(
      ...(permitted.length === 0 ? [] : [ctx(0, ...permitted.map(subtree))]),
      ...(excluded.length === 0 ? [] : [ctx(1, ...excluded.map(subtree))]),
    ),
    true,
  );

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const HOST = "www.example.org";

let serials = 0;

/** Positive, 126 bits, different each time. */
function nextSerial(): Der {
  const digest = createHash("sha256").update(`serial ${++serials}`).digest();
  digest[0] = (0x3f & digest[0]!) | 0x20;
  return int(digest.subarray(0, 16));
}

export function issue(recipe: Recipe = {}): Issued {
  const ca = recipe.ca ?? false;
  const key = recipe.key ?? testKey("p256", ca ? "authority" : "leaf");
  const subject = nameOf(recipe.subject ?? (ca ? "Test Authority" : HOST));
  const by = recipe.signer ?? signer(recipe.issuer?.key ?? key, recipe.signing);
  const parts = [
    ...(recipe.version === null ? [] : [recipe.version ?? ctx(0, int(2))]),
    recipe.serial ?? nextSerial(),
    recipe.innerAlgorithm ?? by.algorithm,
    recipe.issuerName ?? recipe.issuer?.subject ?? subject,
    seq(moment(recipe.notBefore ?? days(-31)), moment(recipe.notAfter ?? days(ca ? 3650 : 58))),
    subject,
    recipe.spki ?? key.spki,
    ...(recipe.beforeExtensions ?? []),
  ];
  const extensions = recipe.onlyExtensions ?? roleExtensions(recipe, ca, key);
  if (extensions.length > 0) parts.push(ctx(3, seq(...extensions)));
  const tbs = recipe.tbs?.(parts) ?? seq(...parts);
  return { der: signed(tbs, by), key, subject };
}

function roleExtensions(recipe: Recipe, ca: boolean, key: TestKey): Der[] {
  const role: Record<string, Der | undefined> = ca
    ? { [OID.bc]: basicConstraints(true), [OID.ku]: keyUsage(5, 6) }
    : {
        [OID.ku]: keyUsage(0),
        [OID.eku]: extendedKeyUsage(SERVER_AUTH),
        [OID.san]: san(...(recipe.names ?? [HOST])),
      };
  role[OID.ski] = skiOf(key);
  if (recipe.issuer !== undefined) role[OID.aki] = akiOf(recipe.issuer.key);
  return Object.values({ ...role, ...recipe.extensions }).filter((one): one is Der => one !== undefined);
}

function nameOf(subject: string | Der): Der {
  return typeof subject === "string" ? commonName(subject) : subject;
}

function moment(at: Date | Der): Der {
  return at instanceof Date ? time(at) : at;
}

/** A root, an intermediate below it and what a test wants below that; the same every time. */
let family: { root: Issued; intermediate: Issued } | undefined;
export function authorities(): { root: Issued; intermediate: Issued } {
  if (family === undefined) {
    const root = issue({ ca: true, subject: "Test Root", key: testKey("p256", "root") });
    const intermediate = issue({
      ca: true,
      subject: "Test Intermediate",
      key: testKey("p256", "intermediate"),
      issuer: root,
      notAfter: days(1800),
      extensions: { [OID.bc]: basicConstraints(true, 0) },
    });
    family = { root, intermediate };
  }
  return family;
}

/** A leaf below the intermediate. */
export function leaf(recipe: Recipe = {}): Issued {
  return issue({ issuer: authorities().intermediate, ...recipe });
}
