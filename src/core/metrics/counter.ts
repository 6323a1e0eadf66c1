/**
 * A number that only grows. The hot path adds to `value` itself: `requests.value++`; rates and shares are
 * worked out by whoever reads two snapshots.
 */
export class Counter {
  /** Only ever add to it. Exact up to 2^53. */
  value = 0;
}
