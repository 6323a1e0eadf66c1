/**
 * A number that goes up and down: connections open, bytes in flight. The hot path writes `value` itself;
 * where the number already lives elsewhere, an observed gauge reads it when a snapshot is taken.
 */
export class Gauge {
  value = 0;

  set(value: number): void {
    this.value = value;
  }

  add(by: number): void {
    this.value += by;
  }
}

/** Reads a value that is kept elsewhere; called once a snapshot, so it may cost a little. */
export type Reading = () => number;
