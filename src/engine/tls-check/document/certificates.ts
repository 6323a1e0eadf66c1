/** Certificates, keys and the items of a file as the document has them. */
import { assertNever } from "../../../core/exhaustive.ts";
import type { Certificate, Item, PublicKey } from "../certificates/model.ts";
import { EKU_NAMES } from "../certificates/oids.ts";
import type { CertificateDocument, ItemDocument, KeyDocument } from "./model.ts";

/** ISO 8601; the years that JavaScript dates cannot hold are written out of range, never thrown about. */
export function isoDate(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? ms < 0
      ? "before -271821-04-20"
      : "after +275760-09-13"
    : date.toISOString();
}

export function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoDate(ms);
}

export function keyDocument(key: PublicKey): KeyDocument {
  return {
    type: key.type,
    bits: key.bits,
    curve: key.curve ?? null,
    exponent: key.exponent === undefined ? null : key.exponent.toString(),
    spkiSha256: key.spkiSha256,
  };
}

export function certificateDocument(certificate: Certificate): CertificateDocument {
  const { basicConstraints, extendedKeyUsage } = certificate;
  return {
    sha256: certificate.sha256,
    sha1: certificate.sha1,
    version: certificate.version,
    serial: certificate.serial,
    subject: certificate.subject.text,
    issuer: certificate.issuer.text,
    notBefore: isoDate(certificate.notBeforeMs),
    notAfter: isoDate(certificate.notAfterMs),
    key: keyDocument(certificate.publicKey),
    signatureAlgorithm: certificate.signatureAlgorithm,
    names: (certificate.subjectAltNames ?? []).map(({ kind, value }) => ({ kind, value })),
    authority: basicConstraints?.ca === true,
    pathLength: basicConstraints?.pathLength ?? null,
    keyUsage: certificate.keyUsage?.uses ?? null,
    extendedKeyUsage: extendedKeyUsage?.map((oid) => EKU_NAMES[oid] ?? oid) ?? null,
    subjectKeyId: certificate.subjectKeyId ?? null,
    authorityKeyId: certificate.authorityKeyId ?? null,
    policies: certificate.policies,
    ocspUrls: certificate.ocspUrls,
    issuerUrls: certificate.issuerUrls,
    crlUrls: certificate.crlUrls,
    mustStaple: certificate.mustStaple,
    signedTimestamps: certificate.scts.length,
    extensions: certificate.extensions.map(({ oid, critical }) => ({ oid, critical })),
    oddities: certificate.oddities,
  };
}

export function itemDocument(item: Item): ItemDocument {
  const { where } = item;
  switch (item.kind) {
    case "certificate":
      return { kind: item.kind, where, sha256: item.sha256 };
    case "private-key":
      return {
        kind: item.kind,
        where,
        key: keyDocument(item.publicKey),
        encrypted: item.encrypted,
        form: item.form,
      };
    case "public-key":
      return { kind: item.kind, where, key: keyDocument(item.publicKey) };
    case "request":
      return {
        kind: item.kind,
        where,
        subject: item.subject.text,
        key: keyDocument(item.publicKey),
        names: (item.subjectAltNames ?? []).map(({ kind, value }) => ({ kind, value })),
        signatureAlgorithm: item.signatureAlgorithm,
        signatureValid: item.signatureValid ?? null,
      };
    case "crl":
      return {
        kind: item.kind,
        where,
        issuer: item.issuer.text,
        thisUpdate: isoDate(item.thisUpdateMs),
        nextUpdate: isoOrNull(item.nextUpdateMs),
        revoked: item.revoked.size,
        signatureAlgorithm: item.signatureAlgorithm,
        number: item.number === undefined ? null : item.number.toString(),
      };
    case "unreadable":
      return {
        kind: item.kind,
        where,
        what: item.what,
        why: item.why,
        next: item.next ?? null,
        locked: item.locked,
      };
    default:
      return assertNever(item);
  }
}
