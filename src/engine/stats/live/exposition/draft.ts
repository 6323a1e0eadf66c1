/**
 * A family while its lines come in: which family and which part of it a sample is, and the parts of one series
 * (buckets, sum, count) put together.
 */
import {
  type Bucket,
  type FamilyKind,
  type Labels,
  type Sample,
  type Series,
  seriesKey,
  sortLabels,
} from "./family.ts";
import { parseNumber, type SampleLine } from "./line.ts";

type Part = "value" | "bucket" | "sum" | "count" | "created";

export interface Member {
  readonly family: string;
  readonly kind: FamilyKind;
  readonly part: Part;
}

/** Endings of sample names, by the kind of family that has them. */
const ENDINGS: Readonly<Record<FamilyKind, Readonly<Record<string, Part>>>> = {
  counter: { _total: "value", _created: "created" },
  gauge: { _info: "value" },
  histogram: { _bucket: "bucket", _sum: "sum", _count: "count", _created: "created" },
  "gauge-histogram": { _bucket: "bucket", _gsum: "sum", _gcount: "count" },
  summary: { _sum: "sum", _count: "count", _created: "created" },
  unknown: {},
};

const ENDING = /_(?:total|created|info|bucket|sum|count|gsum|gcount)$/;

/** The family that a sample belongs to, by the types declared so far, or by its own name where none was. */
export function memberOf({ name, labels }: SampleLine, kinds: Map<string, FamilyKind>): Member {
  const own = kinds.get(name);
  // In 0.0.4 a counter's family has the name of its sample; a quantile of a summary too.
  if (own !== undefined) return { family: name, kind: own, part: "value" };
  const ending = ENDING.exec(name)?.[0];
  const base = ending === undefined ? name : name.slice(0, -ending.length);
  const declared = kinds.get(base);
  const part = ending === undefined || declared === undefined ? undefined : ENDINGS[declared][ending];
  if (declared !== undefined && part !== undefined) return { family: base, kind: declared, part };
  // Some libraries write no types at all; names and `le` say enough.
  if (ending === "_bucket" && labels.some(([label]) => label === "le")) {
    kinds.set(base, "histogram");
    return { family: base, kind: "histogram", part: "bucket" };
  }
  const kind = ending === "_total" ? "counter" : "unknown";
  return { family: name, kind, part: "value" };
}

interface SeriesDraft {
  readonly labels: Labels;
  value: number | undefined;
  readonly buckets: Map<number, number>;
  readonly quantiles: Map<number, number>;
  sum: number | null;
  count: number | null;
  created: number | null;
  timestampMs: number | null;
}

export class FamilyDraft {
  readonly name: string;
  readonly kind: FamilyKind;
  readonly #series = new Map<string, SeriesDraft>();
  #ending = "";

  constructor(name: string, kind: FamilyKind) {
    this.name = name;
    this.kind = kind;
  }

  /** As the samples are called: OpenMetrics leaves `_total` and `_info` out of the family's name. */
  get shownName(): string {
    return `${this.name}${this.#ending}`;
  }

  /** Or why it cannot be: completes "line 3 …". */
  add(part: Part, line: SampleLine, timestampMs: number | null): "taken" | "repeated" | (string & {}) {
    const special = part === "bucket" ? "le" : this.kind === "summary" && part === "value" ? "quantile" : "";
    const bound = special === "" ? undefined : line.labels.find(([name]) => name === special)?.[1];
    if (special !== "" && bound === undefined) return `has no label ${special}`;
    const place = bound === undefined ? 0 : parseNumber(bound);
    if (place === undefined) return `has a label ${special} that is no number`;
    if (part === "value") this.#ending = line.name.slice(this.name.length);
    const labels = special === "" ? line.labels : line.labels.filter(([name]) => name !== special);
    const draft = this.#draft(sortLabels(labels));
    // Created says nothing of when the value was read.
    if (part !== "created") draft.timestampMs ??= timestampMs;
    return store(draft, this.kind, part, place, line.value) ? "taken" : "repeated";
  }

  finish(): { readonly series: Map<string, Series>; readonly dropped: number } {
    const series = new Map<string, Series>();
    let dropped = 0;
    for (const [key, draft] of this.#series) {
      const sample = sampleOf(this.kind, draft);
      if (sample === undefined) dropped++;
      else {
        const { labels, created, timestampMs } = draft;
        series.set(key, { labels, sample, created, timestampMs });
      }
    }
    return { series, dropped };
  }

  #draft(labels: Labels): SeriesDraft {
    const key = seriesKey(labels);
    let draft = this.#series.get(key);
    if (draft === undefined) {
      const parts = { value: undefined, sum: null, count: null, created: null, timestampMs: null };
      draft = { labels, buckets: new Map(), quantiles: new Map(), ...parts };
      this.#series.set(key, draft);
    }
    return draft;
  }
}

/** False where it stands already. */
function store(draft: SeriesDraft, kind: FamilyKind, part: Part, place: number, value: number): boolean {
  if (part === "bucket" || (part === "value" && kind === "summary")) {
    const into = part === "bucket" ? draft.buckets : draft.quantiles;
    if (into.has(place)) return false;
    into.set(place, value);
    return true;
  }
  const known = draft[part];
  if (known !== null && known !== undefined) return false;
  draft[part] = value;
  return true;
}

/** Undefined where the parts do not make one. */
function sampleOf(kind: FamilyKind, draft: SeriesDraft): Sample | undefined {
  const { value, sum, count } = draft;
  switch (kind) {
    case "counter":
      return value === undefined ? undefined : { kind: "counter", value };
    case "histogram":
    case "gauge-histogram": {
      const buckets = wholeBuckets(draft);
      return buckets === undefined ? undefined : { kind: "histogram", buckets, sum };
    }
    case "summary": {
      const quantiles = [...draft.quantiles].map(([quantile, at]) => ({ quantile, value: at }));
      quantiles.sort((a, b) => a.quantile - b.quantile);
      return { kind: "summary", quantiles, count, sum };
    }
    default:
      return value === undefined ? undefined : { kind: "gauge", value };
  }
}

/** Ascending and up to Infinity, which `_count` stands in for; cumulative even where an exporter slipped. */
function wholeBuckets({ buckets, count }: SeriesDraft): Bucket[] | undefined {
  if (!buckets.has(Number.POSITIVE_INFINITY)) {
    if (count === null) return undefined;
    buckets.set(Number.POSITIVE_INFINITY, count);
  }
  let most = 0;
  return [...buckets]
    .filter(([le]) => !Number.isNaN(le))
    .sort(([a], [b]) => a - b)
    .map(([le, counted]) => {
      most = Math.max(most, Number.isFinite(counted) ? counted : 0);
      return { le, count: most };
    });
}
