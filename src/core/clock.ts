/**
 * One monotonic clock for all threads of the process, in microseconds.
 *
 * `performance.now()` counts from the start of each thread; `process.hrtime` is shared by all of them. Both
 * read the same source, so one offset, taken once per thread, turns the cheap reading (36 ns) into the
 * shared scale (hrtime.bigint costs 78 ns). Tests pass a fake clock instead.
 */
export interface Clock {
  /** Microseconds on the machine's monotonic clock; fractions are kept. Never goes back. */
  nowUs(): number;
}

// The smallest of a few paired readings has the least time between the two calls.
function offsetUs(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = performance.now() * 1000;
    const shared = Number(process.hrtime.bigint()) / 1000;
    best = Math.min(best, shared - before);
  }
  return best;
}

const OFFSET_US = offsetUs();

/** Now, in microseconds, on the scale that all threads share. */
export function nowUs(): number {
  return performance.now() * 1000 + OFFSET_US;
}

export const monotonicClock: Clock = { nowUs };
