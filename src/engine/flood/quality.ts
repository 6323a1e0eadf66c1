/**
 * Was it the target that was measured, or the generator? Evidence in, verdict out; pure.
 *
 * `invalid` means the figures must not be used: the generator could not keep its own promises. `suspect`
 * means they can be used with the reason in mind. Each reason says what to do about it.
 */
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { Verdict } from "../../core/run-document.ts";
import { formatMicros, formatShare } from "../../core/units.ts";

export interface QualityEvidence {
  readonly load: "closed" | "open";
  /** The busiest thread's event loop, share. */
  readonly busy: number;
  /** The most starved thread, share of time runnable but not run; NaN where unknown. */
  readonly waiting: number;
  readonly loopLag: LatencyHistogram;
  /** Sent − intended while a connection was free. */
  readonly generatorLateness: LatencyHistogram;
  readonly gcMaxMs: number;
  readonly descriptors: { readonly used: number | null; readonly limit: number | null };
  readonly ports: { readonly used: number; readonly available: number | null };
  /** Measured time. */
  readonly seconds: number;
  /** Open loop: requests that came due, and how many of them found no free connection until the end. */
  readonly due: number;
  readonly unsent: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

// Starved of CPU for a third of the time, what is timed is the scheduler of this machine.
const WAITING_INVALID = 0.33;
const WAITING_SUSPECT = 0.15;
// A schedule that one tick in a hundred leaves by 50 ms (10 ms) is not the schedule that was asked for.
const LATENESS_INVALID_US = 50_000;
const LATENESS_SUSPECT_US = 5_000;
// A loop that stands still this long at its 99th percentile stamps answers that much too late.
const LAG_INVALID_US = 200_000;
const LAG_SUSPECT_US = 20_000;
// A closed loop is bounded by whoever is slower; a generator without idle time cannot tell that it is not it.
const BUSY_SUSPECT = 0.95;
// Shares of a shorter time than this are chance.
const ENOUGH_SECONDS = 0.5;
const GC_SUSPECT_MS = 50;
const NEARLY_USED_UP = 0.9;
// Beyond this share of requests that never left, the target did not get the load that was asked for.
const UNSENT_SUSPECT = 0.01;

export function judge(evidence: QualityEvidence): Judgement {
  const invalid: string[] = [];
  const suspect: string[] = [];
  const grade = (value: number, suspectFrom: number, invalidFrom: number, reason: string): void => {
    if (value >= invalidFrom) invalid.push(reason);
    else if (value >= suspectFrom) suspect.push(reason);
  };

  const enough = evidence.seconds >= ENOUGH_SECONDS;
  if (!enough) {
    const time = formatMicros(evidence.seconds * 1e6);
    suspect.push(`${time} of measuring is too short to tell the target from the generator: measure longer`);
  }
  grade(
    enough ? evidence.waiting : 0,
    WAITING_SUSPECT,
    WAITING_INVALID,
    `the generator waited for a processor ${formatShare(evidence.waiting)} of the time: end other work on this machine, or flood from another one`,
  );
  const lateness = evidence.generatorLateness.valueAtPercentile(99) ?? 0;
  grade(
    lateness,
    LATENESS_SUSPECT_US,
    LATENESS_INVALID_US,
    `requests left ${formatMicros(lateness)} late at p99 although a connection was free: give the generator more --threads, or a lower --rate`,
  );
  const lag = evidence.loopLag.valueAtPercentile(99) ?? 0;
  grade(
    lag,
    LAG_SUSPECT_US,
    LAG_INVALID_US,
    `the generator's event loop stood still for ${formatMicros(lag)} at p99, so answers were stamped too late: use fewer connections a thread, or a quiet machine`,
  );
  if (enough && evidence.busy >= BUSY_SUSPECT) {
    suspect.push(
      evidence.load === "closed"
        ? `the generator was busy ${formatShare(evidence.busy)} of the time: the target may be faster than shown, try more --threads`
        : `the generator was busy ${formatShare(evidence.busy)} of the time: it has no reserve at this rate, try more --threads`,
    );
  }
  if (evidence.unsent > evidence.due * UNSENT_SUSPECT) {
    const share = formatShare(evidence.unsent / evidence.due);
    suspect.push(
      `${share} of the requests were never sent, since all connections were busy: the target is slower than the rate, or needs more connections (-c)`,
    );
  }
  if (evidence.gcMaxMs >= GC_SUSPECT_MS) {
    suspect.push(
      `garbage collection stopped the generator for ${formatMicros(evidence.gcMaxMs * 1000)} at once: run it again, and compare`,
    );
  }
  const { descriptors, ports } = evidence;
  if (descriptors.used !== null && descriptors.limit !== null) {
    if (descriptors.used >= descriptors.limit * NEARLY_USED_UP) {
      suspect.push(
        `${descriptors.used} of ${descriptors.limit} file descriptors were in use: raise ulimit -n`,
      );
    }
  }
  if (ports.available !== null && ports.used >= ports.available * NEARLY_USED_UP) {
    suspect.push(
      `${ports.used} connections were opened from a range of ${ports.available} local ports: keep connections open, or wait a minute between runs`,
    );
  }
  return {
    verdict: invalid.length > 0 ? "invalid" : suspect.length > 0 ? "suspect" : "valid",
    reasons: [...invalid, ...suspect],
  };
}
