/**
 * RC2-CBC (RFC 2268) and RC4, decryption only: PKCS#12 files from Windows and old Java lock certificates with
 * them, and OpenSSL 3 no longer has either. Not for anything new.
 */

/** PITABLE, RFC 2268 §2. */
const PI = Buffer.from(
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2" +
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82" +
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7" +
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec" +
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9" +
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad",
  "hex",
);

const BLOCK = 8;
const ROTATIONS = [1, 2, 3, 5] as const;

/** @returns plain text without its padding, or undefined when the padding is wrong (so the key is). */
export function rc2CbcDecrypt(
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array | undefined {
  if (data.length === 0 || data.length % BLOCK !== 0) return undefined;
  const schedule = expandKey(key, effectiveBits);
  const out = Buffer.allocUnsafe(data.length);
  const words = new Uint16Array(4);
  let previous = iv;
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    for (let word = 0; word < 4; word++) words[word] = block[word * 2]! | (block[word * 2 + 1]! << 8);
    decryptBlock(words, schedule);
    for (let octet = 0; octet < BLOCK; octet++) {
      out[at + octet] = ((words[octet >> 1]! >> ((octet & 1) * 8)) & 0xff) ^ previous[octet]!;
    }
    previous = block;
  }
  const padding = out[out.length - 1]!;
  if (padding === 0 || padding > BLOCK) return undefined;
  for (let at = out.length - padding; at < out.length; at++) if (out[at] !== padding) return undefined;
  return out.subarray(0, out.length - padding);
}

/** RFC 2268 §2: 64 words from the key, limited to its effective bits. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const octets = new Uint8Array(128);
  octets.set(key.subarray(0, 128));
  for (let at = key.length; at < 128; at++) {
    octets[at] = PI[(octets[at - 1]! + octets[at - key.length]!) & 0xff]!;
  }
  const effectiveOctets = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (effectiveOctets * 8 - effectiveBits);
  octets[128 - effectiveOctets] = PI[octets[128 - effectiveOctets]! & mask]!;
  for (let at = 127 - effectiveOctets; at >= 0; at--) {
    octets[at] = PI[octets[at + 1]! ^ octets[at + effectiveOctets]!]!;
  }
  return Uint16Array.from({ length: 64 }, (_, word) => octets[word * 2]! | (octets[word * 2 + 1]! << 8));
}

/** RFC 2268 §4: five, six and five rounds of unmixing with a round of unmashing between them. */
function decryptBlock(words: Uint16Array, schedule: Uint16Array): void {
  let next = 63;
  for (let round = 0; round < 16; round++) {
    if (round === 5 || round === 11) {
      for (let word = 3; word >= 0; word--) words[word]! -= schedule[words[(word + 3) & 3]! & 63]!;
    }
    for (let word = 3; word >= 0; word--) {
      const rotation = ROTATIONS[word]!;
      const [a, b, c] = [words[(word + 3) & 3]!, words[(word + 2) & 3]!, words[(word + 1) & 3]!];
      const turned = (words[word]! >> rotation) | (words[word]! << (16 - rotation));
      words[word] = turned - schedule[next--]! - (a & b) - (~a & c);
    }
  }
}

export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 0xff;
    [state[i], state[j]] = [state[j]!, state[i]!];
  }
  let i = 0;
  let j = 0;
  return data.map((byte) => {
    i = (i + 1) & 0xff;
    j = (j + state[i]!) & 0xff;
    [state[i], state[j]] = [state[j]!, state[i]!];
    return byte ^ state[(state[i]! + state[j]!) & 0xff]!;
  });
}
