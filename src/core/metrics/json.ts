/**
 * A metrics snapshot as JSON: readable figures for people and scripts, and beside each histogram its whole
 * content in the HdrHistogram V2 form, so that what was read back merges as exactly as what was written.
 *
 * Times are microseconds. Figures of an empty histogram are null. JSON has no word for NaN and the
 * infinities; a gauge that is one of them is written as the text that Prometheus uses.
 */
import { NetkitError } from "../errors.ts";
import { assertNever } from "../exhaustive.ts";
import { decodeHistogram, encodeHistogramData } from "./hdr-codec.ts";
import { LatencyHistogram } from "./histogram.ts";
import { type LatencySummary, summarize } from "./latency-summary.ts";
import {
  type FamilySnapshot,
  type GaugeMerge,
  type HistogramSeries,
  type MetricsSnapshot,
  type NumberSeries,
  plainHistogram,
} from "./snapshot.ts";

export type JsonNumber = number | "NaN" | "+Inf" | "-Inf";

export interface NumberSeriesJson {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: JsonNumber;
}

export interface HistogramSeriesJson extends LatencySummary {
  readonly labels: Readonly<Record<string, string>>;
  readonly sum: number;
  readonly sumSquares: number;
  /** Base64 HdrHistogram V2, compressed. */
  readonly histogram: string;
}

interface FamilyFactsJson {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export type FamilyJson =
  | (FamilyFactsJson & { readonly kind: "counter"; readonly series: readonly NumberSeriesJson[] })
  | (FamilyFactsJson & {
      readonly kind: "gauge";
      readonly merge: GaugeMerge;
      readonly series: readonly NumberSeriesJson[];
    })
  | (FamilyFactsJson & {
      readonly kind: "histogram";
      readonly boundsSeconds: readonly number[];
      readonly series: readonly HistogramSeriesJson[];
    });

export interface MetricsJson {
  readonly families: readonly FamilyJson[];
}

export function metricsToJson(snapshot: MetricsSnapshot): MetricsJson {
  return { families: snapshot.families.map(familyToJson) };
}

function familyToJson(family: FamilySnapshot): FamilyJson {
  const { name, help, labelNames } = family;
  const named = (values: readonly string[]) => {
    return Object.fromEntries(labelNames.map((label, at) => [label, values[at] ?? ""]));
  };
  const number = ({ labels, value }: NumberSeries) => ({ labels: named(labels), value: writeNumber(value) });
  switch (family.kind) {
    case "counter":
      return { kind: "counter", name, help, labelNames, series: family.series.map(number) };
    case "gauge":
      return {
        kind: "gauge",
        name,
        help,
        labelNames,
        merge: family.merge,
        series: family.series.map(number),
      };
    case "histogram": {
      const series = family.series.map((one) => histogramToJson(one, named(one.labels)));
      return { kind: "histogram", name, help, labelNames, boundsSeconds: family.boundsSeconds, series };
    }
    default:
      return assertNever(family);
  }
}

function histogramToJson(series: HistogramSeries, labels: Record<string, string>): HistogramSeriesJson {
  const { data } = series;
  return {
    labels,
    ...summarize(LatencyHistogram.fromSnapshot(data)),
    sum: data.sum,
    sumSquares: data.sumSquares,
    histogram: encodeHistogramData(data),
  };
}

function writeNumber(value: number): JsonNumber {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "+Inf" : "-Inf";
}

/**
 * The snapshot again, exactly.
 *
 * @param subject The URL or file it came from, for the error.
 * @throws NetkitError `NK_METRICS_BAD` or `NK_HISTOGRAM_BAD`, stage file.
 */
export function metricsFromJson(json: unknown, subject?: string): MetricsSnapshot {
  const reader = new Reader(subject);
  const { families } = reader.object(json, "the document");
  return { families: reader.list(families, "families").map((family) => reader.family(family)) };
}

/** Checks while it reads; every refusal names the field. */
class Reader {
  readonly #subject: string | undefined;

  constructor(subject: string | undefined) {
    this.#subject = subject;
  }

  family(json: unknown): FamilySnapshot {
    const from = this.object(json, "a family");
    const name = this.text(from.name, "name");
    const help = this.text(from.help, "help");
    const labelNames = this.list(from.labelNames, "labelNames").map((label) =>
      this.text(label, "labelNames"),
    );
    const rows = this.list(from.series, "series").map((row) => this.object(row, "series"));
    const numbers = () => {
      return rows.map((row) => ({
        labels: this.labels(row, labelNames),
        value: this.loose(row.value, name),
      }));
    };
    switch (from.kind) {
      case "counter":
        return { kind: "counter", name, help, labelNames, series: numbers() };
      case "gauge": {
        const merge = from.merge === "max" || from.merge === "sum" ? from.merge : this.refuse("merge");
        return { kind: "gauge", name, help, labelNames, merge, series: numbers() };
      }
      case "histogram": {
        const bounds = this.list(from.boundsSeconds, "boundsSeconds");
        const boundsSeconds = bounds.map((bound) => this.number(bound, "boundsSeconds"));
        const series = rows.map((row) => ({
          labels: this.labels(row, labelNames),
          data: plainHistogram(this.histogram(row, name).snapshot()),
        }));
        return { kind: "histogram", name, help, labelNames, boundsSeconds, series };
      }
      default:
        return this.refuse("kind");
    }
  }

  histogram(row: Record<string, unknown>, name: string): LatencyHistogram {
    const coded = decodeHistogram(this.text(row.histogram, "histogram"), undefined, this.#subject);
    if (coded.isEmpty) return coded;
    const { indices, counts, count } = coded.snapshot();
    const sum = this.number(row.sum, "sum");
    const sumSquares = this.number(row.sumSquares, "sumSquares");
    const min = this.number(row.min, "min");
    const max = this.number(row.max, "max");
    try {
      return LatencyHistogram.fromSnapshot({ count, sum, sumSquares, min, max, indices, counts });
    } catch (cause) {
      return this.refuse(name, cause);
    }
  }

  labels(row: Record<string, unknown>, names: readonly string[]): string[] {
    const labels = this.object(row.labels, "labels");
    return names.map((name) => this.text(Object.hasOwn(labels, name) ? labels[name] : undefined, "labels"));
  }

  object(value: unknown, field: string): Record<string, unknown> {
    if (typeof value !== "object" || value === null) return this.refuse(field);
    return value as Record<string, unknown>;
  }

  list(value: unknown, field: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.refuse(field);
  }

  text(value: unknown, field: string): string {
    return typeof value === "string" ? value : this.refuse(field);
  }

  number(value: unknown, field: string): number {
    return typeof value === "number" && Number.isFinite(value) ? value : this.refuse(field);
  }

  loose(value: unknown, field: string): number {
    if (value === "NaN") return Number.NaN;
    if (value === "+Inf") return Number.POSITIVE_INFINITY;
    if (value === "-Inf") return Number.NEGATIVE_INFINITY;
    return this.number(value, field);
  }

  refuse(field: string, cause?: unknown): never {
    throw new NetkitError("file", "NK_METRICS_BAD", "could not read metrics", {
      subject: this.#subject,
      why: `"${field}" is missing or not what it should be`,
      next: "use the JSON of a netkit of the same version, unchanged",
      cause,
    });
  }
}
