/** Public keys and signature hashes by today's measure (NIST SP 800-131A, Baseline Requirements section 6.1.5). */
import type { PublicKey } from "../../certificates/model.ts";
import type { Severity } from "../rule.ts";

export interface Weakness {
  readonly severity: Severity;
  /** A clause: `an RSA key of 1024 bits …`. */
  readonly what: string;
}

export function describeKey(key: PublicKey): string {
  switch (key.type) {
    case "rsa":
      return `RSA ${key.bits}`;
    case "dsa":
      return `DSA ${key.bits}`;
    case "ec":
      return `EC ${key.curve ?? `of ${key.bits} bits`}`;
    case "ed25519":
      return "Ed25519";
    case "ed448":
      return "Ed448";
    case "ml-dsa":
      return key.curve ?? "ML-DSA";
    default:
      return `a key of type ${key.algorithmOid}`;
  }
}

/** Size and kind only; the RSA exponent has its own rule. A size that is not known (0) is not judged. */
export function keyWeakness(key: PublicKey): Weakness | undefined {
  if (key.type === "dsa") {
    return { severity: "high", what: `a DSA key of ${key.bits} bits, a kind that TLS has given up` };
  }
  if (key.bits <= 0) return undefined;
  if (key.type === "rsa") {
    if (key.modulus !== undefined && key.modulus > 0n && key.modulus % 2n === 0n) {
      return { severity: "critical", what: "an RSA key whose modulus is even, which anyone can factor" };
    }
    if (key.bits < 1024) {
      return { severity: "critical", what: `an RSA key of ${key.bits} bits, which can be factored` };
    }
    if (key.bits < 2048) return { severity: "high", what: `an RSA key of ${key.bits} bits, below 2048` };
  }
  if (key.type === "ec") {
    if (key.bits < 160) return { severity: "critical", what: `an EC key of ${key.bits} bits, within reach` };
    if (key.bits < 224) return { severity: "high", what: `an EC key of ${key.bits} bits, below 224` };
  }
  return undefined;
}

/** Undefined for sound hashes and for schemes that have none of their own. */
export function hashWeakness(hash: string | undefined): Weakness | undefined {
  const name = hash?.toLowerCase().replace("-", "");
  if (name === "md2" || name === "md4" || name === "md5") {
    return { severity: "critical", what: `${name.toUpperCase()}, for which collisions take seconds` };
  }
  if (name === "sha1") return { severity: "high", what: "SHA-1, for which collisions have been made" };
  return undefined;
}
