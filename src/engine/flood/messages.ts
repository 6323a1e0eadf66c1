/**
 * What the run and its generator threads say to each other. One direction each; all plain data.
 *
 *   run ──► thread   start · drain · abort
 *   thread ──► run   ready · second (once a second while measuring) · done | failed
 */
import type { ErrorRecord } from "../../core/errors.ts";
import type { HistogramSnapshot } from "../../core/metrics/histogram.ts";
import type { FloodPlan } from "./plan.ts";
import type { Snapshot } from "./recorder.ts";

export interface ThreadInput {
  readonly plan: FloodPlan;
  readonly index: number;
  readonly addresses: readonly string[];
}

export type ToThread =
  | { readonly kind: "start"; readonly startUs: number }
  | { readonly kind: "drain" }
  | { readonly kind: "abort" };

/** What a thread knows of its own health, over the measured time. */
export interface ThreadHealth {
  /** Share of the time in which the event loop was not idle. */
  readonly busy: number;
  /** Share of the time in which the thread could run, but the system ran something else; NaN if unknown. */
  readonly waiting: number;
  /** CPU time of this thread in µs; NaN if unknown. */
  readonly cpuUs: number;
  /** How late the 20 ms scan came. */
  readonly loopLag: HistogramSnapshot | undefined;
  readonly gc: { readonly pauses: number; readonly totalMs: number; readonly maxMs: number };
}

export type FromThread =
  | {
      readonly kind: "ready";
      readonly unreachable: ErrorRecord | undefined;
      readonly openingUs: number;
      /** Of the process, before the first connection. */
      readonly residentBytes: number;
    }
  | {
      readonly kind: "second";
      readonly snapshot: Snapshot;
      readonly inFlight: number;
      /** Connections that stand. */
      readonly open: number;
      /** Number of the second, from 0 at the end of the warm-up. */
      readonly index: number;
    }
  | {
      readonly kind: "done";
      readonly snapshot: Snapshot;
      readonly index: number;
      readonly open: number;
      /** When the last request ended, µs on the shared clock. */
      readonly endUs: number;
      readonly health: ThreadHealth;
    }
  | { readonly kind: "failed"; readonly error: ErrorRecord };
