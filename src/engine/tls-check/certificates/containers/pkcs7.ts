/**
 * PKCS#7 / CMS bags of certificates (RFC 2315 §9.1, RFC 5652 §5.1): the `SignedData` without a signer that
 * authorities hand out as `.p7b`. Its signatures, if any, are not looked at.
 */
import { context, DerFault, type Element, fieldsOf, TAG } from "../der/element.ts";
import { oid } from "../der/values.ts";

const SIGNED_DATA = "1.2.840.113549.1.7.2";

const OTHER_KINDS: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.7.1": "plain data",
  "1.2.840.113549.1.7.3": "an encrypted message",
  "1.2.840.113549.1.7.5": "a digest",
  "1.2.840.113549.1.7.6": "encrypted data",
};

export interface Pkcs7Content {
  readonly certificates: readonly Element[];
  readonly crls: readonly Element[];
}

/** @throws DerFault */
export function readPkcs7(root: Element): Pkcs7Content {
  const info = fieldsOf(root, "PKCS#7 file");
  const type = oid(info.required(TAG.oid, "type"));
  if (type !== SIGNED_DATA) {
    throw new DerFault(`PKCS#7 with ${OTHER_KINDS[type] ?? type} instead of certificates`, root.start);
  }
  const signed = fieldsOf(info.required(context(0), "content").inner(), "signed data");
  signed.required(TAG.integer, "version");
  signed.required(TAG.set, "digest algorithms");
  signed.required(TAG.sequence, "content");
  const certificates = signed.optional(context(0));
  const crls = signed.optional(context(1));
  return { certificates: sequencesIn(certificates), crls: sequencesIn(crls) };
}

/** Other tags are attribute certificates and other formats (RFC 5652 §10.2). */
function sequencesIn(set: Element | undefined): Element[] {
  const found: Element[] = [];
  if (set === undefined) return found;
  for (const element of set.children()) if (element.tag === TAG.sequence) found.push(element);
  return found;
}
