/**
 * Latency distribution in microseconds with a relative error below 0.1 %, at about 5 ns a record.
 *
 * The buckets are those of an HdrHistogram with lowest discernible value 1 and three significant digits, so a
 * conversion to the HdrHistogram V2 format moves counts, bucket for bucket, and loses nothing. Minimum,
 * maximum, count, sum and sum of squares are kept beside the buckets, from the recorded values themselves:
 * mean and standard deviation carry no bucket error, and no percentile lies above the true maximum.
 *
 *     value    0 ........ 2047 | 2048 .... 4095 | 4096 .... 8191 | … | 2^31 ... 2^32−1
 *     width          1         |       2        |       4        | … |     2^21
 *     index    0 ........ 2047 | 2048 .... 3071 | 3072 .... 4095 | … | 22528 .... 23551
 *
 * Figures of an empty histogram are undefined: nothing is invented.
 */

/** Largest value kept, 2^32 − 1 us: 71.6 minutes. Larger ones count as this. */
export const MAX_LATENCY_US = 0xffff_ffff;

/** A power of two of values has 1024 buckets: half of the 2048 that 2 × 10^3 distinct values need. */
const HALF_MAGNITUDE = 10;
const HALF_COUNT = 1 << HALF_MAGNITUDE;
/** Below 2048 every value has a bucket of its own. */
const UNIT_MASK = 2 * HALF_COUNT - 1;
/** 31 − HALF_MAGNITUDE: what `clz32` is taken from to give a bucket's width as a power of two. */
const SHIFT_BASE = 31 - HALF_MAGNITUDE;

/** Number of buckets that cover 0 to MAX_LATENCY_US. */
export const BUCKET_COUNT = (SHIFT_BASE + 2) * HALF_COUNT;

// Shared by all histograms that have recorded nothing; its length 0 sends the first record to #grow.
const NO_COUNTS = new Float64Array(0);

/** Whole microseconds within bounds. NaN and negative values count as 0. */
function clampUs(us: number): number {
  return us < MAX_LATENCY_US ? (us > 0 ? us >>> 0 : 0) : us >= MAX_LATENCY_US ? MAX_LATENCY_US : 0;
}

/** Bucket of a whole value within bounds. */
export function bucketIndex(us: number): number {
  const shift = SHIFT_BASE - Math.clz32(us | UNIT_MASK);
  return (shift << HALF_MAGNITUDE) + (us >>> shift);
}

/** Width of the buckets of each power of two; the values reach beyond what `<<` can shift. `**` costs ten times a look. */
const WIDTHS = Float64Array.from({ length: SHIFT_BASE + 1 }, (_, shift) => 2 ** shift);

/** Smallest value that counts in a bucket. */
export function bucketLowUs(index: number): number {
  const shift = index <= UNIT_MASK ? 0 : (index >> HALF_MAGNITUDE) - 1;
  return (index - shift * HALF_COUNT) * WIDTHS[shift]!;
}

/** Largest value that counts in a bucket ("highest equivalent value"). */
export function bucketHighUs(index: number): number {
  const shift = index <= UNIT_MASK ? 0 : (index >> HALF_MAGNITUDE) - 1;
  return (index - shift * HALF_COUNT + 1) * WIDTHS[shift]! - 1;
}

/** What travels, in any list type: JSON gives plain arrays, a thread gives typed ones. */
export interface HistogramData {
  readonly count: number;
  /** Microseconds. Exact up to 2^53. */
  readonly sum: number;
  readonly sumSquares: number;
  /** Microseconds; 0 when `count` is 0. */
  readonly min: number;
  /** Microseconds; 0 when `count` is 0. */
  readonly max: number;
  /** Ascending indices of the buckets that are not empty. */
  readonly indices: ArrayLike<number>;
  /** Count of each of `indices`. */
  readonly counts: ArrayLike<number>;
}

/** A histogram at one moment: it shares no memory with the live one and may be transferred. */
export interface HistogramSnapshot extends HistogramData {
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
}

/** For the transfer list of `postMessage`. */
export function snapshotBuffers(snapshot: HistogramSnapshot): [ArrayBuffer, ArrayBuffer] {
  return [snapshot.indices.buffer, snapshot.counts.buffer];
}

export class LatencyHistogram {
  // Doubles count exactly to 2^53; 32 bits would overflow one bucket after hours at full rate.
  #counts = NO_COUNTS;
  #count = 0;
  #sum = 0;
  #sumSquares = 0;
  #min = MAX_LATENCY_US;
  #max = 0;

  static fromSnapshot(data: HistogramData): LatencyHistogram {
    const histogram = new LatencyHistogram();
    histogram.addSnapshot(data);
    return histogram;
  }

  /** Records one value in microseconds; fractions are cut off. Allocates only when a larger range is first used. */
  record(us: number): void {
    const value = us < MAX_LATENCY_US ? (us > 0 ? us >>> 0 : 0) : clampUs(us);
    const shift = SHIFT_BASE - Math.clz32(value | UNIT_MASK);
    const index = (shift << HALF_MAGNITUDE) + (value >>> shift);
    if (index >= this.#counts.length) this.#grow(index);
    this.#counts[index]!++;
    this.#count++;
    this.#sum += value;
    this.#sumSquares += value * value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Records one value `n` times; `n` is a whole number, 0 does nothing. */
  recordCount(us: number, n: number): void {
    if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a count: ${n}`);
    if (n === 0) return;
    const value = clampUs(us);
    const index = bucketIndex(value);
    if (index >= this.#counts.length) this.#grow(index);
    this.#counts[index]! += n;
    this.#addMoments(n, value * n, value * value * n, value, value);
  }

  /** Empties it and keeps its memory for the next period. */
  reset(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0, bucketIndex(this.#min), bucketIndex(this.#max) + 1);
    this.#count = 0;
    this.#sum = 0;
    this.#sumSquares = 0;
    this.#min = MAX_LATENCY_US;
    this.#max = 0;
  }

  /** Afterwards this is as if it had recorded the other's values too. */
  add(other: LatencyHistogram): void {
    if (other.#count === 0) return;
    const low = bucketIndex(other.#min);
    const high = bucketIndex(other.#max);
    if (high >= this.#counts.length) this.#grow(high);
    const from = other.#counts;
    for (let index = low; index <= high; index++) this.#counts[index]! += from[index]!;
    this.#addMoments(other.#count, other.#sum, other.#sumSquares, other.#min, other.#max);
  }

  /** @throws RangeError when the data is not a snapshot of this layout. */
  addSnapshot(data: HistogramData): void {
    checkData(data);
    if (data.count === 0) return;
    const { indices, counts } = data;
    const high = indices[indices.length - 1]!;
    if (high >= this.#counts.length) this.#grow(high);
    for (let at = 0; at < indices.length; at++) this.#counts[indices[at]!]! += counts[at]!;
    this.#addMoments(data.count, data.sum, data.sumSquares, data.min, data.max);
  }

  /** Cost: two passes over the buckets between minimum and maximum, some microseconds. */
  snapshot(): HistogramSnapshot {
    const low = this.#count === 0 ? 0 : bucketIndex(this.#min);
    const high = this.#count === 0 ? -1 : bucketIndex(this.#max);
    const from = this.#counts;
    let used = 0;
    for (let index = low; index <= high; index++) if (from[index] !== 0) used++;
    const indices = new Uint32Array(used);
    const counts = new Float64Array(used);
    for (let index = low, at = 0; index <= high; index++) {
      const count = from[index]!;
      if (count === 0) continue;
      indices[at] = index;
      counts[at++] = count;
    }
    return {
      count: this.#count,
      sum: this.#sum,
      sumSquares: this.#sumSquares,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
      indices,
      counts,
    };
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Sum of the values in microseconds. */
  get sum(): number {
    return this.#sum;
  }

  /** True minimum in microseconds. */
  get min(): number | undefined {
    return this.#count === 0 ? undefined : this.#min;
  }

  /** True maximum in microseconds. */
  get max(): number | undefined {
    return this.#count === 0 ? undefined : this.#max;
  }

  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  /** Standard deviation of the recorded values themselves (divided by count, as HdrHistogram has it). */
  get stdev(): number | undefined {
    if (this.#count === 0) return undefined;
    const mean = this.#sum / this.#count;
    // Rounding can make the difference a tiny negative number.
    return Math.sqrt(Math.max(0, this.#sumSquares / this.#count - mean * mean));
  }

  /** Smallest recorded-bucket value that at least `percentile` per cent of the values do not exceed. */
  valueAtPercentile(percentile: number): number | undefined {
    if (this.#count === 0) return undefined;
    const wanted = Math.min(Math.max(percentile, 0), 100);
    if (wanted === 0) return this.#min;
    // One part in 2^51 less, lest 99.9 % of 1,000 become 999.0000000000001 and then rank 1,000.
    const rank = Math.max(1, Math.ceil(((wanted * this.#count) / 100) * (1 - 2 ** -51)));
    let seen = 0;
    for (let index = bucketIndex(this.#min); ; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return Math.min(bucketHighUs(index), this.#max);
    }
  }

  /** In the order asked for; all undefined when the histogram is empty. */
  percentiles(list: readonly number[]): (number | undefined)[] {
    return list.map((percentile) => this.valueAtPercentile(percentile));
  }

  /** Values from `lowUs` to `highUs`, both included; a bound counts with its whole bucket. */
  countBetween(lowUs: number, highUs: number): number {
    if (this.#count === 0) return 0;
    const low = bucketIndex(Math.max(clampUs(lowUs), this.#min));
    const high = bucketIndex(Math.min(clampUs(highUs), this.#max));
    let total = 0;
    for (let index = low; index <= high; index++) total += this.#counts[index]!;
    return total;
  }

  /** Values above the bucket of `us`. */
  countAbove(us: number): number {
    return us < 0 ? this.#count : this.#count - this.countBetween(0, us);
  }

  /** Buckets that are not empty, ascending: highest value of the bucket (never above the maximum) and count. */
  *[Symbol.iterator](): IterableIterator<readonly [valueUs: number, count: number]> {
    if (this.#count === 0) return;
    const high = bucketIndex(this.#max);
    for (let index = bucketIndex(this.#min); index <= high; index++) {
      const count = this.#counts[index]!;
      if (count > 0) yield [Math.min(bucketHighUs(index), this.#max), count];
    }
  }

  #addMoments(count: number, sum: number, sumSquares: number, min: number, max: number): void {
    this.#count += count;
    this.#sum += sum;
    this.#sumSquares += sumSquares;
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
  }

  /** Up to the end of the index's power of two: at most 22 times in a life, 188 kB at most. */
  #grow(index: number): void {
    const counts = new Float64Array(
      Math.max(UNIT_MASK + 1, ((index >> HALF_MAGNITUDE) + 1) << HALF_MAGNITUDE),
    );
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** A snapshot may come from another process or a file; a wrong index must not corrupt what is there. */
function checkData(data: HistogramData): void {
  const { indices, counts } = data;
  if (indices.length !== counts.length) throw new RangeError("histogram indices and counts differ in length");
  let previous = -1;
  let total = 0;
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!;
    const count = counts[at]!;
    if (!Number.isInteger(index) || index <= previous || index >= BUCKET_COUNT) {
      throw new RangeError(`histogram index ${index} is out of order or range`);
    }
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RangeError(`histogram count ${count} is no count`);
    previous = index;
    total += count;
  }
  if (total !== data.count) throw new RangeError(`histogram counts sum to ${total}, not to ${data.count}`);
  if (total === 0) return;
  const fits =
    clampUs(data.min) === data.min &&
    clampUs(data.max) === data.max &&
    bucketIndex(data.min) === indices[0] &&
    bucketIndex(data.max) === previous;
  if (!fits) throw new RangeError("histogram minimum or maximum lies outside its buckets");
}
