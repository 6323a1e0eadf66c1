/**
 * Signature algorithms: what an AlgorithmIdentifier names, which hash it uses, how node:crypto verifies it.
 * Names are OpenSSL's; identifiers from RFC 3279, 4055, 5758, 8410, 8692, 9881, 9909 and FIPS 186-5.
 */
import { context, type Element, Fields, fieldsOf, TAG } from "./der/element.ts";
import { oid, smallInteger } from "./der/values.ts";

export type SignatureFamily = "rsa" | "rsa-pss" | "ecdsa" | "dsa" | "hashless" | "unknown";

export interface SignatureAlgorithm {
  readonly oid: string;
  readonly name: string;
  readonly family: SignatureFamily;
  /** As node:crypto names it; undefined when the scheme has none to choose, or it is unknown. */
  readonly hash: string | undefined;
  /** RSASSA-PSS only. */
  readonly saltLength: number | undefined;
}

type Row = readonly [oid: string, name: string, family: SignatureFamily, hash?: string];

const ROWS: readonly Row[] = [
  ["1.2.840.113549.1.1.2", "md2WithRSAEncryption", "rsa", "md2"],
  ["1.2.840.113549.1.1.3", "md4WithRSAEncryption", "rsa", "md4"],
  ["1.2.840.113549.1.1.4", "md5WithRSAEncryption", "rsa", "md5"],
  ["1.3.14.3.2.3", "md5WithRSA", "rsa", "md5"],
  ["1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "rsa", "sha1"],
  ["1.3.14.3.2.29", "sha1WithRSA", "rsa", "sha1"],
  ["1.3.36.3.3.1.2", "ripemd160WithRSA", "rsa", "ripemd160"],
  ["1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "rsa", "sha224"],
  ["1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "rsa", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "rsa", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "rsa", "sha512"],
  ["1.2.840.113549.1.1.15", "sha512-224WithRSAEncryption", "rsa", "sha512-224"],
  ["1.2.840.113549.1.1.16", "sha512-256WithRSAEncryption", "rsa", "sha512-256"],
  ["2.16.840.1.101.3.4.3.13", "RSA-SHA3-224", "rsa", "sha3-224"],
  ["2.16.840.1.101.3.4.3.14", "RSA-SHA3-256", "rsa", "sha3-256"],
  ["2.16.840.1.101.3.4.3.15", "RSA-SHA3-384", "rsa", "sha3-384"],
  ["2.16.840.1.101.3.4.3.16", "RSA-SHA3-512", "rsa", "sha3-512"],
  ["1.2.840.113549.1.1.10", "rsassaPss", "rsa-pss"],
  ["1.2.840.10045.4.1", "ecdsa-with-SHA1", "ecdsa", "sha1"],
  ["1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "ecdsa", "sha224"],
  ["1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "ecdsa", "sha256"],
  ["1.2.840.10045.4.3.3", "ecdsa-with-SHA384", "ecdsa", "sha384"],
  ["1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "ecdsa", "sha512"],
  ["2.16.840.1.101.3.4.3.9", "ecdsa_with_SHA3-224", "ecdsa", "sha3-224"],
  ["2.16.840.1.101.3.4.3.10", "ecdsa_with_SHA3-256", "ecdsa", "sha3-256"],
  ["2.16.840.1.101.3.4.3.11", "ecdsa_with_SHA3-384", "ecdsa", "sha3-384"],
  ["2.16.840.1.101.3.4.3.12", "ecdsa_with_SHA3-512", "ecdsa", "sha3-512"],
  ["1.2.840.10040.4.3", "dsaWithSHA1", "dsa", "sha1"],
  ["1.3.14.3.2.27", "dsaWithSHA1-old", "dsa", "sha1"],
  ["2.16.840.1.101.3.4.3.1", "dsa_with_SHA224", "dsa", "sha224"],
  ["2.16.840.1.101.3.4.3.2", "dsa_with_SHA256", "dsa", "sha256"],
  ["2.16.840.1.101.3.4.3.3", "dsa_with_SHA384", "dsa", "sha384"],
  ["2.16.840.1.101.3.4.3.4", "dsa_with_SHA512", "dsa", "sha512"],
  ["1.3.101.112", "ED25519", "hashless"],
  ["1.3.101.113", "ED448", "hashless"],
  ["2.16.840.1.101.3.4.3.17", "ML-DSA-44", "hashless"],
  ["2.16.840.1.101.3.4.3.18", "ML-DSA-65", "hashless"],
  ["2.16.840.1.101.3.4.3.19", "ML-DSA-87", "hashless"],
  ["2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", "hashless"],
  ["2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f", "hashless"],
  ["2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s", "hashless"],
  ["2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f", "hashless"],
  ["2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s", "hashless"],
  ["2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f", "hashless"],
  ["2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s", "hashless"],
  ["2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f", "hashless"],
  ["2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s", "hashless"],
  ["2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f", "hashless"],
  ["2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s", "hashless"],
  ["2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f", "hashless"],
  ["1.2.156.10197.1.501", "SM2-with-SM3", "unknown", "sm3"],
  ["1.2.643.7.1.1.3.2", "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bit)", "unknown"],
  ["1.2.643.7.1.1.3.3", "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bit)", "unknown"],
];

const BY_OID = new Map(ROWS.map((row) => [row[0], row]));

const HASHES: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.5": "md5",
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
  "2.16.840.1.101.3.4.2.5": "sha512-224",
  "2.16.840.1.101.3.4.2.6": "sha512-256",
  "2.16.840.1.101.3.4.2.7": "sha3-224",
  "2.16.840.1.101.3.4.2.8": "sha3-256",
  "2.16.840.1.101.3.4.2.9": "sha3-384",
  "2.16.840.1.101.3.4.2.10": "sha3-512",
};

/** Hash that an OID names, as node:crypto calls it. */
export function hashName(hashOid: string): string | undefined {
  return HASHES[hashOid];
}

export function readSignatureAlgorithm(element: Element): SignatureAlgorithm {
  const fields = fieldsOf(element, "signature algorithm");
  const identifier = oid(fields.required(TAG.oid, "identifier"));
  const row = BY_OID.get(identifier);
  const parameters = fields.nextTag === undefined ? undefined : fields.required(undefined, "parameters");
  fields.end();
  if (row === undefined) {
    return { oid: identifier, name: identifier, family: "unknown", hash: undefined, saltLength: undefined };
  }
  const [, name, family, hash] = row;
  if (family === "rsa-pss") return readPss(identifier, name, parameters, element);
  noteParameters(element, name, family, parameters);
  return { oid: identifier, name, family, hash, saltLength: undefined };
}

/** RSA wants NULL (RFC 4055 §5), the others nothing at all (RFC 5758 §3, RFC 8410 §3). */
function noteParameters(
  element: Element,
  name: string,
  family: SignatureFamily,
  parameters: Element | undefined,
) {
  if (family === "rsa" && parameters?.tag !== TAG.null) element.note(`${name} without its NULL parameters`);
  if ((family === "ecdsa" || family === "dsa" || family === "hashless") && parameters !== undefined) {
    element.note(`${name} with parameters, where none may be`);
  }
}

/** RFC 4055 §3.1: defaults are SHA-1 and a salt of 20 octets. */
function readPss(
  identifier: string,
  name: string,
  parameters: Element | undefined,
  whole: Element,
): SignatureAlgorithm {
  let hash: string | undefined = "sha1";
  let maskHash: string | undefined = "sha1";
  let saltLength = 20;
  if (parameters === undefined || parameters.tag !== TAG.sequence) {
    whole.note("RSASSA-PSS signature without parameters");
  } else {
    const fields = new Fields(parameters, "RSASSA-PSS parameters");
    const hashField = fields.optional(context(0));
    if (hashField !== undefined) hash = hashName(algorithmOid(hashField.inner()));
    const mask = fields.optional(context(1));
    if (mask !== undefined) {
      const generator = fieldsOf(mask.inner(), "mask generation");
      generator.required(TAG.oid, "algorithm");
      maskHash = hashName(algorithmOid(generator.required(TAG.sequence, "hash")));
    }
    const salt = fields.optional(context(2));
    if (salt !== undefined) saltLength = smallInteger(salt.inner());
    fields.optional(context(3));
    fields.end();
  }
  if (hash !== maskHash) {
    whole.note("RSASSA-PSS with one hash for the message and another for the mask");
    // node:crypto verifies with one hash for both.
    return { oid: identifier, name, family: "unknown", hash, saltLength };
  }
  return { oid: identifier, name, family: "rsa-pss", hash, saltLength };
}

/** OID of an AlgorithmIdentifier, parameters left aside. */
export function algorithmOid(element: Element): string {
  return oid(fieldsOf(element, "algorithm").required(TAG.oid, "identifier"));
}
