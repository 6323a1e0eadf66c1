/**
 * Certificate revocation lists (RFC 5280 §5). Linear in their size: lists of a million entries exist.
 */
import {
  context,
  DerFault,
  type Element,
  expectTag,
  Fields,
  fieldsOf,
  Oddities,
  readElement,
  TAG,
} from "./der/element.ts";
import { time } from "./der/time.ts";
import { integer, integerBytes, smallInteger, toHex } from "./der/values.ts";
import { readName } from "./distinguished-name.ts";
import { readExtensionList } from "./extensions.ts";
import type { PublicKey, RevocationList } from "./model.ts";
import { EXT } from "./oids.ts";
import { readSigned } from "./signed.ts";
import { verifySignature } from "./verify-signature.ts";

/** RFC 5280 §5.3.1; 7 is not used. */
const REASONS: Readonly<Record<number, string>> = {
  0: "unspecified",
  1: "keyCompromise",
  2: "cACompromise",
  3: "affiliationChanged",
  4: "superseded",
  5: "cessationOfOperation",
  6: "certificateHold",
  8: "removeFromCRL",
  9: "privilegeWithdrawn",
  10: "aACompromise",
};

export function reasonName(code: number): string {
  return REASONS[code] ?? `reason ${code}`;
}

type Revocation = { readonly atMs: number; readonly reason: string | undefined };

/** @throws DerFault */
export function readCrl(root: Element): RevocationList {
  const { body, algorithm, rest } = readSigned(root, "revocation list");
  rest.end();
  const fields = fieldsOf(body, "revocation list");
  fields.optional(TAG.integer);
  fields.required(TAG.sequence, "signature algorithm");
  const issuer = readName(fields.required(TAG.sequence, "issuer"), "issuer");
  const thisUpdateMs = time(fields.required(undefined, "date"));
  const nextUpdate = fields.optional(TAG.utcTime, TAG.generalizedTime);
  const entries = fields.optional(TAG.sequence);
  const extensions = fields.optional(context(0));
  fields.end();
  return {
    kind: "crl",
    der: root.bytes,
    issuer,
    thisUpdateMs,
    nextUpdateMs: nextUpdate === undefined ? undefined : time(nextUpdate),
    revoked: entries === undefined ? new Map() : readEntries(entries),
    signatureAlgorithm: algorithm.name,
    signatureHash: algorithm.hash,
    ...(extensions === undefined
      ? { authorityKeyId: undefined, number: undefined }
      : readListExtensions(extensions.inner())),
  };
}

function readEntries(entries: Element): Map<string, Revocation> {
  const revoked = new Map<string, Revocation>();
  for (const entry of entries.children()) {
    const fields = fieldsOf(entry, "entry of the revocation list");
    const serial = serialKey(integerBytes(fields.required(TAG.integer, "serial number")));
    const atMs = time(fields.required(undefined, "date"));
    const extensions = fields.optional(TAG.sequence);
    revoked.set(serial, { atMs, reason: extensions === undefined ? undefined : readReason(extensions) });
  }
  return revoked;
}

/** As `Certificate.serial` is written. */
export function serialKey(bytes: Uint8Array): string {
  return toHex(bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes);
}

function readReason(extensions: Element): string | undefined {
  for (const { oid, element } of readExtensionList(extensions, "entry")) {
    if (oid === EXT.reasonCode) return reasonName(smallInteger(element.inner(), TAG.enumerated));
  }
  return undefined;
}

function readListExtensions(list: Element): Pick<RevocationList, "authorityKeyId" | "number"> {
  let authorityKeyId: string | undefined;
  let number: bigint | undefined;
  for (const { oid, element } of readExtensionList(list, "revocation list")) {
    if (oid === EXT.crlNumber) number = integer(expectTag(element.inner(), TAG.integer, "number"));
    if (oid === EXT.authorityKeyId) {
      const keyId = new Fields(element.inner(), "authority key identifier").optional(context(0, false));
      if (keyId !== undefined) authorityKeyId = toHex(keyId.body);
    }
  }
  return { authorityKeyId, number };
}

/** Whether `issuer`'s key signed the list; undefined when this node cannot tell. */
export function crlSignedBy(list: RevocationList, issuer: PublicKey): boolean | undefined {
  try {
    const { body, algorithm, signature } = readSigned(
      readElement(list.der, new Oddities()),
      "revocation list",
    );
    return verifySignature(algorithm, issuer, body.bytes, signature);
  } catch (fault) {
    if (fault instanceof DerFault) return undefined;
    throw fault;
  }
}

/** Critical extensions that change what the list means: a list with one cannot be taken as complete (RFC 5280 §5.2). */
export function partialBy(list: RevocationList): string | undefined {
  const { body } = readSigned(readElement(list.der, new Oddities()), "revocation list");
  for (const field of body.children()) {
    if (field.tag !== context(0)) continue;
    for (const { oid, critical } of readExtensionList(field.inner(), "revocation list")) {
      if (oid === EXT.deltaCrlIndicator) return "it is a delta list";
      if (critical && oid !== EXT.issuingDistributionPoint) return `it has the critical extension ${oid}`;
    }
  }
  return undefined;
}
