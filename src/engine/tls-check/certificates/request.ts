/**
 * Certificate signing requests (PKCS#10, RFC 2986): what they ask for, and whether the asker has the key.
 */
import { context, DerFault, type Element, fieldsOf, TAG } from "./der/element.ts";
import { oid } from "./der/values.ts";
import { readName } from "./distinguished-name.ts";
import { readExtensionList, readExtensions } from "./extensions.ts";
import type { CertificateRequest, GeneralName } from "./model.ts";
import { readPublicKey } from "./public-key.ts";
import { readSigned } from "./signed.ts";
import { verifySignature } from "./verify-signature.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
/** Microsoft's name for the same attribute. */
const MS_EXTENSION_REQUEST = "1.3.6.1.4.1.311.2.1.14";

/** @throws DerFault */
export function readRequest(root: Element): CertificateRequest {
  const { body, algorithm, signature, rest } = readSigned(root, "request");
  rest.end();
  const fields = fieldsOf(body, "request");
  fields.required(TAG.integer, "version");
  const subject = readName(fields.required(TAG.sequence, "subject"), "subject");
  const publicKey = readPublicKey(fields.required(TAG.sequence, "public key"));
  const attributes = fields.optional(context(0));
  return {
    kind: "request",
    der: root.bytes,
    subject,
    publicKey,
    subjectAltNames: attributes === undefined ? undefined : namesAskedFor(attributes),
    signatureAlgorithm: algorithm.name,
    signatureHash: algorithm.hash,
    signatureValid: verifySignature(algorithm, publicKey, body.bytes, signature),
  };
}

function namesAskedFor(attributes: Element): readonly GeneralName[] | undefined {
  for (const attribute of attributes.children()) {
    const fields = fieldsOf(attribute, "attribute");
    const type = oid(fields.required(TAG.oid, "type"));
    if (type !== EXTENSION_REQUEST && type !== MS_EXTENSION_REQUEST) continue;
    const [list] = fields.required(TAG.set, "values").children();
    if (list === undefined) throw new DerFault("a request for extensions without any", attribute.start);
    return readExtensions(readExtensionList(list, "request"), list.oddities).subjectAltNames;
  }
  return undefined;
}
