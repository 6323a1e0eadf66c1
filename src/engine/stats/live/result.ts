/** What a look at a live endpoint gives: `netkit.stats/1`, and `netkit.stats-interval/1` for each interval of a watch. */
import type { Judgement } from "../../../core/expectation.ts";
import type { Exposition, FamilyKind } from "./exposition/family.ts";

/** A number of an exposition; what JSON has no number for is its name. */
export type Figure = number | "NaN" | "+Inf" | "-Inf";

/**
 * What became of what is counted, between scrapes:
 * - `counted`: it went on
 * - `reset`: it began again at least once; what was counted before and not scraped is missing
 * - `appeared`: it was not there at first, and counted from 0
 * - `unknown`: seen only once
 */
export type Continuity = "counted" | "reset" | "appeared" | "unknown";

/** What was added to a count. Null where it was seen only once. */
export interface Growth {
  readonly increase: number | null;
  /** Per second. */
  readonly rate: number | null;
  readonly continuity: Continuity;
}

/** By linear interpolation inside the bucket `from` < x <= `le`, which bounds the truth. */
export interface Percentile {
  readonly percentile: number;
  /** Null in the last bucket, which has no upper bound: the truth is above `from`. */
  readonly value: number | null;
  readonly from: number;
  /** Upper bound of the bucket. */
  readonly le: Figure;
}

export interface Distribution {
  /** Of the interval; null where nothing was observed in it or no sum is told. */
  readonly mean: number | null;
  readonly percentiles: readonly Percentile[];
  /** Observations of the interval in each bucket, not cumulative. */
  readonly buckets: readonly { readonly le: Figure; readonly count: number }[];
}

type LabelRecord = Readonly<Record<string, string>>;

export type SeriesResult =
  | ({ readonly kind: "counter"; readonly labels: LabelRecord; readonly value: Figure } & Growth)
  | {
      readonly kind: "gauge";
      readonly labels: LabelRecord;
      /** At the last scrape. */
      readonly value: Figure;
      /** Over the scrapes; null where none of them gave a finite number. */
      readonly min: number | null;
      readonly mean: number | null;
      readonly max: number | null;
    }
  | ({
      readonly kind: "histogram";
      readonly labels: LabelRecord;
      /** Since the process began. */
      readonly count: number;
    } & Growth &
      Distribution)
  | ({
      readonly kind: "summary";
      readonly labels: LabelRecord;
      readonly count: number | null;
      readonly mean: number | null;
      /** As the endpoint tells them, over a window of its own. */
      readonly quantiles: readonly { readonly quantile: number; readonly value: Figure }[];
    } & Growth);

export interface FamilyResult {
  readonly name: string;
  readonly kind: FamilyKind;
  readonly unit: string | null;
  readonly help: string | null;
  readonly series: readonly SeriesResult[];
  /** Of all its series together, where they add up: counters, and histograms with the same buckets. */
  readonly total: SeriesResult | null;
}

export interface StatsInterval {
  readonly schema: "netkit.stats-interval/1";
  /** From 1. */
  readonly number: number;
  /** End of the interval, ISO 8601. */
  readonly at: string;
  /** Between its two scrapes. */
  readonly seconds: number;
  readonly families: readonly FamilyResult[];
}

export interface ScrapeFailure {
  readonly at: string;
  readonly code: string;
  readonly message: string;
}

export interface StatsResult {
  readonly schema: "netkit.stats/1";
  readonly version: string;
  /** Where it was read, without secrets. */
  readonly url: string;
  readonly format: Exposition["format"];
  /** First scrape, ISO 8601. */
  readonly startedAt: string;
  /** From the first scrape to the last; 0 with one only. */
  readonly seconds: number;
  /** Those that succeeded. */
  readonly scrapes: number;
  readonly failures: readonly ScrapeFailure[];
  readonly interrupted: boolean;
  readonly filters: readonly string[];
  readonly families: readonly FamilyResult[];
  /** Series that the last scrape did not have any more. */
  readonly gone: number;
  readonly warnings: readonly string[];
  readonly expectations: readonly Judgement[];
}
