/** Chance that can be repeated: a seed in, the same draws out. For schedules and orders, never for secrets. */

/** mulberry32: 32 bits of state, uniform in [0, 1); repeatable runs need a seed, not strength. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A draw from the exponential distribution: the gap of a Poisson stream, the service of an M/M/c server. */
export function exponential(random: () => number, mean: number): number {
  return -Math.log(1 - random()) * mean;
}
