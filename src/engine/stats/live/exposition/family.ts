/**
 * What an endpoint exposes, whatever the format it was written in: families of series, each with one sample.
 *
 * Counters are named as their samples are (`http_requests_total`) in both formats, so that one name finds them.
 */

export type FamilyKind = "counter" | "gauge" | "histogram" | "gauge-histogram" | "summary" | "unknown";

/** Sorted by name. `le` and `quantile` are not among them. */
export type Labels = readonly (readonly [name: string, value: string])[];

export interface Bucket {
  /** Inclusive upper bound, in the family's unit; the last is Infinity. */
  readonly le: number;
  /** Observations at or below the bound. */
  readonly count: number;
}

export type Sample =
  /** Only goes up, until it is reset. */
  | { readonly kind: "counter"; readonly value: number }
  | { readonly kind: "gauge"; readonly value: number }
  | {
      readonly kind: "histogram";
      /** Ascending, ends with Infinity, never empty. */
      readonly buckets: readonly Bucket[];
      /** Null where it is not told. */
      readonly sum: number | null;
    }
  | {
      readonly kind: "summary";
      /** Worked out by the exporter over a window of its own; ascending. */
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
      readonly count: number | null;
      readonly sum: number | null;
    };

export interface Series {
  readonly labels: Labels;
  readonly sample: Sample;
  /** Seconds since 1970 at which it began to count (`_created`); null where it is not told. */
  readonly created: number | null;
  /** Milliseconds since 1970 that the exporter gave it; null where it gave none. */
  readonly timestampMs: number | null;
}

export interface Family {
  readonly name: string;
  readonly kind: FamilyKind;
  /** Of `# UNIT`, or the end of the name where that is a base unit; null for plain numbers. */
  readonly unit: string | null;
  readonly help: string | null;
  /** By `seriesKey`, in the order of the exposition. */
  readonly series: ReadonlyMap<string, Series>;
}

export interface Exposition {
  /** Which rules it was read by. */
  readonly format: "prometheus" | "openmetrics" | "netkit.serve-stats";
  readonly families: ReadonlyMap<string, Family>;
  /** Sentences about what was wrong and could be lived with. */
  readonly warnings: readonly string[];
}

/** One text for one set of labels, whatever their order was. */
export function seriesKey(labels: Labels): string {
  return JSON.stringify(labels);
}

export function sortLabels(labels: Labels): Labels {
  return [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const BASE_UNITS = ["seconds", "bytes", "ratio"] as const;

/** By the conventions for names (https://prometheus.io/docs/practices/naming/). */
export function unitOfName(name: string): string | null {
  const stem = name.replace(/_total$/, "");
  return BASE_UNITS.find((unit) => stem.endsWith(`_${unit}`)) ?? null;
}
