/** What a flood tells on its way. */

/** What the run tells while it goes on, about once a second. */
export interface LiveProgress {
  readonly phase: "warm-up" | "measuring" | "draining";
  readonly elapsedSeconds: number;
  /** Null when the stop rule is a count. */
  readonly totalSeconds: number | null;
  readonly requests: number;
  readonly totalRequests: number | null;
  readonly failed: number;
  readonly ratePerSecond: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly inFlight: number;
}
