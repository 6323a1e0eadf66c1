/**
 * Tells by its first fields what a DER structure is: labels and file names lie, and DER has no magic numbers.
 */
import { context, DerFault, type Element, TAG } from "./der/element.ts";
import { oidText } from "./der/values.ts";

export type Structure =
  | "certificate"
  | "request"
  | "crl"
  | "PKCS#7"
  | "PKCS#12"
  | "PKCS#8"
  | "locked PKCS#8"
  | "PKCS#1"
  | "SEC1"
  | "DSA"
  | "public key"
  | "PKCS#1 public key"
  | "OCSP response"
  | "unknown";

/** How many fields are looked at: no structure needs more to be told. */
const LOOK = 10;

const TIMES: readonly number[] = [TAG.utcTime, TAG.generalizedTime];

export function structureOf(root: Element): Structure {
  try {
    return root.tag === TAG.sequence ? byFields(firstFields(root)) : "unknown";
  } catch (fault) {
    if (fault instanceof DerFault) return "unknown";
    throw fault;
  }
}

function firstFields(element: Element): Element[] {
  const fields: Element[] = [];
  if (!element.constructed) return fields;
  for (const field of element.children()) {
    fields.push(field);
    if (fields.length === LOOK) break;
  }
  return fields;
}

function byFields(fields: readonly Element[]): Structure {
  const tags = fields.map((field) => field.tag);
  switch (tags[0]) {
    case TAG.sequence:
      return byFirstSequence(fields, tags);
    case TAG.oid:
      return tags[1] === context(0) ? "PKCS#7" : "unknown";
    case TAG.integer:
      return byFirstInteger(fields, tags);
    case TAG.enumerated:
      return tags.length === 1 || tags[1] === context(0) ? "OCSP response" : "unknown";
    default:
      return "unknown";
  }
}

function byFirstSequence(fields: readonly Element[], tags: readonly number[]): Structure {
  if (tags[1] === TAG.sequence && tags[2] === TAG.bitString) return bySignedBody(fields[0]!);
  const first = firstFields(fields[0]!)[0];
  if (first?.tag !== TAG.oid) return "unknown";
  if (tags[1] === TAG.bitString) return "public key";
  return tags[1] === TAG.octetString ? "locked PKCS#8" : "unknown";
}

/** Certificate: version, serial, algorithm, issuer, validity. Request: version, name, key. List: name, then a time. */
function bySignedBody(body: Element): Structure {
  const fields = firstFields(body);
  const tags = fields.map((field) => field.tag);
  if (tags[0] === context(0)) return "certificate";
  const afterVersion = tags[0] === TAG.integer ? 1 : 0;
  if (TIMES.includes(tags[afterVersion + 2] ?? 0)) return "crl";
  if (afterVersion === 0) return "unknown";
  const isRequest = tags.length < 5 || tags[3] === context(0);
  return isRequest ? "request" : "certificate";
}

function byFirstInteger(fields: readonly Element[], tags: readonly number[]): Structure {
  const integers = tags.filter((tag) => tag === TAG.integer).length;
  if (tags[1] === TAG.sequence) {
    if (tags[2] === TAG.octetString) return "PKCS#8";
    const type = firstFields(fields[1]!)[0];
    return type?.tag === TAG.oid && oidText(type).startsWith("1.2.840.113549.1.7.") ? "PKCS#12" : "unknown";
  }
  if (tags[1] === TAG.octetString) return "SEC1";
  if (integers === 9) return "PKCS#1";
  if (integers === 6) return "DSA";
  return integers === 2 && tags.length === 2 ? "PKCS#1 public key" : "unknown";
}
