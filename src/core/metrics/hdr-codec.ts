/**
 * LatencyHistogram to and from base64 HdrHistogram V2, compressed: the form in result files and `.hlog` lines.
 *
 * The bucket layouts are the same, so counts move bucket for bucket, exactly, both ways. What the format has
 * no place for, the true minimum, maximum, mean and deviation, travels beside it as `ExactMoments`.
 *
 *     compressed   cookie 0x1c849314 | length | zlib stream of:
 *     plain        cookie 0x1c849313 | payload length | index offset | digits
 *                  | lowest (8 B) | highest (8 B) | ratio (double) | payload
 *     payload      ZigZag LEB128, at most 9 bytes a word: a count, or −n for n empty buckets
 *
 * Integers are big endian. The format is written by hand because hdr-histogram-js 3.0.1 puts 1 where the
 * index offset belongs, and HdrHistogram_c reads that as "shifted by one bucket"; ours is 0, as in Java.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { NetkitError } from "../errors.ts";
import {
  BUCKET_COUNT,
  bucketHighUs,
  bucketLowUs,
  type HistogramData,
  LatencyHistogram,
  MAX_LATENCY_US,
} from "./histogram.ts";

const PLAIN_COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const DIGITS = 3;
const COMPRESSED_HEADER_BYTES = 8;
const PLAIN_HEADER_BYTES = 40;
const MAX_WORD_BYTES = 9;
/** The largest plain form of our layout; what inflates to more is refused before it is stored. */
const MAX_PLAIN_BYTES = PLAIN_HEADER_BYTES + BUCKET_COUNT * MAX_WORD_BYTES;

/** The plain form of a second's histogram fits into one; a buffer of the usual 16 KiB would be a third of the work. */
const CHUNK_BYTES = 2048;

/** Figures of the recorded values themselves, in microseconds. */
export interface ExactMoments {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stdev: number;
}

export function encodeHistogram(histogram: LatencyHistogram): string {
  return encodeHistogramData(histogram.snapshot());
}

/** The same from a snapshot, without building a histogram first. */
export function encodeHistogramData(data: HistogramData): string {
  const { indices, counts } = data;
  // Each bucket in use costs one word for itself and at most one for the gap before it.
  const plain = Buffer.alloc(PLAIN_HEADER_BYTES + Math.max(1, indices.length * 2) * MAX_WORD_BYTES);
  let at = PLAIN_HEADER_BYTES;
  let next = 0;
  for (let i = 0; i < indices.length; i++) {
    const gap = indices[i]! - next;
    // A lone empty bucket is written as the count 0, as the reference encoder does.
    if (gap > 0) at = writeWord(plain, at, gap === 1 ? 0 : gap * 2 - 1);
    at = writeWord(plain, at, counts[i]! * 2);
    next = indices[i]! + 1;
  }
  if (indices.length === 0) at = writeWord(plain, at, 0);
  plain.writeUInt32BE(PLAIN_COOKIE, 0);
  plain.writeUInt32BE(at - PLAIN_HEADER_BYTES, 4);
  plain.writeUInt32BE(0, 8);
  plain.writeUInt32BE(DIGITS, 12);
  plain.writeBigUInt64BE(1n, 16);
  plain.writeBigUInt64BE(BigInt(MAX_LATENCY_US), 24);
  plain.writeDoubleBE(1, 32);
  const packed = deflateSync(plain.subarray(0, at));
  const header = Buffer.alloc(COMPRESSED_HEADER_BYTES);
  header.writeUInt32BE(COMPRESSED_COOKIE, 0);
  header.writeUInt32BE(packed.length, 4);
  return Buffer.concat([header, packed]).toString("base64");
}

/**
 * Without `exact`, minimum and maximum are the bounds of the outermost buckets, and mean and deviation are
 * reckoned from the middle of each bucket, as every HdrHistogram reader does.
 *
 * @param subject The file or field it came from, for the error.
 * @throws NetkitError `NK_HISTOGRAM_BAD`, stage file.
 */
export function decodeHistogram(text: string, exact?: ExactMoments, subject?: string): LatencyHistogram {
  const data = decodeHistogramData(text, exact, subject);
  try {
    return LatencyHistogram.fromSnapshot(data);
  } catch (cause) {
    throw bad("its counts and the figures beside it contradict each other", subject, cause);
  }
}

/**
 * The same as data: only the buckets in use, for those that add up many (a day of seconds). Whether figures beside it
 * contradict its counts is seen by the histogram that takes it.
 *
 * @throws NetkitError `NK_HISTOGRAM_BAD`, stage file.
 */
export function decodeHistogramData(text: string, exact?: ExactMoments, subject?: string): HistogramData {
  const plain = inflateText(text.trim(), subject);
  if (plain.length < PLAIN_HEADER_BYTES || plain.readUInt32BE(0) !== PLAIN_COOKIE) {
    throw bad("its content is not an HdrHistogram V2", subject);
  }
  const digits = plain.readUInt32BE(12);
  const lowest = plain.readBigUInt64BE(16);
  if (digits !== DIGITS || lowest !== 1n) {
    const found = `${digits} significant digits from ${lowest} up`;
    throw bad(
      `it has ${found}, and netkit's histograms have ${DIGITS} digits from 1 microsecond up`,
      subject,
    );
  }
  const end = PLAIN_HEADER_BYTES + plain.readUInt32BE(4);
  if (end > plain.length) throw bad("it is cut short", subject);
  return withMoments(readCounts(plain, end, subject), exact);
}

interface Counts {
  readonly used: number;
  /** The first `used` of each count. */
  readonly indices: Uint32Array;
  readonly counts: Float64Array;
}

function readCounts(plain: Buffer, end: number, subject: string | undefined): Counts {
  // A bucket in use costs at least a byte.
  const most = Math.min(BUCKET_COUNT, end - PLAIN_HEADER_BYTES);
  const indices = new Uint32Array(most);
  const counts = new Float64Array(most);
  let used = 0;
  let index = 0;
  let at = PLAIN_HEADER_BYTES;
  while (at < end) {
    const first = plain[at]!;
    let count = first >> 1;
    let isGap = (first & 1) === 1;
    if (first < 0x80) {
      // Most counts of a second fit into one byte.
      at++;
    } else {
      const word = readWord(plain, at, end, subject);
      isGap = word.value % 2 === 1;
      count = Math.floor(word.value / 2);
      at = word.next;
    }
    if (isGap) {
      index += count + 1;
      continue;
    }
    if (count > 0) {
      if (index >= BUCKET_COUNT) throw bad("it holds values above 2^32 microseconds", subject);
      indices[used] = index;
      counts[used++] = count;
    }
    index++;
  }
  return { used, indices, counts };
}

function readWord(
  plain: Buffer,
  start: number,
  end: number,
  subject: string | undefined,
): { readonly value: number; readonly next: number } {
  let value = 0;
  let scale = 1;
  let at = start;
  for (let used = 1; ; used++) {
    if (at >= end) throw bad("its last count is cut short", subject);
    const byte = plain[at++]!;
    // The ninth byte has no continuation bit: all of its 8 bits are value.
    value += (used < MAX_WORD_BYTES ? byte & 0x7f : byte) * scale;
    if (byte < 0x80 || used === MAX_WORD_BYTES) break;
    scale *= 128;
  }
  if (value > 2 * Number.MAX_SAFE_INTEGER) throw bad("a count is larger than 2^53", subject);
  return { value, next: at };
}

function withMoments({ used, indices, counts }: Counts, exact: ExactMoments | undefined): HistogramData {
  let count = 0;
  let sum = 0;
  let sumSquares = 0;
  for (let i = 0; i < used; i++) {
    const low = bucketLowUs(indices[i]!);
    const middle = low + Math.floor((bucketHighUs(indices[i]!) + 1 - low) / 2);
    count += counts[i]!;
    sum += middle * counts[i]!;
    sumSquares += middle * middle * counts[i]!;
  }
  if (count === 0) return { count: 0, sum: 0, sumSquares: 0, min: 0, max: 0, indices: [], counts: [] };
  const min = exact?.min ?? bucketLowUs(indices[0]!);
  const max = exact?.max ?? bucketHighUs(indices[used - 1]!);
  if (exact !== undefined) {
    // The sum of whole microseconds is whole.
    sum = Math.round(exact.mean * count);
    sumSquares = (exact.stdev ** 2 + exact.mean ** 2) * count;
  }
  return {
    count,
    sum,
    sumSquares,
    min,
    max,
    indices: indices.subarray(0, used),
    counts: counts.subarray(0, used),
  };
}

function inflateText(text: string, subject: string | undefined): Buffer {
  const bytes = Buffer.from(text, "base64");
  // What Node.js writes from the bytes is the text, or somebody wrote it otherwise: only then it is looked at by letter.
  if (text === "" || (bytes.toString("base64") !== text && !/^[A-Za-z0-9+/]*={0,2}$/.test(text))) {
    throw bad("it is not base64 text", subject);
  }
  if (bytes.length < COMPRESSED_HEADER_BYTES || bytes.readUInt32BE(0) !== COMPRESSED_COOKIE) {
    throw bad("it is not a compressed HdrHistogram V2 (such text begins with HISTFAAA)", subject);
  }
  const end = COMPRESSED_HEADER_BYTES + bytes.readUInt32BE(4);
  if (end > bytes.length) throw bad("it is cut short", subject);
  try {
    const packed = bytes.subarray(COMPRESSED_HEADER_BYTES, end);
    return inflateSync(packed, { maxOutputLength: MAX_PLAIN_BYTES, chunkSize: CHUNK_BYTES });
  } catch (cause) {
    throw bad("its compressed content is damaged or larger than any such histogram", subject, cause);
  }
}

/** Seven bits a byte, low bits first. A count below 2^53 takes at most 8 bytes. */
function writeWord(into: Buffer, start: number, word: number): number {
  let at = start;
  let rest = word;
  while (rest >= 0x80) {
    into[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}

function bad(why: string, subject: string | undefined, cause?: unknown): NetkitError {
  return new NetkitError("file", "NK_HISTOGRAM_BAD", "could not read a latency histogram", {
    subject,
    why,
    next: "use a file that netkit wrote, unchanged",
    cause,
  });
}
