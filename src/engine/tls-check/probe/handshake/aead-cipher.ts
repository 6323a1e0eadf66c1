/**
 * Records of AEAD suites, in TLS 1.3 (RFC 8446 §5.2) and in TLS 1.2 (RFC 5246 §6.2.3.3, RFC 7905).
 */
import { encodeRecord, RECORD } from "../../../../core/framing/tls/record.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";
import { open, recordNonce, seal } from "./aead.ts";
import type { AeadSpec } from "./cipher-spec.ts";
import { expandLabel, type HandshakeHash } from "./key-schedule.ts";
import type { WriteKeys } from "./prf.ts";
import { badRecord, type Opened, type RecordCipher, recordPrefix } from "./record-cipher.ts";

const EMPTY = Buffer.alloc(0);
const EXPLICIT_NONCE_BYTES = 8;

/** TLS 1.3: everything looks like application data, its type is inside. */
export class ModernCipher implements RecordCipher {
  readonly #spec: AeadSpec;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0n;

  constructor(spec: AeadSpec, hash: HandshakeHash, trafficSecret: Uint8Array) {
    this.#spec = spec;
    this.#key = expandLabel(hash, trafficSecret, "key", EMPTY, spec.keyBytes);
    this.#iv = expandLabel(hash, trafficSecret, "iv", EMPTY, 12);
  }

  seal(type: number, content: Uint8Array): Buffer {
    const inner = Buffer.concat([content, Buffer.from([type])]);
    const header = Buffer.from([RECORD.applicationData, 3, 3, 0, 0]);
    header.writeUInt16BE(inner.length + this.#spec.tagBytes, 3);
    const nonce = recordNonce(this.#iv, this.#sequence++);
    return Buffer.concat([header, seal(this.#spec, this.#key, nonce, header, inner)]);
  }

  open(type: number, version: number, payload: Buffer): Opened | TlsViolation {
    const header = Buffer.from([
      type,
      version >> 8,
      version & 0xff,
      payload.length >> 8,
      payload.length & 0xff,
    ]);
    const nonce = recordNonce(this.#iv, this.#sequence++);
    const inner = open(this.#spec, this.#key, nonce, header, payload);
    if (inner === undefined) return badRecord("RFC 8446 §5.2");
    // Zeros after the type are padding.
    let end = inner.length - 1;
    while (end >= 0 && inner[end] === 0) end--;
    if (end < 0) return violation("a record of nothing but padding", "RFC 8446 §5.4");
    return { kind: "opened", type: inner[end]!, content: inner.subarray(0, end) };
  }
}

/** TLS 1.2 with GCM or CCM (explicit nonce of 8 bytes) or ChaCha20-Poly1305 (none). */
export class ClassicAeadCipher implements RecordCipher {
  readonly #spec: AeadSpec;
  readonly #keys: WriteKeys;
  readonly #version: number;
  readonly #explicit: boolean;
  #sequence = 0n;

  constructor(spec: AeadSpec, keys: WriteKeys, version: number) {
    this.#spec = spec;
    this.#keys = keys;
    this.#version = version;
    this.#explicit = spec.fixedIvBytes < 12;
  }

  seal(type: number, content: Uint8Array): Buffer {
    const sequence = this.#sequence++;
    const explicit = Buffer.alloc(this.#explicit ? EXPLICIT_NONCE_BYTES : 0);
    if (this.#explicit) explicit.writeBigUInt64BE(sequence);
    const additional = recordPrefix(sequence, type, this.#version, content.length);
    const sealed = seal(this.#spec, this.#keys.key, this.#nonce(sequence, explicit), additional, content);
    return encodeRecord(type, this.#version, Buffer.concat([explicit, sealed]));
  }

  open(type: number, version: number, payload: Buffer): Opened | TlsViolation {
    const sequence = this.#sequence++;
    const explicit = payload.subarray(0, this.#explicit ? EXPLICIT_NONCE_BYTES : 0);
    const sealed = payload.subarray(explicit.length);
    const length = sealed.length - this.#spec.tagBytes;
    if (length < 0 || (this.#explicit && explicit.length < EXPLICIT_NONCE_BYTES)) {
      return badRecord("RFC 5246 §6.2.3.3");
    }
    const additional = recordPrefix(sequence, type, version, length);
    const content = open(this.#spec, this.#keys.key, this.#nonce(sequence, explicit), additional, sealed);
    return content === undefined ? badRecord("RFC 5246 §6.2.3.3") : { kind: "opened", type, content };
  }

  #nonce(sequence: bigint, explicit: Uint8Array): Buffer {
    if (this.#explicit) return Buffer.concat([this.#keys.iv, explicit]);
    return recordNonce(this.#keys.iv, sequence);
  }
}
