/**
 * What a comparison found: the `netkit.compare/1` document, plain data. Latencies are microseconds; changes are shares
 * (0.05 is 5 %) of the base, but for the error rate, whose change is a difference of shares.
 */
import type { Basis } from "../inference/difference-interval.ts";
import type { Unlike } from "./likeness.ts";

export type MetricName = "p50" | "p90" | "p99" | "p99_9" | "mean" | "rate" | "error_rate";

/**
 * `better` and `worse`: significant after correction, and at least the minimum effect. `same`: the whole interval lies
 * within the minimum effect. `undecided`: neither; `furtherRuns` tells what it takes.
 */
export type MetricVerdict = "better" | "worse" | "same" | "undecided";

/** Why a metric is undecided. */
export type UndecidedReason =
  /** The interval holds both no change and one that matters. */
  | "interval-too-wide"
  /** There is a difference, but it may be below the minimum effect. */
  | "effect-too-small-to-tell"
  /** Significant alone, not among so many metrics. */
  | "not-after-correction"
  /** Significant by the intervals, but as many arrangements of the runs differ as much. */
  | "runs-overlap"
  /** One run a side that is too short, or whose seconds are not kept (an endpoint of several): its spread is unknown. */
  | "spread-unknown"
  /** Fewer than ten values are expected beyond the percentile. */
  | "too-few-requests"
  /** Unanswered requests stand beyond the percentile: the true value may be any larger one. */
  | "unanswered"
  /** A side has no such figure. */
  | "no-figure";

export interface MetricValue {
  /** Geometric mean of the runs; of error rates the plain mean. */
  readonly value: number;
  /** Requests without an answer stand beyond it: the true value can only be larger. */
  readonly atLeast: boolean;
  readonly runs: readonly number[];
}

export interface Change {
  readonly kind: "ratio" | "difference";
  readonly value: number;
  /** Bounds of the confidence interval. */
  readonly low: number;
  readonly high: number;
}

export interface MetricComparison {
  /** Null: the whole run. */
  readonly endpoint: string | null;
  readonly metric: MetricName;
  readonly unit: "us" | "per-second" | "share";
  readonly better: "lower" | "higher";
  readonly base: MetricValue | null;
  readonly candidate: MetricValue | null;
  /** Null where the spread is unknown. */
  readonly change: Change | null;
  /** Where the interval comes from. */
  readonly basis: Basis | null;
  readonly p: number | null;
  /** After Benjamini & Hochberg, over all metrics that are not the same; null for those, and where nothing was tested. */
  readonly correctedP: number | null;
  /** Null with one run a side. */
  readonly permutation: { readonly p: number; readonly exact: boolean; readonly arrangements: number } | null;
  readonly verdict: MetricVerdict;
  readonly reason: UndecidedReason | null;
  /** Runs more on each side that would likely decide; null when decided, or when more than 1,000. */
  readonly furtherRuns: number | null;
}

export interface ComparedSide {
  readonly runs: readonly {
    readonly name: string;
    readonly startedAt: string;
    readonly seconds: number;
    readonly requests: number;
    readonly quality: "valid" | "suspect" | "invalid";
    readonly interrupted: boolean;
  }[];
}

export interface CompareSettings {
  readonly confidence: number;
  /** Share of the base. */
  readonly minEffect: number;
  /** Difference of shares, for the error rate. */
  readonly minErrorEffect: number;
  readonly seed: number;
  readonly resamples: number;
}

export type Design = "runs" | "pairs";

export interface CompareResult {
  readonly schema: "netkit.compare/1";
  readonly mode: "compare";
  readonly version: string;
  /** `runs`: whole runs of each side. `pairs`: slices in turn, compared within pairs; each slice stands as a run. */
  readonly design: Design;
  /** Ended by its user: it compares what there was until then. */
  readonly interrupted: boolean;
  /** Pairs that do not count, as the generator was the limit in them. */
  readonly leftOut: number;
  readonly settings: CompareSettings;
  readonly base: ComparedSide;
  readonly candidate: ComparedSide;
  /** How plans and environments differ; those that refuse are here only when it was forced. */
  readonly unlike: readonly Unlike[];
  readonly forced: boolean;
  readonly metrics: readonly MetricComparison[];
  /** Worse if any metric is; else undecided, better or same, in this order. */
  readonly verdict: MetricVerdict;
  /** Runs more on each side that would likely decide every metric; null when none is needed or it cannot be told. */
  readonly furtherRuns: number | null;
}

/** One side split in two again and again: how often does this setup call unchanged things changed? */
export interface AaResult {
  readonly schema: "netkit.compare/1";
  readonly mode: "aa";
  readonly version: string;
  readonly design: Design;
  readonly interrupted: boolean;
  readonly leftOut: number;
  readonly settings: CompareSettings;
  readonly side: ComparedSide;
  /** Whole runs are dealt to two sides, or blocks of seconds of the only run. */
  readonly split: "runs" | "seconds";
  readonly splits: number;
  /** Share of splits in which any metric came out better or worse. */
  readonly falseAlarms: number;
  readonly metrics: readonly {
    readonly metric: MetricName;
    readonly better: number;
    readonly worse: number;
    readonly same: number;
    readonly undecided: number;
  }[];
}
