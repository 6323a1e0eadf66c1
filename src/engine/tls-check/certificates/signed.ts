/**
 * What certificates, requests, revocation lists and OCSP responses share: a body, the algorithm, the signature
 * (RFC 5280 §4.1.1).
 */
import { type Element, type Fields, fieldsOf, TAG } from "./der/element.ts";
import { wholeBits } from "./der/values.ts";
import { readSignatureAlgorithm, type SignatureAlgorithm } from "./signature-algorithms.ts";

export interface Signed {
  readonly body: Element;
  readonly algorithmElement: Element;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  /** Behind the signature: OCSP responses have certificates there. */
  readonly rest: Fields;
}

export function readSigned(element: Element, what: string): Signed {
  const fields = fieldsOf(element, what);
  const body = fields.required(TAG.sequence, "body");
  const algorithmElement = fields.required(TAG.sequence, "signature algorithm");
  const signature = wholeBits(fields.required(TAG.bitString, "signature"), "signature");
  return {
    body,
    algorithmElement,
    algorithm: readSignatureAlgorithm(algorithmElement),
    signature,
    rest: fields,
  };
}
