/**
 * Reads one X.509 certificate (RFC 5280 §4.1) into plain facts. What breaks DER or the profile but leaves the
 * meaning clear is an oddity of the certificate; only what cannot be understood makes it unreadable. Time and
 * memory are linear in the size: 10 MiB or 10,000 names are read like any other.
 */
import { createHash } from "node:crypto";
import { context, type Element, type Fields, fieldsOf, Oddities, readElement, TAG } from "./der/element.ts";
import { time } from "./der/time.ts";
import { bitLength, integerBytes, sameBytes, smallInteger, toHex } from "./der/values.ts";
import { readName } from "./distinguished-name.ts";
import {
  type ExtensionFacts,
  noExtensions,
  type RawExtension,
  readExtensionList,
  readExtensions,
} from "./extensions.ts";
import type { Certificate, Unreadable } from "./model.ts";
import { readPublicKey } from "./public-key.ts";
import { readSigned } from "./signed.ts";
import { reading } from "./unreadable.ts";

/** RFC 5280 §4.1.2.2. */
const MAX_SERIAL_OCTETS = 20;
const NEXT = "fetch or export the certificate again";

export function parseCertificate(der: Uint8Array): Certificate | Unreadable {
  return reading("certificate", () => readCertificate(readElement(der, new Oddities())), NEXT);
}

/** @throws DerFault */
export function readCertificate(root: Element): Certificate {
  const { oddities, source } = root;
  if (root.end !== source.length)
    oddities.add(`${source.length - root.end} bytes after the certificate`, root.end);
  const { body, algorithmElement, algorithm, signature, rest } = readSigned(root, "certificate");
  rest.end();

  const tbs = fieldsOf(body, "certificate");
  const version = readVersion(tbs);
  const serialElement = tbs.required(TAG.integer, "serial number");
  const serial = readSerial(serialElement);
  const innerAlgorithm = tbs.required(TAG.sequence, "signature algorithm");
  const issuer = readName(tbs.required(TAG.sequence, "issuer"), "issuer");
  const validity = readValidity(tbs.required(TAG.sequence, "validity"));
  const subject = readName(tbs.required(TAG.sequence, "subject"), "subject");
  const publicKey = readPublicKey(tbs.required(TAG.sequence, "public key"));
  const { extensions, facts } = readTail(tbs, version, oddities);

  const signatureAlgorithmsAgree = sameBytes(innerAlgorithm.bytes, algorithmElement.bytes);
  if (!signatureAlgorithmsAgree)
    oddities.add("the two signature algorithms of the certificate differ", innerAlgorithm.start);
  if (issuer.text === "") oddities.add("the issuer is empty");
  noteSubject(subject.text, extensions, oddities);
  return {
    kind: "certificate",
    der: root.bytes,
    sha256: createHash("sha256").update(root.bytes).digest("hex"),
    sha1: createHash("sha1").update(root.bytes).digest("hex"),
    version,
    ...serial,
    signatureAlgorithm: algorithm.name,
    signatureOid: algorithm.oid,
    signatureHash: algorithm.hash,
    signatureAlgorithmsAgree,
    issuer,
    subject,
    ...validity,
    publicKey,
    extensions: extensions.map(({ oid, critical, value }) => ({ oid, critical, value })),
    ...facts,
    oddities: oddities.list(),
    tbs: body.bytes,
    signature,
  };
}

function readVersion(tbs: Fields): number {
  const field = tbs.optional(context(0));
  if (field === undefined) return 1;
  const version = smallInteger(field.inner()) + 1;
  if (version === 1) field.note("version 1 is written out");
  if (version < 1 || version > 3) field.note(`version ${version}, which does not exist,`);
  return version;
}

function readSerial(element: Element): Pick<Certificate, "serial" | "serialBits" | "serialPositive"> {
  const bytes = integerBytes(element);
  const negative = bytes[0]! >= 0x80;
  const magnitude = bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes;
  const serialBits = bitLength(magnitude);
  if (negative) element.note("the serial number is negative");
  if (serialBits === 0) element.note("the serial number is zero");
  if (bytes.length > MAX_SERIAL_OCTETS)
    element.note(`the serial number has ${bytes.length} octets, more than ${MAX_SERIAL_OCTETS},`);
  return { serial: toHex(magnitude), serialBits, serialPositive: !negative && serialBits > 0 };
}

function readValidity(element: Element): Pick<Certificate, "notBeforeMs" | "notAfterMs"> {
  const fields = fieldsOf(element, "validity");
  const notBeforeMs = time(fields.required(undefined, "notBefore"));
  const notAfterMs = time(fields.required(undefined, "notAfter"));
  fields.end();
  if (notAfterMs < notBeforeMs) element.note("the certificate ends before it begins");
  return { notBeforeMs, notAfterMs };
}

/** Unique identifiers and extensions, which depend on the version (RFC 5280 §4.1.2.8, §4.1.2.9). */
function readTail(
  tbs: Fields,
  version: number,
  oddities: Oddities,
): { extensions: readonly RawExtension[]; facts: ExtensionFacts } {
  for (const number of [1, 2]) {
    const unique = tbs.optional(context(number, false), context(number));
    if (unique === undefined) continue;
    unique.note(`${number === 1 ? "issuer" : "subject"}UniqueID, which must not be used,`);
    if (version === 1) unique.note("a unique identifier in a version 1 certificate");
  }
  const list = tbs.optional(context(3));
  tbs.end();
  if (list === undefined) return { extensions: [], facts: noExtensions() };
  if (version !== 3) list.note(`extensions in a version ${version} certificate`);
  const extensions = readExtensionList(list.inner(), "certificate");
  return { extensions, facts: readExtensions(extensions, oddities) };
}

/** RFC 5280 §4.1.2.6: an empty subject needs a critical subjectAltName. */
function noteSubject(subject: string, extensions: readonly RawExtension[], oddities: Oddities): void {
  if (subject !== "") return;
  const names = extensions.find((extension) => extension.oid === "2.5.29.17");
  if (names === undefined) oddities.add("the subject is empty and there is no subjectAltName");
  else if (!names.critical) oddities.add("the subject is empty and subjectAltName is not critical");
}
