/**
 * When callers of an open load come: planned instants, in microseconds from the start of the load (warm-up
 * included). A stall makes callers late and never makes them disappear.
 */
import { exponential, seededRandom } from "../../../core/random.ts";

export interface Arrivals {
  /** When the next caller is due; Infinity: none left. */
  readonly dueUs: number;
  /** Goes on to the one after. */
  take(): void;
}

// 1/3 s × 3 must count as one second: instants this close to the end lie on it.
const ROUNDING = 1e-9;

/** Callers 0, 1, 2 … at k / rate, up to and without `untilUs`. */
export function constantArrivals(ratePerSecond: number, untilUs: number): Arrivals {
  const gapUs = 1e6 / ratePerSecond;
  const end = Math.ceil(untilUs / gapUs - ROUNDING);
  let tick = 0;
  return {
    get dueUs() {
      return tick < end ? tick * gapUs : Number.POSITIVE_INFINITY;
    },
    take() {
      tick++;
    },
  };
}

/** Gaps drawn from the exponential distribution: a Poisson stream, the same for the same seed. */
export function poissonArrivals(ratePerSecond: number, untilUs: number, seed: number): Arrivals {
  const random = seededRandom(seed);
  const meanGapUs = 1e6 / ratePerSecond;
  let nextUs = exponential(random, meanGapUs);
  return {
    get dueUs() {
      return nextUs < untilUs ? nextUs : Number.POSITIVE_INFINITY;
    },
    take() {
      nextUs += exponential(random, meanGapUs);
    },
  };
}
