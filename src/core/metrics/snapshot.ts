/**
 * The state of a registry at one moment, as plain data that survives structured clone and JSON alike
 * (JSON turns a gauge that is NaN or infinite into null; `json.ts` keeps those too).
 *
 * Two snapshots merge exactly: counters and histograms add, gauges add unless they are declared `max`. The
 * order of the operands does not matter, and families and series are always sorted.
 */
import { assertNever } from "../exhaustive.ts";
import { type HistogramData, LatencyHistogram } from "./histogram.ts";

/** How the gauges of several workers become one: connections add up, uptimes do not. */
export type GaugeMerge = "sum" | "max";

export interface NumberSeries {
  /** Label values, in the order of the family's `labelNames`. */
  readonly labels: readonly string[];
  readonly value: number;
}

export interface HistogramSeries {
  readonly labels: readonly string[];
  /** Microseconds; the lists are plain arrays. */
  readonly data: HistogramData;
}

interface FamilyFacts {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export interface CounterSnapshot extends FamilyFacts {
  readonly kind: "counter";
  readonly series: readonly NumberSeries[];
}

export interface GaugeSnapshot extends FamilyFacts {
  readonly kind: "gauge";
  readonly merge: GaugeMerge;
  readonly series: readonly NumberSeries[];
}

export interface HistogramFamilySnapshot extends FamilyFacts {
  readonly kind: "histogram";
  /** Upper bounds of the Prometheus buckets in seconds, ascending, without +Inf. */
  readonly boundsSeconds: readonly number[];
  readonly series: readonly HistogramSeries[];
}

export type FamilySnapshot = CounterSnapshot | GaugeSnapshot | HistogramFamilySnapshot;

export interface MetricsSnapshot {
  /** Sorted by name; series sorted by label values. */
  readonly families: readonly FamilySnapshot[];
}

/** By UTF-16 code unit, so that the order does not depend on a locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareLabels(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareText(a[at]!, b[at]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Plain arrays instead of typed ones, which JSON would turn into objects. */
export function plainHistogram(data: HistogramData): HistogramData {
  const { count, sum, sumSquares, min, max } = data;
  return {
    count,
    sum,
    sumSquares,
    min,
    max,
    indices: plainList(data.indices),
    counts: plainList(data.counts),
  };
}

// Several times faster than Array.from, and a scrape runs in the thread that serves.
function plainList(from: ArrayLike<number>): number[] {
  const list = new Array<number>(from.length);
  for (let at = 0; at < from.length; at++) list[at] = from[at]!;
  return list;
}

/** @throws Error when a name stands for different things in the two: they are not of one program version. */
export function mergeSnapshots(a: MetricsSnapshot, b: MetricsSnapshot): MetricsSnapshot {
  const families = new Map<string, FamilySnapshot>();
  for (const family of a.families) families.set(family.name, family);
  for (const family of b.families) {
    const other = families.get(family.name);
    families.set(family.name, other === undefined ? family : mergeFamilies(other, family));
  }
  return { families: [...families.values()].sort((x, y) => compareText(x.name, y.name)) };
}

function mergeFamilies(a: FamilySnapshot, b: FamilySnapshot): FamilySnapshot {
  if (shapeOf(a) !== shapeOf(b)) {
    throw new Error(`metric ${a.name} has two shapes: ${shapeOf(a)} and ${shapeOf(b)}`);
  }
  switch (a.kind) {
    case "counter":
      return { ...a, series: mergeSeries(a.series, (b as CounterSnapshot).series, addNumbers) };
    case "gauge": {
      const join = a.merge === "max" ? largerNumber : addNumbers;
      return { ...a, series: mergeSeries(a.series, (b as GaugeSnapshot).series, join) };
    }
    case "histogram":
      return { ...a, series: mergeSeries(a.series, (b as HistogramFamilySnapshot).series, addHistograms) };
    default:
      return assertNever(a);
  }
}

function shapeOf(family: FamilySnapshot): string {
  const { kind, labelNames } = family;
  const rule = kind === "gauge" ? family.merge : kind === "histogram" ? family.boundsSeconds.join(" ") : "";
  return `${kind}{${labelNames.join(",")}} ${rule}`.trimEnd();
}

function mergeSeries<S extends { readonly labels: readonly string[] }>(
  a: readonly S[],
  b: readonly S[],
  join: (x: S, y: S) => S,
): S[] {
  const merged = new Map<string, S>();
  for (const series of a) merged.set(JSON.stringify(series.labels), series);
  for (const series of b) {
    const key = JSON.stringify(series.labels);
    const other = merged.get(key);
    merged.set(key, other === undefined ? series : join(other, series));
  }
  return [...merged.values()].sort((x, y) => compareLabels(x.labels, y.labels));
}

function addNumbers(x: NumberSeries, y: NumberSeries): NumberSeries {
  return { labels: x.labels, value: x.value + y.value };
}

function largerNumber(x: NumberSeries, y: NumberSeries): NumberSeries {
  return { labels: x.labels, value: Math.max(x.value, y.value) };
}

function addHistograms(x: HistogramSeries, y: HistogramSeries): HistogramSeries {
  const histogram = LatencyHistogram.fromSnapshot(x.data);
  histogram.addSnapshot(y.data);
  return { labels: x.labels, data: plainHistogram(histogram.snapshot()) };
}
