// The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B), decoded four bits at a time by one table.
// The code is canonical, so the lengths alone define it: shorter codes first, then by symbol.

/** Code length in bits of symbols 0..255, then of EOS (appendix B). */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const EOS = 256;
const CODES = new Uint32Array(257);
/** Per state and nibble: next state in bits 0-7, symbol in bits 8-15, whether it is emitted in bit 16; -1 is EOS. */
const STEPS = new Int32Array(256 * 16);
/** States in which a string may end: at most seven bits, all ones, since the last symbol (section 5.2). */
const MAY_END = new Uint8Array(256);
const EMIT = 0x10000;

buildTables();

function buildTables(): void {
  const symbols = LENGTHS.map((_, symbol) => symbol).sort((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);
  // Children of an inner node: another node, or -1 - symbol.
  const tree: [number, number][] = [[0, 0]];
  let code = 0;
  let length = 0;
  for (const symbol of symbols) {
    code *= 2 ** (LENGTHS[symbol]! - length);
    length = LENGTHS[symbol]!;
    CODES[symbol] = code;
    let node = 0;
    for (let bit = length - 1; bit >= 0; bit--) {
      const side = ((code >>> bit) & 1) as 0 | 1;
      if (bit === 0) tree[node]![side] = -1 - symbol;
      else {
        if (tree[node]![side] === 0) tree[node]![side] = tree.push([0, 0]) - 1;
        node = tree[node]![side];
      }
    }
    code++;
  }
  for (let state = 0; state < tree.length; state++) {
    for (let nibble = 0; nibble < 16; nibble++) STEPS[state * 16 + nibble] = step(tree, state, nibble);
  }
  for (let node = 0, depth = 0; depth <= 7; depth++, node = tree[node]![1]) MAY_END[node] = 1;
}

function step(tree: readonly [number, number][], state: number, nibble: number): number {
  let node = state;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = tree[node]![((nibble >> bit) & 1) as 0 | 1];
    if (next >= 0) node = next;
    else {
      if (next === -1 - EOS) return -1;
      emitted = EMIT | ((-1 - next) << 8);
      node = 0;
    }
  }
  return emitted | node;
}

/**
 * Decodes into `target` from its offset 0; `target` needs 8/5 of the encoded bytes.
 * @returns how many bytes were written; -1 when EOS is in the string or its padding is wrong (section 5.2).
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let state = 0;
  let written = 0;
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    const high = STEPS[state * 16 + (byte >> 4)]!;
    if (high < 0) return -1;
    if (high & EMIT) target[written++] = (high >> 8) & 0xff;
    const low = STEPS[(high & 0xff) * 16 + (byte & 15)]!;
    if (low < 0) return -1;
    if (low & EMIT) target[written++] = (low >> 8) & 0xff;
    state = low & 0xff;
  }
  return MAY_END[state] === 1 ? written : -1;
}

/** Bytes that the Huffman form of `bytes` takes. */
export function huffmanLength(bytes: Uint8Array): number {
  let bits = 0;
  for (const byte of bytes) bits += LENGTHS[byte]!;
  return (bits + 7) >> 3;
}

/** The Huffman form of `bytes`, padded with ones. */
export function encodeHuffman(bytes: Uint8Array): Buffer {
  const encoded = Buffer.alloc(huffmanLength(bytes));
  let at = 0;
  let held = 0;
  let count = 0;
  for (const byte of bytes) {
    for (let bit = LENGTHS[byte]! - 1; bit >= 0; bit--) {
      held = (held << 1) | ((CODES[byte]! >>> bit) & 1);
      if (++count === 8) {
        encoded[at++] = held;
        held = 0;
        count = 0;
      }
    }
  }
  if (count > 0) encoded[at] = (held << (8 - count)) | (0xff >> count);
  return encoded;
}
