/**
 * Key exchange: a key pair of a named group, what the peer is sent of it, and what both then share
 * (RFC 8446 §4.2.8, §7.4; RFC 8422 §5; RFC 7748; RFC 8734). Finite fields are in `finite-fields.ts`.
 */
import {
  createDiffieHellman,
  createECDH,
  createPublicKey,
  type DiffieHellman,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto";
import { finiteField, isFiniteField } from "./finite-fields.ts";

export interface KeyPair {
  /** As it goes on the wire. */
  readonly publicKey: Buffer;
  /** Undefined when the peer's key is none. */
  agree(peerKey: Uint8Array): Buffer | undefined;
}

export interface KeyShare extends KeyPair {
  readonly group: number;
}

/** Edwards curves in Montgomery form: 32 or 56 bytes, wrapped in an SPKI prefix for node:crypto (RFC 8410 §4). */
const MONTGOMERY = {
  29: { type: "x25519", spkiPrefix: "302a300506032b656e032100" },
  30: { type: "x448", spkiPrefix: "3042300506032b656f033900" },
} as const;

/** Weierstrass curves as OpenSSL names them. Brainpool has other code points in TLS 1.3. */
const WEIERSTRASS: ReadonlyMap<number, string> = new Map([
  [0x0016, "secp256k1"],
  [0x0017, "prime256v1"],
  [0x0018, "secp384r1"],
  [0x0019, "secp521r1"],
  [0x001a, "brainpoolP256r1"],
  [0x001b, "brainpoolP384r1"],
  [0x001c, "brainpoolP512r1"],
  [0x001f, "brainpoolP256r1"],
  [0x0020, "brainpoolP384r1"],
  [0x0021, "brainpoolP512r1"],
]);

/** Groups that `makeKeyShare` knows, the usual and quick ones first. */
export const COMPUTABLE_GROUPS: readonly number[] = [
  0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001f, 0x0020, 0x0021, 0x001a, 0x001b, 0x001c, 0x0016, 0x0100,
  0x0101, 0x0102, 0x0103, 0x0104,
];

/** A fresh key pair; undefined for groups that cannot be computed here (ML-KEM and its hybrids among them). */
export function makeKeyShare(group: number): KeyShare | undefined {
  if (group === 0x001d || group === 0x001e) return { group, ...montgomery(group) };
  const curve = WEIERSTRASS.get(group);
  if (curve !== undefined) return { group, ...weierstrass(curve) };
  if (!isFiniteField(group)) return undefined;
  const { prime, generator } = finiteField(group);
  const pair = fieldPair(prime, generator);
  return pair === undefined ? undefined : { group, ...pair };
}

/**
 * Diffie-Hellman with the parameters of the peer; undefined when they are unusable. Public key and secret are
 * as long as the prime (RFC 8446 §7.4.1); up to TLS 1.2 `stripLeadingZeros` the secret (RFC 5246 §8.1.2).
 */
export function fieldPair(prime: Uint8Array, generator: Uint8Array): KeyPair | undefined {
  let pair: DiffieHellman;
  let publicKey: Buffer;
  try {
    pair = createDiffieHellman(prime, generator);
    publicKey = leftPad(pair.generateKeys(), prime.length);
  } catch {
    // Too small, even, or no number to compute with: OpenSSL's reasons do not matter.
    return undefined;
  }
  return { publicKey, agree: (peerKey) => attempt(() => leftPad(pair.computeSecret(peerKey), prime.length)) };
}

export function stripLeadingZeros(secret: Buffer): Buffer {
  const first = secret.findIndex((byte) => byte !== 0);
  return first < 0 ? secret : secret.subarray(first);
}

function montgomery(group: keyof typeof MONTGOMERY): KeyPair {
  const { type, spkiPrefix } = MONTGOMERY[group];
  const prefix = Buffer.from(spkiPrefix, "hex");
  const { publicKey, privateKey } =
    type === "x25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("x448");
  const spki = publicKey.export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(prefix.length),
    agree: (peerKey) =>
      attempt(() => {
        const peer = createPublicKey({ key: Buffer.concat([prefix, peerKey]), format: "der", type: "spki" });
        return diffieHellman({ privateKey, publicKey: peer });
      }),
  };
}

function weierstrass(curve: string): KeyPair {
  const pair = createECDH(curve);
  const publicKey = pair.generateKeys();
  return { publicKey, agree: (peerKey) => attempt(() => pair.computeSecret(peerKey)) };
}

/** OpenSSL throws at a key that is not on its curve, or of the wrong length. */
function attempt(agree: () => Buffer): Buffer | undefined {
  try {
    return agree();
  } catch {
    return undefined;
  }
}

function leftPad(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes;
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}
