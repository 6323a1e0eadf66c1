/**
 * Seeded random numbers for resampling: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, so that the same
 * files and the same seed give the same interval everywhere.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform whole number from 0 to `bound` − 1. */
  below(bound: number): number;
}

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = seed | 0;
  let c = Math.floor(seed / 4294967296) | 0;
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 4294967296;
  };
  // The first outputs still show the seed.
  for (let round = 0; round < 12; round++) next();
  return { next, below: (bound) => Math.floor(next() * bound) };
}

/** Fisher–Yates, in place. */
export function shuffle<T>(list: T[], random: Random): void {
  for (let last = list.length - 1; last > 0; last--) {
    const at = random.below(last + 1);
    const kept = list[last]!;
    list[last] = list[at]!;
    list[at] = kept;
  }
}
