/** Keys of all kinds, made when first asked for and once per process: RSA takes its time. */
import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { bitString, ctx, type Der, int, nul, oid, seq } from "../der-writer.ts";

export interface TestKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spki: Der;
}

export type KeyKind =
  | "p256"
  | "p384"
  | "p521"
  | "p224"
  | "p192"
  | "secp160r1"
  | "secp256k1"
  | "rsa2048"
  | "rsa1024"
  | "rsa512"
  | "rsa2048e3"
  | "ed25519"
  | "ed448"
  | "dsa1024"
  | "dsa2048";

const CURVES: Partial<Record<KeyKind, string>> = {
  p256: "prime256v1",
  p384: "secp384r1",
  p521: "secp521r1",
  p224: "secp224r1",
  p192: "prime192v1",
  secp160r1: "secp160r1",
  secp256k1: "secp256k1",
};

const made = new Map<string, TestKey>();

/** The key of that kind and name: the same one each time. */
export function testKey(kind: KeyKind = "p256", name = ""): TestKey {
  const known = made.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generate(kind);
  const key = { kind, privateKey, publicKey, spki: publicKey.export({ type: "spki", format: "der" }) };
  made.set(`${kind} ${name}`, key);
  return key;
}

function generate(kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  const curve = CURVES[kind];
  if (curve !== undefined) return generateKeyPairSync("ec", { namedCurve: curve });
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  if (kind === "ed448") return generateKeyPairSync("ed448");
  if (kind === "dsa1024") return generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  if (kind === "dsa2048") return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 });
  const modulusLength = Number(/\d+/.exec(kind)![0]);
  return generateKeyPairSync("rsa", { modulusLength, publicExponent: kind.endsWith("e3") ? 3 : 65537 });
}

export type Hash = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

const RSA: Record<Hash, string> = {
  md5: "1.2.840.113549.1.1.4",
  sha1: "1.2.840.113549.1.1.5",
  sha224: "1.2.840.113549.1.1.14",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
};
const ECDSA: Partial<Record<Hash, string>> = {
  sha1: "1.2.840.10045.4.1",
  sha224: "1.2.840.10045.4.3.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
};
const HASH_OIDS: Record<Hash, string> = {
  md5: "1.2.840.113549.2.5",
  sha1: "1.3.14.3.2.26",
  sha224: "2.16.840.1.101.3.4.2.4",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

export interface Signing {
  readonly hash?: Hash;
  readonly pss?: boolean;
}

export interface Signer {
  readonly algorithm: Der;
  sign(data: Uint8Array): Buffer;
}

/** How `key` signs: AlgorithmIdentifier and signature. */
export function signer(key: TestKey, { hash = "sha256", pss = false }: Signing = {}): Signer {
  if (key.kind === "ed25519" || key.kind === "ed448") {
    return {
      algorithm: seq(oid(key.kind === "ed25519" ? "1.3.101.112" : "1.3.101.113")),
      sign: (data) => sign(null, data, key.privateKey),
    };
  }
  if (key.kind.startsWith("dsa")) {
    const algorithm = hash === "sha1" ? "1.2.840.10040.4.3" : "2.16.840.1.101.3.4.3.2";
    return { algorithm: seq(oid(algorithm)), sign: (data) => sign(hash, data, key.privateKey) };
  }
  if (!key.kind.startsWith("rsa")) {
    return { algorithm: seq(oid(ECDSA[hash]!)), sign: (data) => sign(hash, data, key.privateKey) };
  }
  if (!pss)
    return { algorithm: seq(oid(RSA[hash]), nul()), sign: (data) => sign(hash, data, key.privateKey) };
  const saltLength = 32;
  const hashed = seq(oid(HASH_OIDS[hash]), nul());
  return {
    algorithm: seq(
      oid("1.2.840.113549.1.1.10"),
      seq(ctx(0, hashed), ctx(1, seq(oid("1.2.840.113549.1.1.8"), hashed)), ctx(2, int(saltLength))),
    ),
    sign: (data) =>
      sign(hash, data, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
}

/** body, algorithm, signature: what certificates, requests, lists and responses are. */
export function signed(body: Der, by: Signer, ...rest: readonly Der[]): Der {
  return seq(body, by.algorithm, bitString(by.sign(body)), ...rest);
}
