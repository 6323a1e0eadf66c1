/**
 * The key schedule of TLS 1.3 (RFC 8446 §7.1), as far as a client needs it. Checked against RFC 8448.
 *
 *     PSK or 0 ─► early ──derived──► handshake ◄─ shared secret ──derived──► master
 *                  │ binder, c e traffic │ c/s hs traffic                     │ c/s ap traffic, res master
 */
import { createHash, createHmac } from "node:crypto";

export type HandshakeHash = "sha256" | "sha384";

export const HASH_BYTES: Record<HandshakeHash, number> = { sha256: 32, sha384: 48 };

const EMPTY = Buffer.alloc(0);

export function digest(hash: string, ...parts: readonly Uint8Array[]): Buffer {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

export function hmac(hash: string, key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const state = createHmac(hash, key);
  for (const part of parts) state.update(part);
  return state.digest();
}

/** HKDF-Extract (RFC 5869 §2.2). */
export function extract(hash: HandshakeHash, salt: Uint8Array, material: Uint8Array): Buffer {
  return hmac(hash, salt, material);
}

/** HKDF-Expand-Label; `label` without its prefix. */
export function expandLabel(
  hash: HandshakeHash,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Buffer {
  const name = Buffer.from(`tls13 ${label}`, "latin1");
  const info = Buffer.concat([
    Buffer.from([lengthBytes >> 8, lengthBytes & 0xff, name.length]),
    name,
    Buffer.from([context.length]),
    context,
  ]);
  let block: Buffer = EMPTY;
  let output: Buffer = EMPTY;
  for (let counter = 1; output.length < lengthBytes; counter++) {
    block = hmac(hash, secret, block, info, Buffer.from([counter]));
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, lengthBytes);
}

/** Derive-Secret, given the hash of the messages so far. */
export function deriveSecret(
  hash: HandshakeHash,
  secret: Uint8Array,
  label: string,
  transcriptHash: Uint8Array,
): Buffer {
  return expandLabel(hash, secret, label, transcriptHash, HASH_BYTES[hash]);
}

/** `verify_data` of Finished, and a PSK binder likewise (RFC 8446 §4.4.4, §4.2.11.2). */
export function finishedMac(hash: HandshakeHash, baseKey: Uint8Array, transcriptHash: Uint8Array): Buffer {
  return hmac(hash, expandLabel(hash, baseKey, "finished", EMPTY, HASH_BYTES[hash]), transcriptHash);
}

/** The pre-shared key that a ticket stands for (RFC 8446 §4.6.1). */
export function ticketPsk(hash: HandshakeHash, resumptionSecret: Uint8Array, nonce: Uint8Array): Buffer {
  return expandLabel(hash, resumptionSecret, "resumption", nonce, HASH_BYTES[hash]);
}

export interface TrafficSecrets {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** Moves through its three stages in order; each call of `enter…` is allowed once. */
export class KeySchedule {
  readonly hash: HandshakeHash;
  #secret: Buffer;
  readonly #emptyHash: Buffer;

  constructor(hash: HandshakeHash, psk?: Uint8Array) {
    this.hash = hash;
    this.#emptyHash = digest(hash);
    this.#secret = extract(hash, EMPTY, psk ?? Buffer.alloc(HASH_BYTES[hash]));
  }

  /** The secret of the present stage, for tests. */
  get secret(): Buffer {
    return this.#secret;
  }

  /** Early stage: authenticates a resumption PSK. */
  binderKey(): Buffer {
    return deriveSecret(this.hash, this.#secret, "res binder", this.#emptyHash);
  }

  /** Early stage: protects 0-RTT data. */
  earlyTraffic(helloHash: Uint8Array): Buffer {
    return deriveSecret(this.hash, this.#secret, "c e traffic", helloHash);
  }

  /** @param sharedSecret of the key exchange; undefined for psk_ke */
  enterHandshake(sharedSecret: Uint8Array | undefined, helloHash: Uint8Array): TrafficSecrets {
    this.#next(sharedSecret);
    return this.#traffic("hs", helloHash);
  }

  /** @param finishedHash of the messages up to the server's Finished */
  enterMaster(finishedHash: Uint8Array): TrafficSecrets {
    this.#next(undefined);
    return this.#traffic("ap", finishedHash);
  }

  /** Master stage. @param handshakeHash of the messages up to the client's Finished */
  resumptionSecret(handshakeHash: Uint8Array): Buffer {
    return deriveSecret(this.hash, this.#secret, "res master", handshakeHash);
  }

  #next(material: Uint8Array | undefined): void {
    const salt = deriveSecret(this.hash, this.#secret, "derived", this.#emptyHash);
    this.#secret = extract(this.hash, salt, material ?? Buffer.alloc(HASH_BYTES[this.hash]));
  }

  #traffic(stage: "hs" | "ap", transcriptHash: Uint8Array): TrafficSecrets {
    return {
      client: deriveSecret(this.hash, this.#secret, `c ${stage} traffic`, transcriptHash),
      server: deriveSecret(this.hash, this.#secret, `s ${stage} traffic`, transcriptHash),
    };
  }
}
