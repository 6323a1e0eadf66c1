/**
 * Any HdrHistogram of whole numbers, of whatever range, digits and unit: encodings V0, V1 and V2, compressed or not, as base64.
 *
 *     compressed  cookie | length | zlib stream of the plain form
 *     V1, V2      cookie | payload length | index offset | digits | lowest (8) | highest (8) | ratio (8) | counts
 *     V0          cookie | digits | lowest (8) | highest (8) | total (8) | counts
 *
 * The second digit of a V0 or V1 cookie is the width of a count in bytes. V2 counts are ZigZag LEB128; −n is n empty buckets.
 */
import { inflateSync } from "node:zlib";

export interface ForeignBucket {
  /** Smallest and largest value that count as this one. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export interface ForeignHistogram {
  readonly digits: number;
  /** Width of the narrowest bucket. */
  readonly step: number;
  /** Not empty ones, ascending. */
  readonly buckets: readonly ForeignBucket[];
}

/** Cookies without the digit of the width. */
const PLAIN = { 478450440: 0, 478450433: 1, 478450435: 2 } as const;
const COMPRESSED: ReadonlySet<number> = new Set([0x1c849309, 0x1c849302, 0x1c849304]);
/** Five digits over all of 64 bits take 6 million counts of 8 bytes; a log has nothing like it. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024;

/** @throws RangeError that says what is wrong */
export function readForeignHistogram(text: string): ForeignHistogram {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new RangeError("it is not base64 text");
  let bytes = Buffer.from(text, "base64");
  if (bytes.length < 8) throw new RangeError("it is cut short");
  if (COMPRESSED.has(base(bytes))) {
    const end = 8 + bytes.readUInt32BE(4);
    if (end > bytes.length) throw new RangeError("it is cut short");
    try {
      bytes = inflateSync(bytes.subarray(8, end), { maxOutputLength: MAX_PLAIN_BYTES });
    } catch {
      throw new RangeError("its compressed content is damaged or larger than any such histogram");
    }
  }
  const version = bytes.length < 4 ? undefined : PLAIN[base(bytes) as keyof typeof PLAIN];
  if (version === undefined)
    throw new RangeError("it is no HdrHistogram of whole numbers in encoding V0, V1 or V2");
  return version === 0 ? readV0(bytes) : readV1or2(bytes, version);
}

/** Unsigned. */
function base(bytes: Buffer): number {
  return (bytes.readUInt32BE(0) & ~0xf0) >>> 0;
}

function readV0(bytes: Buffer): ForeignHistogram {
  if (bytes.length < 32) throw new RangeError("it is cut short");
  const layout = layoutOf(bytes.readUInt32BE(4), bytes.readBigUInt64BE(8));
  const found = bucketsOf(layout, fixedCounts(bytes.subarray(32), wordOf(bytes)));
  const total = found.reduce((sum, { count }) => sum + count, 0);
  if (BigInt(total) !== bytes.readBigUInt64BE(24)) throw new RangeError("its counts do not sum to its total");
  return { digits: layout.digits, step: 2 ** layout.unit, buckets: found };
}

function readV1or2(bytes: Buffer, version: 1 | 2): ForeignHistogram {
  if (bytes.length < 40) throw new RangeError("it is cut short");
  const end = 40 + bytes.readUInt32BE(4);
  if (end > bytes.length) throw new RangeError("it is cut short");
  // hdr-histogram-js writes 1 where it means 0; a true offset is a multiple of half a bucket.
  if (bytes.readInt32BE(8) !== 0 && bytes.readInt32BE(8) !== 1)
    throw new RangeError("its buckets are shifted");
  if (bytes.readDoubleBE(32) !== 1) throw new RangeError("its values are no whole numbers");
  const layout = layoutOf(bytes.readUInt32BE(12), bytes.readBigUInt64BE(16));
  const payload = bytes.subarray(40, end);
  const counts = version === 1 ? fixedCounts(payload, wordOf(bytes)) : packedCounts(payload);
  return { digits: layout.digits, step: 2 ** layout.unit, buckets: bucketsOf(layout, counts) };
}

function wordOf(bytes: Buffer): number {
  const word = (bytes[3]! >> 4) & 0xe;
  if (word !== 2 && word !== 4 && word !== 8)
    throw new RangeError(`its counts have a width of ${word} bytes`);
  return word;
}

interface Layout {
  readonly digits: number;
  /** Power of two of the narrowest bucket. */
  readonly unit: number;
  /** Power of two of half the buckets of a power of two. */
  readonly half: number;
}

function layoutOf(digits: number, lowest: bigint): Layout {
  if (digits < 1 || digits > 5) throw new RangeError(`it has ${digits} significant digits`);
  if (lowest < 1n || lowest > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`its lowest value is ${lowest}`);
  return { digits, unit: lowest.toString(2).length - 1, half: Math.ceil(Math.log2(2 * 10 ** digits)) - 1 };
}

type Counts = Iterable<readonly [index: number, count: number]>;

function bucketsOf({ unit, half }: Layout, counts: Counts): ForeignBucket[] {
  const buckets: ForeignBucket[] = [];
  const size = 2 ** half;
  for (const [index, count] of counts) {
    const power = Math.max(0, Math.floor(index / size) - 1);
    const width = 2 ** (power + unit);
    const low = (index - power * size) * width;
    if (low + width > Number.MAX_SAFE_INTEGER) throw new RangeError("it holds values above 2^53");
    buckets.push({ low, high: low + width - 1, count });
  }
  return buckets;
}

function* fixedCounts(bytes: Buffer, word: number): Counts {
  for (let at = 0; at < bytes.length; at += word) {
    if (at + word > bytes.length) throw new RangeError("its last count is cut short");
    const count = word === 8 ? Number(bytes.readBigInt64BE(at)) : bytes.readIntBE(at, word);
    if (count < 0 || !Number.isSafeInteger(count)) throw new RangeError(`${count} is no count`);
    if (count > 0) yield [at / word, count];
  }
}

function* packedCounts(bytes: Buffer): Counts {
  let index = 0;
  for (let at = 0; at < bytes.length; ) {
    let word = 0n;
    for (let used = 1; ; used++) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("its last count is cut short");
      // The ninth byte has no continuation bit: all of its 8 bits are value.
      word |= BigInt(used < 9 ? byte & 0x7f : byte) << BigInt(7 * (used - 1));
      if (byte < 0x80 || used === 9) break;
    }
    const count = Number(word % 2n === 1n ? -((word + 1n) / 2n) : word / 2n);
    if (!Number.isSafeInteger(count)) throw new RangeError("a count is larger than 2^53");
    if (count > 0) yield [index, count];
    index += count < 0 ? -count : 1;
  }
}
