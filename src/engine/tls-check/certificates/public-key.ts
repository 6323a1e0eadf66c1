/**
 * Public keys (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7): kind, strength, and what is odd about them.
 */
import { createHash } from "node:crypto";
import { type Element, fieldsOf, TAG } from "./der/element.ts";
import { bitLength, integer, integerBytes, oid, wholeBits } from "./der/values.ts";
import type { PublicKey } from "./model.ts";

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const EC = "1.2.840.10045.2.1";
const DSA = "1.2.840.10040.4.1";

/** A modulus beyond this is not kept as a number: no library verifies with it (OpenSSL stops at 16,384). */
const MAX_MODULUS_BITS = 65_536;

type Curve = readonly [oid: string, name: string, bits: number];

/** RFC 5480, SEC 2, RFC 5639, GB/T 32918. */
const CURVES: readonly Curve[] = [
  ["1.2.840.10045.3.1.7", "P-256", 256],
  ["1.3.132.0.34", "P-384", 384],
  ["1.3.132.0.35", "P-521", 521],
  ["1.2.840.10045.3.1.1", "P-192", 192],
  ["1.3.132.0.33", "P-224", 224],
  ["1.3.132.0.6", "secp112r1", 112],
  ["1.3.132.0.7", "secp112r2", 112],
  ["1.3.132.0.28", "secp128r1", 128],
  ["1.3.132.0.29", "secp128r2", 128],
  ["1.3.132.0.9", "secp160k1", 160],
  ["1.3.132.0.8", "secp160r1", 160],
  ["1.3.132.0.30", "secp160r2", 160],
  ["1.3.132.0.31", "secp192k1", 192],
  ["1.3.132.0.32", "secp224k1", 224],
  ["1.3.132.0.10", "secp256k1", 256],
  ["1.3.132.0.1", "sect163k1", 163],
  ["1.3.132.0.2", "sect163r1", 163],
  ["1.3.132.0.15", "sect163r2", 163],
  ["1.3.132.0.26", "sect233k1", 233],
  ["1.3.132.0.27", "sect233r1", 233],
  ["1.3.132.0.3", "sect239k1", 239],
  ["1.3.132.0.16", "sect283k1", 283],
  ["1.3.132.0.17", "sect283r1", 283],
  ["1.3.132.0.36", "sect409k1", 409],
  ["1.3.132.0.37", "sect409r1", 409],
  ["1.3.132.0.38", "sect571k1", 571],
  ["1.3.132.0.39", "sect571r1", 571],
  ["1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1", 160],
  ["1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1", 192],
  ["1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1", 224],
  ["1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256],
  ["1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1", 256],
  ["1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1", 320],
  ["1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384],
  ["1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1", 384],
  ["1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512],
  ["1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1", 512],
  ["1.2.156.10197.1.301", "SM2", 256],
];

const CURVE_BY_OID = new Map(CURVES.map((curve) => [curve[0], curve]));

type Fixed = readonly [oid: string, type: PublicKey["type"], name: string, bits: number];

/** Algorithms whose identifier alone says everything. Bits: field, or claimed security of the parameter set. */
const FIXED: readonly Fixed[] = [
  ["1.3.101.112", "ed25519", "Ed25519", 256],
  ["1.3.101.113", "ed448", "Ed448", 456],
  ["1.3.101.110", "other", "X25519", 256],
  ["1.3.101.111", "other", "X448", 448],
  ["2.16.840.1.101.3.4.3.17", "ml-dsa", "ML-DSA-44", 128],
  ["2.16.840.1.101.3.4.3.18", "ml-dsa", "ML-DSA-65", 192],
  ["2.16.840.1.101.3.4.3.19", "ml-dsa", "ML-DSA-87", 256],
  ...["SHA2", "SHAKE"].flatMap((hash, family) =>
    ["128s", "128f", "192s", "192f", "256s", "256f"].map(
      (set, index): Fixed => [
        `2.16.840.1.101.3.4.3.${20 + family * 6 + index}`,
        "other",
        `SLH-DSA-${hash}-${set}`,
        Number.parseInt(set, 10),
      ],
    ),
  ),
  ["2.16.840.1.101.3.4.4.1", "other", "ML-KEM-512", 128],
  ["2.16.840.1.101.3.4.4.2", "other", "ML-KEM-768", 192],
  ["2.16.840.1.101.3.4.4.3", "other", "ML-KEM-1024", 256],
];

const FIXED_BY_OID = new Map(FIXED.map((row) => [row[0], row]));

/** What an algorithm identifier alone says of a key, for keys whose public half is not at hand. */
export function keyOfAlgorithm(algorithmOid: string): PublicKey {
  const fixed = FIXED_BY_OID.get(algorithmOid);
  return {
    type: fixed?.[1] ?? "other",
    bits: fixed?.[3] ?? 0,
    curve: fixed?.[2],
    exponent: undefined,
    modulus: undefined,
    algorithmOid,
    spki: new Uint8Array(0),
    spkiSha256: "",
  };
}

export function readPublicKey(element: Element): PublicKey {
  const fields = fieldsOf(element, "public key");
  const algorithm = fieldsOf(fields.required(TAG.sequence, "algorithm"), "key algorithm");
  const keyField = fields.required(TAG.bitString, "key");
  fields.end();
  const algorithmOid = oid(algorithm.required(TAG.oid, "identifier"));
  const parameters =
    algorithm.nextTag === undefined ? undefined : algorithm.required(undefined, "parameters");
  const common = {
    ...keyOfAlgorithm(algorithmOid),
    spki: element.bytes,
    spkiSha256: createHash("sha256").update(element.bytes).digest("hex"),
  };
  switch (algorithmOid) {
    case RSA:
    case RSA_PSS:
      if (algorithmOid === RSA && parameters?.tag !== TAG.null)
        element.note("RSA key without its NULL parameters");
      return { ...common, ...readRsa(keyField) };
    case EC:
      return { ...common, ...readEc(element, keyField, parameters) };
    case DSA:
      return { ...common, type: "dsa", bits: dsaBits(parameters) };
    default:
      if (FIXED_BY_OID.has(algorithmOid) && parameters !== undefined) {
        element.note(`${common.curve} key with parameters, where none may be`);
      }
      return common;
  }
}

function readRsa(keyField: Element): Pick<PublicKey, "type" | "bits" | "modulus" | "exponent"> {
  wholeBits(keyField, "RSA key");
  const key = fieldsOf(keyField.inner(1), "RSA key");
  const modulusField = key.required(TAG.integer, "modulus");
  const exponentField = key.required(TAG.integer, "exponent");
  key.end();
  const modulus = integerBytes(modulusField);
  if (modulus[0]! >= 0x80) keyField.note("RSA key with a negative modulus");
  const bits = bitLength(modulus);
  const known = bits <= MAX_MODULUS_BITS && exponentField.length <= MAX_MODULUS_BITS / 8;
  return {
    type: "rsa",
    bits,
    modulus: known ? integer(modulusField) : undefined,
    exponent: known ? integer(exponentField) : undefined,
  };
}

function readEc(
  element: Element,
  keyField: Element,
  parameters: Element | undefined,
): Pick<PublicKey, "type" | "bits" | "curve"> {
  if (parameters?.tag !== TAG.oid) {
    // Explicit parameters let a key pose as another one (CVE-2020-0601); RFC 5480 §2.1.1 forbids them.
    element.note(
      parameters?.tag === TAG.sequence ? "EC key with explicit parameters" : "EC key without a named curve",
    );
    return { type: "ec", bits: 0, curve: undefined };
  }
  const curveOid = oid(parameters);
  const curve = CURVE_BY_OID.get(curveOid);
  const bits = curve?.[2] ?? 0;
  notePoint(element, wholeBits(keyField, "EC point"), bits);
  return { type: "ec", bits, curve: curve?.[1] ?? curveOid };
}

/** SEC 1 §2.3.3: 04 x y, or 02/03 x. */
function notePoint(element: Element, point: Uint8Array, bits: number): void {
  const size = Math.ceil(bits / 8);
  const form = point[0];
  const due = form === 4 ? 1 + 2 * size : form === 2 || form === 3 ? 1 + size : undefined;
  if (due === undefined) element.note("EC key whose point has an unknown form");
  else if (bits > 0 && due !== point.length)
    element.note("EC key whose point has the wrong length for its curve");
}

function dsaBits(parameters: Element | undefined): number {
  if (parameters?.tag !== TAG.sequence) return 0;
  return bitLength(integerBytes(fieldsOf(parameters, "DSA parameters").required(TAG.integer, "prime")));
}
