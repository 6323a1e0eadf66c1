/**
 * The metrics of one process or thread. Names are checked and unique; the hot path holds a counter, gauge or
 * histogram and writes numbers into it; everything derived is worked out when a snapshot is taken.
 *
 *     const requests = registry.counterFamily("netkit_requests_total", "Requests by status.", ["status"]);
 *     const ok = requests.labels({ status: "200" });    // resolved once, kept
 *     ok.value++;                                       // per request
 *
 * A family is bounded: label sets beyond `maxSeries` share one series whose labels all read "other", so that
 * a client that makes up paths can neither fill the memory nor get lost from the total.
 */
import { assertNever } from "../exhaustive.ts";
import { Counter } from "./counter.ts";
import { Gauge, type Reading } from "./gauge.ts";
import { LatencyHistogram } from "./histogram.ts";
import { checkBounds, checkMetric, type MetricKind, seriesNames } from "./names.ts";
import {
  compareLabels,
  compareText,
  type FamilySnapshot,
  type GaugeMerge,
  type MetricsSnapshot,
  plainHistogram,
} from "./snapshot.ts";

/** What one process can hold and one scrape can carry without pain. */
const DEFAULT_MAX_SERIES = 1000;
const OVERFLOW_LABEL = "other";

/** From 100 us, a local answer, to 10 s, a common time-out: the 1-2.5-5 steps of the Prometheus clients. */
export const DEFAULT_BOUNDS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface FamilyOptions {
  /** Label sets kept apart; 1000. */
  readonly maxSeries?: number;
}

export interface GaugeOptions extends FamilyOptions {
  /** "sum" unless said otherwise. */
  readonly merge?: GaugeMerge;
}

export interface HistogramOptions extends FamilyOptions {
  /** Bucket bounds of the Prometheus form, in seconds. */
  readonly boundsSeconds?: readonly number[];
}

/** Metrics of one name that differ in their label values. */
export class Family<M, L extends string = string> {
  readonly labelNames: readonly L[];
  readonly #make: () => M;
  readonly #maxSeries: number;
  readonly #children = new Map<string, { readonly labels: readonly string[]; readonly metric: M }>();

  constructor(labelNames: readonly L[], make: () => M, maxSeries = DEFAULT_MAX_SERIES) {
    this.labelNames = labelNames;
    this.#make = make;
    this.#maxSeries = maxSeries;
  }

  /** The child with these label values, made when it is new. Look it up once and keep it. */
  labels(values: Readonly<Record<L, string>>): M {
    return this.child(this.labelNames.map((name) => values[name]));
  }

  /** The same with the values in the order of `labelNames`. */
  child(values: readonly string[]): M {
    if (values.length !== this.labelNames.length || values.some((value) => typeof value !== "string")) {
      throw new Error(`labels ${this.labelNames.join(", ")} need one text each`);
    }
    const known = this.#children.get(JSON.stringify(values));
    if (known !== undefined) return known.metric;
    const full = this.#children.size >= this.#maxSeries;
    const labels = full ? values.map(() => OVERFLOW_LABEL) : [...values];
    const key = JSON.stringify(labels);
    const shared = this.#children.get(key);
    if (shared !== undefined) return shared.metric;
    const metric = this.#make();
    this.#children.set(key, { labels, metric });
    return metric;
  }

  /** Sorted by label values. */
  entries(): { readonly labels: readonly string[]; readonly metric: M }[] {
    return [...this.#children.values()].sort((a, b) => compareLabels(a.labels, b.labels));
  }
}

type Numeric = Counter | Gauge | Observed;

/** Takes its value from elsewhere at each snapshot. */
class Observed {
  readonly #read: Reading;

  constructor(read: Reading) {
    this.#read = read;
  }

  get value(): number {
    return this.#read();
  }
}

interface EntryFacts {
  readonly name: string;
  readonly help: string;
}

type Entry =
  | (EntryFacts & { readonly kind: "counter"; readonly family: Family<Numeric> })
  | (EntryFacts & { readonly kind: "gauge"; readonly merge: GaugeMerge; readonly family: Family<Numeric> })
  | (EntryFacts & {
      readonly kind: "histogram";
      readonly boundsSeconds: readonly number[];
      readonly family: Family<LatencyHistogram>;
    });

export class MetricsRegistry {
  readonly #entries = new Map<string, Entry>();
  /** Every series name in use, with the family that owns it. */
  readonly #owners = new Map<string, string>();

  /** A registry that continues where the snapshot stood; its observed metrics become plain ones. */
  static fromSnapshot(snapshot: MetricsSnapshot): MetricsRegistry {
    const registry = new MetricsRegistry();
    for (const family of snapshot.families) registry.#restore(family);
    return registry;
  }

  counter(name: string, help: string): Counter {
    return this.counterFamily(name, help, []).child([]);
  }

  counterFamily<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    options: FamilyOptions = {},
  ): Family<Counter, L> {
    const family = new Family<Counter, L>(labels, () => new Counter(), options.maxSeries);
    this.#register("counter", { kind: "counter", name, help, family }, labels);
    return family;
  }

  /** A counter that is kept elsewhere; `read` must never give less than before. */
  observedCounter(name: string, help: string, read: Reading): void {
    const family = new Family<Observed>([], () => new Observed(read));
    family.child([]);
    this.#register("counter", { kind: "counter", name, help, family }, []);
  }

  gauge(name: string, help: string, options: GaugeOptions = {}): Gauge {
    return this.gaugeFamily(name, help, [], options).child([]);
  }

  gaugeFamily<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    options: GaugeOptions = {},
  ): Family<Gauge, L> {
    const family = new Family<Gauge, L>(labels, () => new Gauge(), options.maxSeries);
    const { merge = "sum" } = options;
    this.#register("gauge", { kind: "gauge", name, help, merge, family }, labels);
    return family;
  }

  /** A gauge that is kept elsewhere. */
  observedGauge(name: string, help: string, read: Reading, options: GaugeOptions = {}): void {
    const family = new Family<Observed>([], () => new Observed(read));
    family.child([]);
    const { merge = "sum" } = options;
    this.#register("gauge", { kind: "gauge", name, help, merge, family }, []);
  }

  /** Recorded in microseconds, exposed in seconds. */
  histogram(name: string, help: string, options: HistogramOptions = {}): LatencyHistogram {
    return this.histogramFamily(name, help, [], options).child([]);
  }

  histogramFamily<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    options: HistogramOptions = {},
  ): Family<LatencyHistogram, L> {
    const { boundsSeconds = DEFAULT_BOUNDS_SECONDS } = options;
    checkBounds(name, boundsSeconds);
    const family = new Family<LatencyHistogram, L>(labels, () => new LatencyHistogram(), options.maxSeries);
    this.#register("histogram", { kind: "histogram", name, help, boundsSeconds, family }, labels);
    return family;
  }

  /** Plain data that shares nothing with the live metrics. */
  snapshot(): MetricsSnapshot {
    const families = [...this.#entries.values()].map(snapshotFamily);
    return { families: families.sort((a, b) => compareText(a.name, b.name)) };
  }

  #register(kind: MetricKind, entry: Entry, labels: readonly string[]): void {
    checkMetric(kind, entry.name, entry.help, labels);
    const names = seriesNames(kind, entry.name);
    for (const series of names) {
      const owner = this.#owners.get(series);
      if (owner !== undefined) throw new Error(`metric ${entry.name} is already registered, by ${owner}`);
    }
    for (const series of names) this.#owners.set(series, entry.name);
    this.#entries.set(entry.name, entry);
  }

  #restore(from: FamilySnapshot): void {
    const { name, help, labelNames } = from;
    // The snapshot may hold one series more than the bound, the shared one.
    const options = { maxSeries: Math.max(DEFAULT_MAX_SERIES, from.series.length) };
    switch (from.kind) {
      case "counter": {
        const family = this.counterFamily(name, help, labelNames, options);
        for (const { labels, value } of from.series) family.child(labels).value = value;
        return;
      }
      case "gauge": {
        const family = this.gaugeFamily(name, help, labelNames, { ...options, merge: from.merge });
        for (const { labels, value } of from.series) family.child(labels).value = value;
        return;
      }
      case "histogram": {
        const { boundsSeconds } = from;
        const family = this.histogramFamily(name, help, labelNames, { ...options, boundsSeconds });
        for (const { labels, data } of from.series) family.child(labels).addSnapshot(data);
        return;
      }
      default:
        assertNever(from);
    }
  }
}

function numberSeries(family: Family<Numeric>): { labels: readonly string[]; value: number }[] {
  return family.entries().map(({ labels, metric }) => ({ labels, value: metric.value }));
}

function snapshotFamily(entry: Entry): FamilySnapshot {
  const { name, help } = entry;
  const { labelNames } = entry.family;
  switch (entry.kind) {
    case "counter":
      return { kind: "counter", name, help, labelNames, series: numberSeries(entry.family) };
    case "gauge":
      return {
        kind: "gauge",
        name,
        help,
        labelNames,
        merge: entry.merge,
        series: numberSeries(entry.family),
      };
    case "histogram": {
      const series = entry.family.entries().map(({ labels, metric }) => {
        return { labels, data: plainHistogram(metric.snapshot()) };
      });
      return { kind: "histogram", name, help, labelNames, boundsSeconds: entry.boundsSeconds, series };
    }
    default:
      return assertNever(entry);
  }
}
