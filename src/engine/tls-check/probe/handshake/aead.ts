/**
 * One sealing and one opening with an AEAD of node:crypto, whichever mode it is.
 */
import {
  type CipherCCM,
  type CipherCCMTypes,
  createCipheriv,
  createDecipheriv,
  type DecipherCCM,
} from "node:crypto";
import type { AeadSpec } from "./cipher-spec.ts";

// GCM, CCM and ChaCha20-Poly1305 have one shape at run time; the types name CCM only with its literal names.
type Algorithm = CipherCCMTypes;

export function seal(
  { algorithm, tagBytes }: AeadSpec,
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const cipher: CipherCCM = createCipheriv(algorithm as Algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(additional, { plaintextLength: plaintext.length });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when the tag does not fit. */
export function open(
  { algorithm, tagBytes }: AeadSpec,
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const length = sealed.length - tagBytes;
  if (length < 0) return undefined;
  try {
    const decipher: DecipherCCM = createDecipheriv(algorithm as Algorithm, key, nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAAD(additional, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    // The only thing left to fail is the tag: keys and lengths were checked above.
    return undefined;
  }
}

/** The nonce of a record: the sequence number in the low bytes of the IV (RFC 8446 §5.3, RFC 7905 §2). */
export function recordNonce(iv: Uint8Array, sequence: bigint): Buffer {
  const nonce = Buffer.from(iv);
  const low = nonce.length - 8;
  nonce.writeBigUInt64BE(nonce.readBigUInt64BE(low) ^ sequence, low);
  return nonce;
}
