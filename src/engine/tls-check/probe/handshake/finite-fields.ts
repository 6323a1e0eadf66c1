/**
 * The finite fields of RFC 7919, computed from their definition (appendix A) instead of listed:
 *
 *     p = 2^b - 2^(b-64) + (floor(2^(b-130) · e) + X) · 2^64 - 1,  g = 2
 *
 * with the least X that makes p a safe prime. e comes from its series, in whole numbers.
 */
interface Field {
  readonly bits: number;
  readonly x: bigint;
}

const FIELDS: ReadonlyMap<number, Field> = new Map([
  [0x0100, { bits: 2048, x: 560_316n }],
  [0x0101, { bits: 3072, x: 2_625_351n }],
  [0x0102, { bits: 4096, x: 5_736_041n }],
  [0x0103, { bits: 6144, x: 15_705_020n }],
  [0x0104, { bits: 8192, x: 10_965_728n }],
]);

const GENERATOR = Buffer.from([2]);
/** More digits of e than are kept, so that what the series cuts off does not reach them. */
const GUARD_BITS = 64n;
const primes = new Map<number, Buffer>();

export function isFiniteField(group: number): boolean {
  return FIELDS.has(group);
}

/** @throws RangeError for another group. */
export function finiteField(group: number): { readonly prime: Buffer; readonly generator: Buffer } {
  const field = FIELDS.get(group);
  if (field === undefined) throw new RangeError(`no finite field: group ${group}`);
  let prime = primes.get(group);
  if (prime === undefined) {
    prime = Buffer.from(primeOf(field).toString(16), "hex");
    primes.set(group, prime);
  }
  return { prime, generator: GENERATOR };
}

function primeOf({ bits, x }: Field): bigint {
  const b = BigInt(bits);
  return (1n << b) - (1n << (b - 64n)) + ((scaledE(b - 130n) + x) << 64n) - 1n;
}

/** floor(2^bits · e) */
function scaledE(bits: bigint): bigint {
  let term = 1n << (bits + GUARD_BITS);
  let sum = 0n;
  for (let divisor = 1n; term > 0n; divisor++) {
    sum += term;
    term /= divisor;
  }
  return sum >> GUARD_BITS;
}
