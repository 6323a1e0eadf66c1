/**
 * Protection of records, one direction of one connection: the contract. `aead-cipher.ts` and `cbc-cipher.ts`
 * keep it, `ciphers.ts` chooses.
 */
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";

export interface Opened {
  readonly kind: "opened";
  /** The true type: in TLS 1.3 that of the inner plaintext. */
  readonly type: number;
  readonly content: Buffer;
}

/** What is made wrong on purpose, for probes of the padding and MAC checks of CBC suites. */
export interface RecordFlaws {
  /** All padding bytes but the last, which is the length, are other than they must be. */
  readonly padding?: boolean;
  readonly mac?: boolean;
}

export interface RecordCipher {
  /** One whole record, header included. `content` of at most 2^14 bytes. */
  seal(type: number, content: Uint8Array, flaws?: RecordFlaws): Buffer;
  open(type: number, version: number, payload: Buffer): Opened | TlsViolation;
}

export function badRecord(section: string): TlsViolation {
  return violation("a record that does not decrypt", section);
}

/** Sequence number, type, version and length, as MACs and AEADs of TLS ≤ 1.2 cover them (RFC 5246 §6.2.3). */
export function recordPrefix(sequence: bigint, type: number, version: number, length: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeBigUInt64BE(sequence, 0);
  bytes.writeUInt8(type, 8);
  bytes.writeUInt16BE(version, 9);
  bytes.writeUInt16BE(length, 11);
  return bytes;
}
