/**
 * Masking (RFC 6455 section 5.3): each byte is XORed with one of the key's four, in turn. Its own inverse, done in
 * place, a word at a time.
 *
 * A key is a 32-bit integer whose highest byte comes first on the wire.
 */
import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";

/** Below this a word view costs more than it saves. */
const WORDWISE_BYTES = 48;
const WORDS_A_TURN = 8;

const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

/**
 * Masks or unmasks bytes `start` to `end` in place. `phase`: how many bytes of the payload came before, when it is
 * masked in pieces.
 */
export function maskInPlace(bytes: Buffer, start: number, end: number, key: number, phase = 0): void {
  let at = start;
  // The key as it meets the first of these bytes.
  let turned = rotated(key, phase);
  if (end - start >= WORDWISE_BYTES) {
    const before = -(bytes.byteOffset + start) & 3;
    maskBytes(bytes, start, start + before, turned);
    at = start + before;
    turned = rotated(turned, before);
    at += maskWords(bytes, at, (end - at) >> 2, turned) * 4;
  }
  maskBytes(bytes, at, end, turned);
}

function rotated(key: number, by: number): number {
  const bits = (by & 3) * 8;
  // A shift by 32 is a shift by 0 in JavaScript, and key | key is the key.
  return (key << bits) | (key >>> (32 - bits));
}

function maskBytes(bytes: Buffer, start: number, end: number, key: number): void {
  const first = key >>> 24;
  const second = (key >>> 16) & 0xff;
  const third = (key >>> 8) & 0xff;
  const fourth = key & 0xff;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    bytes[at]! ^= first;
    bytes[at + 1]! ^= second;
    bytes[at + 2]! ^= third;
    bytes[at + 3]! ^= fourth;
  }
  if (at < end) bytes[at]! ^= first;
  if (at + 1 < end) bytes[at + 1]! ^= second;
  if (at + 2 < end) bytes[at + 2]! ^= third;
}

/** Masks `count` words from an aligned offset; returns how many. */
function maskWords(bytes: Buffer, start: number, count: number, key: number): number {
  keyBytes[0] = key >>> 24;
  keyBytes[1] = key >>> 16;
  keyBytes[2] = key >>> 8;
  keyBytes[3] = key;
  const word = keyWord[0]!;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, count);
  const turns = count - (count % WORDS_A_TURN);
  let at = 0;
  for (; at < turns; at += WORDS_A_TURN) {
    words[at]! ^= word;
    words[at + 1]! ^= word;
    words[at + 2]! ^= word;
    words[at + 3]! ^= word;
    words[at + 4]! ^= word;
    words[at + 5]! ^= word;
    words[at + 6]! ^= word;
    words[at + 7]! ^= word;
  }
  for (; at < count; at++) words[at]! ^= word;
  return count;
}

/**
 * Masking keys that nobody can foretell (section 5.3), taken from the system's random source by the thousand: asking
 * it for each frame would cost more than the frame.
 */
export class MaskKeys {
  readonly #keys = new Int32Array(1024);
  #at = this.#keys.length;

  next(): number {
    if (this.#at === this.#keys.length) {
      randomFillSync(this.#keys);
      this.#at = 0;
    }
    return this.#keys[this.#at++]!;
  }
}

/** The key as its four bytes, for tests and traces. */
export function maskBytesOf(key: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(key | 0);
  return bytes;
}
