/**
 * From one DER structure to items: a certificate is one, a PKCS#12 file is many. PEM labels are believed only
 * as far as the contents agree; what disagrees is said in the item's place.
 */

import { parseCertificate, readCertificate } from "./certificate.ts";
import { foreignBlock } from "./containers/foreign.ts";
import type { BrokenPemBlock, PemBlock } from "./containers/pem.ts";
import { readPkcs7 } from "./containers/pkcs7.ts";
import { type BagContent, readPkcs12 } from "./containers/pkcs12.ts";
import { readCrl } from "./crl.ts";
import { toDefinite } from "./der/ber.ts";
import { type Element, Oddities, readElement } from "./der/element.ts";
import { derElement, derOid, derSequence } from "./der/write.ts";
import type { ItemContent } from "./model.ts";
import { readPublicKey } from "./public-key.ts";
import { readRequest } from "./request.ts";
import {
  type KeyForm,
  readLockedKey,
  readPrivateKey,
  readTraditionalKey,
  type Secret,
} from "./secrets/private-key.ts";
import { type Structure, structureOf } from "./structure.ts";
import { reading, unreadable } from "./unreadable.ts";

/** More than any bundle holds; what comes after is told, not read. */
export const MAX_ITEMS = 10_000;

export interface Found {
  readonly where: string;
  readonly content: ItemContent;
}

/** Parameters that stand beside keys; they are neither certificate nor secret. */
const SILENT_LABELS: ReadonlySet<string> = new Set([
  "EC PARAMETERS",
  "DH PARAMETERS",
  "X9.42 DH PARAMETERS",
  "DSA PARAMETERS",
]);

/** What labels promise; those that are not here are judged by their contents alone. */
const PROMISES: Readonly<Record<string, readonly Structure[]>> = {
  CERTIFICATE: ["certificate"],
  "X509 CERTIFICATE": ["certificate"],
  "TRUSTED CERTIFICATE": ["certificate"],
  "CERTIFICATE REQUEST": ["request"],
  "NEW CERTIFICATE REQUEST": ["request"],
  "X509 CRL": ["crl"],
  CRL: ["crl"],
  PKCS7: ["PKCS#7"],
  CMS: ["PKCS#7"],
  "PRIVATE KEY": ["PKCS#8"],
  "ENCRYPTED PRIVATE KEY": ["locked PKCS#8"],
  "RSA PRIVATE KEY": ["PKCS#1"],
  "EC PRIVATE KEY": ["SEC1"],
  "DSA PRIVATE KEY": ["DSA"],
  "PUBLIC KEY": ["public key"],
  "RSA PUBLIC KEY": ["PKCS#1 public key"],
};

const KINDS: Readonly<Record<Structure, string>> = {
  certificate: "a certificate",
  request: "a signing request",
  crl: "a revocation list",
  "PKCS#7": "PKCS#7",
  "PKCS#12": "PKCS#12",
  "PKCS#8": "a PKCS#8 private key",
  "locked PKCS#8": "a locked private key",
  "PKCS#1": "an RSA private key",
  SEC1: "an EC private key",
  DSA: "a DSA private key",
  "public key": "a public key",
  "PKCS#1 public key": "an RSA public key",
  "OCSP response": "an OCSP response",
  unknown: "something unknown",
};

/** A certificate cut out of a container is read like any other; the rest passes. */
export function readStoredCertificate(content: BagContent): ItemContent {
  if (content.kind === "certificate") return parseCertificate(content.der);
  return content.kind === "crl" ? reading("CRL", () => readCrl(root(content.der))) : content;
}

/** Items of a DER file: one structure, or several one after the other. Undefined when it is no DER at all. */
export function readDerFile(
  bytes: Uint8Array,
  secret: Secret,
): { format: string; items: Found[] } | undefined {
  const items: Found[] = [];
  let format: string | undefined;
  let rest = bytes;
  while (rest.length > 0 && rest[0] === 0x30) {
    const start = bytes.length - rest.length;
    if (items.length >= MAX_ITEMS)
      return { format: format ?? "DER", items: [...items, tooMany(place(start))] };
    const element = reading("DER", () => root(toDefinite(rest)));
    if ("kind" in element) {
      if (format === undefined && !plausible(bytes)) return undefined;
      items.push({ where: place(start), content: { ...element, what: "DER" } });
      return { format: format ?? "DER", items };
    }
    const structure = structureOf(element);
    // The digit 0 is also the tag of a SEQUENCE.
    if (format === undefined && structure === "unknown" && isText(bytes)) return undefined;
    format ??= containerName(structure);
    for (const item of readStructure(element, structure, secret))
      items.push({
        where: join(start === 0 ? "" : place(start), item.where, "the file"),
        content: item.content,
      });
    if (element.source !== rest) break;
    rest = rest.subarray(element.end);
  }
  return { format: format ?? "DER", items };
}

export function tooMany(where: string): Found {
  return { where, content: unreadable("rest of the file", `the file holds more than ${MAX_ITEMS} items`) };
}

/** A sequence with a long length at its front is DER even when it is cut off. */
function plausible(bytes: Uint8Array): boolean {
  return bytes.length > 4 && bytes[1]! >= 0x80 && bytes[1]! <= 0x84;
}

function isText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 256)
    .every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

function place(start: number): string {
  return `byte ${start}`;
}

function join(outer: string, inner: string, otherwise: string): string {
  return [outer, inner].filter((part) => part !== "").join(", ") || otherwise;
}

function containerName(structure: Structure): string {
  return structure === "PKCS#7" || structure === "PKCS#12" ? structure : "DER";
}

export function readBlock(block: PemBlock | BrokenPemBlock, index: number, secret: Secret): Found[] {
  const where = `PEM block ${index + 1}, line ${block.line}`;
  if (SILENT_LABELS.has(block.label)) return [];
  const foreign = foreignBlock(block.label);
  if (foreign !== undefined)
    return [{ where, content: unreadable(foreign.format, foreign.why, foreign.next) }];
  if (block.kind === "broken")
    return [{ where, content: unreadable(labelKind(block.label), block.why, "copy the file again, whole") }];
  if (block.headers.has("DEK-Info")) {
    return [{ where, content: readTraditionalKey(block, traditionalForm(block.label), secret) }];
  }
  const element = reading(
    labelKind(block.label),
    () => root(toDefinite(block.der)),
    "copy the file again, whole",
  );
  if ("kind" in element) return [{ where, content: element }];
  const structure = structureOf(element);
  const promised = PROMISES[block.label];
  const lie =
    promised !== undefined && structure !== "unknown" && !promised.includes(structure)
      ? ` (labelled ${block.label}, holds ${KINDS[structure]})`
      : "";
  const end = block.endLabel === undefined ? "" : ` (its END line says ${block.endLabel})`;
  // An unknown structure is read as what its label promises, for the sake of the message.
  const items = readStructure(
    element,
    structure === "unknown" ? (promised?.[0] ?? structure) : structure,
    secret,
    block.label,
  );
  return items.map((item) => ({
    where: join(`${where}${lie}${end}`, item.where, ""),
    content: item.content,
  }));
}

function labelKind(label: string): string {
  const promised = PROMISES[label]?.[0];
  return promised === undefined ? label.toLowerCase() : KINDS[promised].replace(/^an? /, "");
}

function traditionalForm(label: string): KeyForm {
  return label.startsWith("EC ") ? "SEC1" : label.startsWith("DSA ") ? "DSA" : "PKCS#1";
}

function root(der: Uint8Array): Element {
  return readElement(der, new Oddities());
}

/** `where` of what it returns is empty for a structure that is one item. */
function readStructure(element: Element, structure: Structure, secret: Secret, label = ""): Found[] {
  switch (structure) {
    case "certificate":
      return one(
        reading(
          "certificate",
          () => readCertificate(own(element, label)),
          "fetch or export the certificate again",
        ),
      );
    case "request":
      return one(reading("signing request", () => readRequest(element)));
    case "crl":
      return one(reading("CRL", () => readCrl(element)));
    case "PKCS#8":
    case "PKCS#1":
    case "SEC1":
    case "DSA":
      return one(readPrivateKey(element.bytes, structure));
    case "locked PKCS#8":
      return one(reading("private key", () => readLockedKey(element, secret)));
    case "public key":
      return one(reading("public key", () => ({ kind: "public-key", publicKey: readPublicKey(element) })));
    case "PKCS#1 public key":
      return one(
        reading("public key", () => ({ kind: "public-key", publicKey: readPublicKey(wrapRsaKey(element)) })),
      );
    case "PKCS#7":
      return readPkcs7Items(element);
    case "PKCS#12":
      return readPkcs12Items(element, secret);
    case "OCSP response":
      return one(
        unreadable(
          "OCSP response",
          "an OCSP response is no certificate file",
          "it is checked where a server staples it",
        ),
      );
    case "unknown":
      return one(
        unreadable("nothing known", "the data are DER, but neither certificate, key, request nor list"),
      );
  }
}

function one(content: ItemContent): Found[] {
  return [{ where: "", content }];
}

/**
 * The element with bytes of its own: what follows it is an oddity of the certificate, except where more
 * structures or, in OpenSSL's TRUSTED CERTIFICATE, settings are meant to follow.
 */
function own(element: Element, label: string): Element {
  const mayBeFollowed = label === "" || label === "TRUSTED CERTIFICATE";
  return mayBeFollowed && element.end !== element.source.length ? root(element.bytes) : root(element.source);
}

function readPkcs7Items(element: Element): Found[] {
  const content = reading("PKCS#7", () => readPkcs7(element));
  if ("kind" in content) return one(content);
  const certificates = content.certificates.map((certificate, index) => ({
    where: `PKCS#7 certificate ${index + 1}`,
    content: parseCertificate(certificate.bytes),
  }));
  const crls = content.crls.map((crl, index) => ({
    where: `PKCS#7 revocation list ${index + 1}`,
    content: reading("CRL", () => readCrl(root(crl.bytes))),
  }));
  return [...certificates, ...crls];
}

function readPkcs12Items(element: Element, secret: Secret): Found[] {
  const bags = reading("PKCS#12", () => readPkcs12(element, secret), "export the file again");
  if ("kind" in bags) return one(bags);
  return bags.map(({ content, name }, index) => ({
    where: `PKCS#12 bag ${index + 1}${name === undefined ? "" : ` "${name}"`}`,
    content: readStoredCertificate(content),
  }));
}

/** An RSAPublicKey becomes the SubjectPublicKeyInfo that certificates hold. */
function wrapRsaKey(element: Element): Element {
  const algorithm = derSequence(derOid("1.2.840.113549.1.1.1"), derElement(0x05));
  return root(derSequence(algorithm, derElement(0x03, Uint8Array.of(0), element.bytes)));
}
