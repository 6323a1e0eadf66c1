/**
 * From a password to a key: PKCS#12's derivation (RFC 7292 appendix B), PKCS#5 v1.5 (RFC 8018 §5.1) and the one
 * of OpenSSL's traditional keys. All deliberately slow, so the work a file may ask for is bounded.
 */
import { createHash } from "node:crypto";

/** Cost of all derivations for one file, in rounds of native PBKDF2: some five seconds at most. */
const MAX_COST = 10_000_000;

/** A round in JavaScript costs about twice a native one. */
export const SCRIPT_ROUND = 2;

/** Spends what the passwords of one file may cost. */
export class RoundBudget {
  #left = MAX_COST;

  /** False: this file asks for more than anyone means. */
  spend(cost: number): boolean {
    if (!(cost >= 1) || cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }
}

/** What the derived octets are for (RFC 7292 appendix B.3). */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** Octets that PKCS#12 hashes into blocks of: 64 for MD5 to SHA-256, 128 above. */
function blockSize(hash: string): number {
  return hash === "sha384" || hash === "sha512" ? 128 : 64;
}

/** UTF-16 with two zero octets at the end; no password at all is no octets (RFC 7292 appendix B.1). */
export function bmpPassword(password: string | undefined): Uint8Array {
  return password === undefined ? new Uint8Array(0) : Buffer.from(`${password}\0`, "utf16le").swap16();
}

export function pkcs12Derive(
  hash: string,
  purpose: number,
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Buffer {
  const block = blockSize(hash);
  const diversifier = Buffer.alloc(block, purpose);
  const input = Buffer.concat([repeated(salt, block), repeated(password, block)]);
  const out: Buffer[] = [];
  for (let made = 0; made < length; ) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < rounds; round++) digest = createHash(hash).update(digest).digest();
    out.push(digest);
    made += digest.length;
    const addend = repeated(digest, block).subarray(0, block);
    for (let at = 0; at < input.length; at += block) addOne(input.subarray(at, at + block), addend);
  }
  return Buffer.concat(out).subarray(0, length);
}

/** `source` over and over, up to a whole number of blocks. */
function repeated(source: Uint8Array, block: number): Buffer {
  if (source.length === 0) return Buffer.alloc(0);
  return Buffer.alloc(Math.ceil(source.length / block) * block, source);
}

/** target += addend + 1, as big-endian numbers modulo their size. */
function addOne(target: Uint8Array, addend: Uint8Array): void {
  let carry = 1;
  for (let at = target.length - 1; at >= 0; at--) {
    const sum = target[at]! + addend[at]! + carry;
    target[at] = sum;
    carry = sum >> 8;
  }
}

export function pbkdf1(hash: string, password: Uint8Array, salt: Uint8Array, rounds: number): Buffer {
  let digest = createHash(hash).update(password).update(salt).digest();
  for (let round = 1; round < rounds; round++) digest = createHash(hash).update(digest).digest();
  return digest;
}

/** OpenSSL's EVP_BytesToKey with MD5 and one round: the key of a `DEK-Info` block. */
export function opensslDerive(password: Uint8Array, salt: Uint8Array, length: number): Buffer {
  const out: Buffer[] = [];
  let previous: Buffer = Buffer.alloc(0);
  for (let made = 0; made < length; made += previous.length) {
    previous = createHash("md5").update(previous).update(password).update(salt).digest();
    out.push(previous);
  }
  return Buffer.concat(out).subarray(0, length);
}
