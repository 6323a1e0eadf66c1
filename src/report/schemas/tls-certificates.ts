/** The parts of `netkit.tls-check/1` that describe certificates, chains and what files hold. */
import { z } from "zod";

const count = z.int().min(0);
const texts = z.array(z.string());
const date = z.string().describe("ISO 8601, UTC.");

const key = z.strictObject({
  type: z.enum(["rsa", "ec", "ed25519", "ed448", "dsa", "ml-dsa", "other"]),
  bits: count,
  curve: z.string().nullable(),
  exponent: z.string().nullable().describe("Decimal."),
  spkiSha256: z.string(),
});

const names = z.array(
  z.strictObject({
    kind: z.enum(["dns", "ip", "email", "uri", "directory", "other", "rid"]),
    value: z.string(),
  }),
);

export const certificate = z.strictObject({
  sha256: z.string(),
  sha1: z.string(),
  version: z.number(),
  serial: z.string().describe("Hexadecimal."),
  subject: z.string().describe("RFC 4514."),
  issuer: z.string(),
  notBefore: date,
  notAfter: date,
  key,
  signatureAlgorithm: z.string(),
  names,
  authority: z.boolean(),
  pathLength: z.number().nullable(),
  keyUsage: z
    .array(
      z.enum([
        "digitalSignature",
        "contentCommitment",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
      ]),
    )
    .nullable(),
  extendedKeyUsage: texts.nullable(),
  subjectKeyId: z.string().nullable(),
  authorityKeyId: z.string().nullable(),
  policies: texts,
  ocspUrls: texts,
  issuerUrls: texts,
  crlUrls: texts,
  mustStaple: z.boolean(),
  signedTimestamps: count,
  extensions: z.array(z.strictObject({ oid: z.string(), critical: z.boolean() })),
  oddities: texts,
});

export const chain = z.strictObject({
  where: z.string(),
  leaf: z.string().describe("SHA-256."),
  sent: texts.describe("SHA-256, in the order sent."),
  inOrder: z.boolean(),
  order: z.array(count).describe("Positions in `sent`, in path order."),
  duplicates: z.array(count),
  extra: z.array(count),
  rootSent: count.nullable(),
  missing: z.strictObject({ of: z.string(), issuer: z.string(), urls: texts }).nullable(),
  brokenSignatures: z.array(z.strictObject({ index: count, issuer: count })),
  path: texts.describe("SHA-256, leaf first, as built."),
  problems: z.array(
    z.strictObject({
      kind: z.enum([
        "expired",
        "not-yet-valid",
        "signature",
        "not-ca",
        "no-cert-sign",
        "path-length",
        "name-constraints",
        "policy",
        "extended-key-usage",
        "critical-unknown",
        "key-identifier",
      ]),
      certificate: z.string(),
      position: count,
      detail: z.string(),
    }),
  ),
  trust: z.array(
    z.strictObject({
      store: z.enum(["system", "mozilla", "given"]),
      trusted: z.boolean(),
      why: z.string().nullable(),
      path: texts,
    }),
  ),
  publiclyTrusted: z.boolean(),
  name: z.strictObject({ asked: z.string(), matches: z.boolean(), byCommonNameOnly: z.boolean() }).nullable(),
  scts: z.array(
    z.strictObject({
      logId: z.string(),
      logName: z.string().nullable(),
      source: z.enum(["certificate", "tls", "ocsp"]),
      valid: z.boolean().nullable().describe("Null: no key of that log was given."),
      at: date,
    }),
  ),
  ocsp: z.array(
    z.strictObject({
      status: z.enum(["good", "revoked", "unknown", "unreadable"]),
      source: z.enum(["stapled", "asked", "crl"]),
      produced: z.string().nullable(),
      nextUpdate: z.string().nullable(),
      signatureValid: z.boolean().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

const where = z.string().describe("Where in the file.");

export const item = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("certificate"), where, sha256: z.string() }),
  z.strictObject({ kind: z.literal("private-key"), where, key, encrypted: z.boolean(), form: z.string() }),
  z.strictObject({ kind: z.literal("public-key"), where, key }),
  z.strictObject({
    kind: z.literal("request"),
    where,
    subject: z.string(),
    key,
    names,
    signatureAlgorithm: z.string(),
    signatureValid: z.boolean().nullable(),
  }),
  z.strictObject({
    kind: z.literal("crl"),
    where,
    issuer: z.string(),
    thisUpdate: date,
    nextUpdate: z.string().nullable(),
    revoked: count,
    signatureAlgorithm: z.string(),
    number: z.string().nullable().describe("Decimal."),
  }),
  z.strictObject({
    kind: z.literal("unreadable"),
    where,
    what: z.string(),
    why: z.string(),
    next: z.string().nullable(),
    locked: z.boolean(),
  }),
]);
