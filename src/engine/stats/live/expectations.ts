/**
 * What `--expect` can ask of a live endpoint; which names there are is known with the first scrape.
 *
 *     requests_total.rate>=950/s            of a counter: .rate, .increase, and the bare name, what it shows
 *     request_seconds.p99<50ms              of a histogram: .pNN, .mean, .rate, .increase
 *     rpc_seconds.p99<50ms                  of a summary: its own quantile; of several series the largest
 *     process_resident_memory_bytes<1GB     of a gauge: what it shows, .min, .mean, .max; of several series the largest
 *     [route=/echo]request_seconds.p99<5ms  one label's series
 *     scrapes.failed==0                     of a watch
 */
import {
  checkExpectation,
  evaluate,
  type Judgement,
  type KnownMetrics,
  type ParsedExpectation,
  percentileOf,
} from "../../../core/expectation.ts";
import type { Dimension } from "../../../core/quantity.ts";
import { formatMicros } from "../../../core/units.ts";
import type { Family } from "./exposition/family.ts";
import { mergeSeries } from "./families.ts";
import { parseLabel, shape } from "./filter.ts";
import { counted, type Tracked } from "./growth.ts";
import { percentileOfBuckets } from "./percentile.ts";
import type { Percentile } from "./result.ts";
import type { Tracker } from "./tracker.ts";

const FAILED = "scrapes.failed";

/** Refuses what could never be judged. @throws NetkitError `NK_USAGE` */
export function checkExpectations(expectations: readonly ParsedExpectation[], tracker: Tracker): void {
  const known = knownMetrics(tracker);
  for (const expectation of expectations) {
    checkExpectation(expectation, known, {
      ...(expectation.endpoint === undefined ? {} : { endpoints: endpointsFor(expectation.endpoint) }),
      windows: false,
      baseline: false,
    });
  }
}

export function judgeExpectations(
  expectations: readonly ParsedExpectation[],
  tracker: Tracker,
  failures: number,
): Judgement[] {
  const known = knownMetrics(tracker);
  return expectations.map((expectation) => {
    const { metric, endpoint, operator } = expectation;
    const figure = metric === FAILED ? { value: failures } : figureOf(metric, endpoint, tracker);
    const { bucket } = figure;
    // Beyond the last bound only that it is larger is known.
    const open = bucket !== undefined && bucket.value === null;
    const fromBelow = operator === ">" || operator === ">=";
    const scale = SCALES[known[metric.replace(/\.p[\d.]+$/, ".pNN")] ?? "number"] ?? 1;
    const raw = open ? (fromBelow ? bucket.from : undefined) : figure.value;
    const judged = evaluate(expectation, {
      known,
      ...(endpoint === undefined ? {} : { endpoints: endpointsFor(endpoint) }),
      value: () => (raw === undefined ? undefined : raw * scale),
    });
    if (bucket === undefined) return judged;
    const show = (value: number) => (scale === 1e6 ? formatMicros(value * scale) : String(value));
    const detail = open
      ? `${metric} is above ${show(bucket.from)}, beyond the last bucket`
      : `${judged.detail} (in the bucket from ${show(bucket.from)} to ${show(Number(bucket.le))})`;
    return { ...judged, detail };
  });
}

/** Expectations count durations in microseconds, and expositions in seconds. */
const SCALES: Partial<Record<Dimension, number>> = { duration: 1e6 };

function endpointsFor(endpoint: string): readonly string[] {
  return parseLabel(endpoint) === undefined ? ["label=value"] : [endpoint];
}

function knownMetrics(tracker: Tracker): KnownMetrics {
  const known: [string, Dimension][] = [[FAILED, "number"]];
  for (const { family } of tracker.families.values()) {
    known.push(...metricsOf(family));
  }
  return Object.fromEntries(known);
}

function metricsOf({ name, kind, unit }: Family): [string, Dimension][] {
  const plain = dimensionOf(unit);
  const growing: [string, Dimension][] = [
    // Of bytes a byte rate; of seconds, processor time say, a plain number of seconds a second.
    [`${name}.rate`, unit === "bytes" && kind === "counter" ? "byte-rate" : "rate"],
    [`${name}.increase`, kind === "counter" ? plain : "number"],
  ];
  switch (kind) {
    case "counter":
      return [[name, plain], ...growing];
    case "histogram":
    case "gauge-histogram":
    case "summary":
      return [[`${name}.pNN`, plain], [`${name}.mean`, plain], ...growing];
    default: {
      const statistics = ["min", "mean", "max"].map((at): [string, Dimension] => [`${name}.${at}`, plain]);
      return [[name, plain], ...statistics];
    }
  }
}

function dimensionOf(unit: string | null): Dimension {
  return unit === "seconds" ? "duration" : unit === "bytes" ? "size" : unit === "ratio" ? "share" : "number";
}

interface Found {
  readonly value?: number | undefined;
  readonly bucket?: Percentile | undefined;
}

function figureOf(metric: string, endpoint: string | undefined, tracker: Tracker): Found {
  const [name, statistic] = split(metric, tracker);
  const placed = tracker.families.get(name);
  if (placed === undefined) return {};
  const wanted = endpoint === undefined ? undefined : parseLabel(endpoint);
  const fits = wanted === undefined ? undefined : shape(wanted.value);
  const all = [...placed.series]
    .filter(([key]) => tracker.isPresent(name, key))
    .map(([, tracked]) => tracked)
    .filter(
      ({ series }) => fits?.(series.labels.find(([label]) => label === wanted!.name)?.[1] ?? "") ?? true,
    );
  // Declared, and nothing was counted yet.
  if (all.length === 0 && placed.family.kind === "counter" && wanted === undefined) return { value: 0 };
  return statistic === undefined ? bare(all) : statisticOf(statistic, all);
}

/** A family's name has no dot; one that was quoted may. */
function split(metric: string, tracker: Tracker): readonly [string, string?] {
  if (tracker.families.has(metric)) return [metric];
  const percentile = percentileOf(metric);
  const at = percentile === undefined ? metric.lastIndexOf(".") : percentile.prefix.length - 1;
  return [metric.slice(0, at), metric.slice(at + 1)];
}

function bare(all: readonly Tracked[]): Found {
  const values = all.map(({ series }) => counted(series.sample));
  const isCounter = all[0]?.series.sample.kind === "counter";
  return { value: isCounter ? values.reduce((sum, value) => sum + value, 0) : largest(values) };
}

function statisticOf(statistic: string, all: readonly Tracked[]): Found {
  const percentile = percentileOf(statistic)?.percentile;
  if (percentile !== undefined) return percentileAt(percentile, all);
  switch (statistic) {
    case "rate":
      return {
        value: grown(all, ({ increase, seconds }) => (seconds > 0 ? increase / seconds : Number.NaN)),
      };
    case "increase":
      return { value: grown(all, ({ increase }) => increase) };
    case "min":
      return { value: all.length === 0 ? undefined : Math.min(...all.map(({ gauge }) => gauge.min)) };
    case "max":
      return { value: largest(all.map(({ gauge }) => gauge.max)) };
    default:
      return { value: meanOf(all) };
  }
}

function meanOf(all: readonly Tracked[]): number | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  if (first.series.sample.kind === "gauge") {
    return largest(all.map(({ gauge }) => (gauge.count > 0 ? gauge.sum / gauge.count : Number.NaN)));
  }
  const increase = all.reduce((sum, one) => sum + one.increase, 0);
  const sum = all.reduce((total, one) => total + (one.sum ?? Number.NaN), 0);
  return increase > 0 ? sum / increase : undefined;
}

function percentileAt(percentile: number, all: readonly Tracked[]): Found {
  const kind = all[0]?.series.sample.kind;
  if (kind === "summary") {
    const values = all.flatMap(({ series: { sample } }) =>
      sample.kind === "summary"
        ? sample.quantiles.filter(({ quantile }) => Math.abs(quantile * 100 - percentile) < 1e-9)
        : [],
    );
    return { value: largest(values.map(({ value }) => value)) };
  }
  const merged = mergeSeries(all);
  if (merged === undefined) return {};
  const bucket = percentileOfBuckets(merged.buckets, percentile);
  return { value: bucket?.value ?? undefined, bucket };
}

/** A series that appeared counts; with one scrape nothing has grown. */
function grown(all: readonly Tracked[], of: (tracked: Tracked) => number): number | undefined {
  const known = all.filter(({ continuity }) => continuity !== "unknown");
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + of(one), 0);
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
