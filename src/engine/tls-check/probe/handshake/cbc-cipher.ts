/**
 * CBC with HMAC, TLS 1.0 to 1.2: MAC, then pad, then encrypt (RFC 5246 §6.2.3.2), or encrypt, then MAC
 * (RFC 7366). TLS 1.0 goes on with the last block of the record before as its IV; later versions send one.
 *
 * It can make records whose padding or MAC is wrong on purpose. It opens what a server sends with one answer
 * for every fault, but not in constant time: nobody's secrets are at stake in a probe.
 */
import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from "node:crypto";
import { encodeRecord, VERSION } from "../../../../core/framing/tls/record.ts";
import type { TlsViolation } from "../../../../core/framing/tls/violation.ts";
import type { CbcSpec } from "./cipher-spec.ts";
import { hmac } from "./key-schedule.ts";
import type { WriteKeys } from "./prf.ts";
import {
  badRecord,
  type Opened,
  type RecordCipher,
  type RecordFlaws,
  recordPrefix,
} from "./record-cipher.ts";

const SECTION = "RFC 5246 §6.2.3.2";

export class CbcCipher implements RecordCipher {
  readonly #spec: CbcSpec;
  readonly #keys: WriteKeys;
  readonly #version: number;
  readonly #encryptThenMac: boolean;
  #sequence = 0n;
  /** TLS 1.0 only. */
  #chainedIv: Buffer;

  constructor(spec: CbcSpec, keys: WriteKeys, version: number, encryptThenMac: boolean) {
    this.#spec = spec;
    this.#keys = keys;
    this.#version = version;
    this.#encryptThenMac = encryptThenMac;
    this.#chainedIv = keys.iv;
  }

  seal(type: number, content: Uint8Array, flaws: RecordFlaws = {}): Buffer {
    const sequence = this.#sequence++;
    const mac = this.#encryptThenMac ? Buffer.alloc(0) : this.#mac(sequence, type, this.#version, content);
    if (flaws.mac === true && mac.length > 0) mac[0]! ^= 0xff;
    const body = Buffer.concat([content, mac]);
    const encrypted = this.#encrypt(
      Buffer.concat([body, this.#padding(body.length, flaws.padding === true)]),
    );
    if (!this.#encryptThenMac) return encodeRecord(type, this.#version, encrypted);
    const outer = this.#mac(sequence, type, this.#version, encrypted);
    if (flaws.mac === true) outer[0]! ^= 0xff;
    return encodeRecord(type, this.#version, Buffer.concat([encrypted, outer]));
  }

  open(type: number, version: number, payload: Buffer): Opened | TlsViolation {
    const sequence = this.#sequence++;
    const { macBytes } = this.#spec;
    let encrypted = payload;
    if (this.#encryptThenMac) {
      if (payload.length < macBytes) return badRecord(SECTION);
      encrypted = payload.subarray(0, payload.length - macBytes);
      if (!this.#isMac(payload.subarray(encrypted.length), sequence, type, version, encrypted)) {
        return badRecord("RFC 7366 §3");
      }
    }
    const plain = this.#decrypt(encrypted);
    if (plain === undefined || plain.length === 0) return badRecord(SECTION);
    const paddingBytes = plain.at(-1)! + 1;
    const end = plain.length - paddingBytes;
    if (end < 0 || plain.subarray(end).some((byte) => byte !== paddingBytes - 1)) return badRecord(SECTION);
    if (this.#encryptThenMac) return { kind: "opened", type, content: plain.subarray(0, end) };
    if (end < macBytes) return badRecord(SECTION);
    const content = plain.subarray(0, end - macBytes);
    if (!this.#isMac(plain.subarray(content.length, end), sequence, type, version, content)) {
      return badRecord(SECTION);
    }
    return { kind: "opened", type, content };
  }

  #mac(sequence: bigint, type: number, version: number, bytes: Uint8Array): Buffer {
    return hmac(
      this.#spec.macHash,
      this.#keys.mac,
      recordPrefix(sequence, type, version, bytes.length),
      bytes,
    );
  }

  #isMac(mac: Buffer, sequence: bigint, type: number, version: number, bytes: Uint8Array): boolean {
    return timingSafeEqual(mac, this.#mac(sequence, type, version, bytes));
  }

  /** Up to the next block, and a whole block at least, so that there is padding to be wrong. */
  #padding(bodyBytes: number, wrong: boolean): Buffer {
    const { blockBytes } = this.#spec;
    const toBlock = blockBytes - (bodyBytes % blockBytes);
    const bytes = toBlock < 2 ? toBlock + blockBytes : toBlock;
    const padding = Buffer.alloc(bytes, bytes - 1);
    if (wrong) padding.fill((bytes - 1) ^ 0xff, 0, bytes - 1);
    return padding;
  }

  #encrypt(padded: Uint8Array): Buffer {
    const explicit = this.#version >= VERSION.tls11;
    const iv = explicit ? randomBytes(this.#spec.blockBytes) : this.#chainedIv;
    const cipher = createCipheriv(this.#spec.algorithm, this.#keys.key, iv).setAutoPadding(false);
    const encrypted = Buffer.concat([cipher.update(padded), cipher.final()]);
    this.#chainedIv = encrypted.subarray(encrypted.length - this.#spec.blockBytes);
    return explicit ? Buffer.concat([iv, encrypted]) : encrypted;
  }

  #decrypt(encrypted: Buffer): Buffer | undefined {
    const { blockBytes } = this.#spec;
    if (encrypted.length === 0 || encrypted.length % blockBytes !== 0) return undefined;
    const explicit = this.#version >= VERSION.tls11;
    const iv = explicit ? encrypted.subarray(0, blockBytes) : this.#chainedIv;
    const blocks = explicit ? encrypted.subarray(blockBytes) : encrypted;
    if (blocks.length === 0) return undefined;
    this.#chainedIv = blocks.subarray(blocks.length - blockBytes);
    const decipher = createDecipheriv(this.#spec.algorithm, this.#keys.key, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(blocks), decipher.final()]);
  }
}
