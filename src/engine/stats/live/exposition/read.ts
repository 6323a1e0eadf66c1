/**
 * A whole exposition: lines put together as families of series. A line that breaks the rules ends it, as it does
 * for Prometheus: half an answer would make counters look as if they had stood still.
 *
 * Bounded: what is longer, wider or more than the limits is refused before it is kept.
 */
import { assertNever } from "../../../../core/exhaustive.ts";
import { FamilyDraft, memberOf } from "./draft.ts";
import { type Exposition, type Family, type FamilyKind, unitOfName } from "./family.ts";
import { parseLine, type SampleLine } from "./line.ts";

export interface ReadLimits {
  /** UTF-16 units of one line: a series with long labels and an exemplar has some thousand. */
  readonly maxLineLength: number;
  /** Sample lines: a Prometheus of ten thousand targets exposes less of itself. */
  readonly maxSamples: number;
}

export const DEFAULT_READ_LIMITS: ReadLimits = { maxLineLength: 64 * 1024, maxSamples: 1_000_000 };

export type ReadResult =
  | { readonly kind: "exposition"; readonly exposition: Exposition }
  | {
      readonly kind: "violation";
      /** From 1. */
      readonly line: number;
      /** Its beginning, as it stands. */
      readonly text: string;
      /** Completes "line 3 …". */
      readonly reason: string;
    };

type Format = "prometheus" | "openmetrics";

const SHOWN_LENGTH = 80;

const KINDS: Readonly<Record<string, FamilyKind>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  gaugehistogram: "gauge-histogram",
  summary: "summary",
  info: "gauge",
  stateset: "gauge",
  untyped: "unknown",
  unknown: "unknown",
};

export function readExposition(text: string, format: Format, limits = DEFAULT_READ_LIMITS): ReadResult {
  const reading = new Reading(format, limits);
  let from = text.startsWith("\ufeff") ? 1 : 0;
  for (let number = 1; from < text.length; number++) {
    const end = text.indexOf("\n", from);
    const to = end < 0 ? text.length : end;
    const refuse = (reason: string): ReadResult => ({
      kind: "violation",
      line: number,
      text: text.slice(from, Math.min(to, from + SHOWN_LENGTH)),
      reason,
    });
    if (to - from > limits.maxLineLength) {
      return refuse(`is longer than ${limits.maxLineLength} characters`);
    }
    const line = text.slice(from, to);
    // Every line ends with a line feed: one that does not may be half a number.
    if (end < 0 && /^[ \t]*[^#\s]/.test(line)) return refuse("has no end: the answer was cut");
    const reason = reading.add(line);
    if (reason !== undefined) return refuse(reason);
    from = to + 1;
  }
  if (format === "openmetrics" && !reading.ended) {
    return {
      kind: "violation",
      line: text.split("\n").length,
      text: "",
      reason: "is the last, and no # EOF",
    };
  }
  return { kind: "exposition", exposition: reading.exposition() };
}

class Reading {
  readonly #drafts = new Map<string, FamilyDraft>();
  readonly #kinds = new Map<string, FamilyKind>();
  readonly #helps = new Map<string, string>();
  readonly #units = new Map<string, string>();
  readonly #format: Format;
  readonly #limits: ReadLimits;
  #samples = 0;
  #repeated = 0;
  ended = false;

  constructor(format: Format, limits: ReadLimits) {
    this.#format = format;
    this.#limits = limits;
  }

  /** Why the line cannot be taken; undefined when it was. */
  add(text: string): string | undefined {
    const line = parseLine(text);
    if (this.ended && line.kind !== "nothing") return "stands behind # EOF";
    switch (line.kind) {
      case "nothing":
        return undefined;
      case "eof":
        // In the older format it is a comment like any other.
        this.ended = this.#format === "openmetrics";
        return undefined;
      case "type":
        return this.#type(line.name, line.text);
      case "help":
        this.#helps.set(line.name, line.text);
        return undefined;
      case "unit":
        this.#units.set(line.name, line.text);
        return undefined;
      case "violation":
        return line.reason;
      case "sample":
        return this.#sample(line);
      default:
        return assertNever(line);
    }
  }

  exposition(): Exposition {
    const families = new Map<string, Family>();
    let incomplete = 0;
    for (const draft of this.#drafts.values()) {
      const { series, dropped } = draft.finish();
      incomplete += dropped;
      const name = draft.shownName;
      // The help and the unit may stand before or behind the type.
      const unit = this.#units.get(draft.name) ?? unitOfName(name);
      const help = this.#helps.get(draft.name) ?? null;
      families.set(name, { name, kind: draft.kind, unit: unit === "" ? null : unit, help, series });
    }
    const warnings = [
      ...(this.#repeated === 0 ? [] : [`${this.#repeated} samples repeat a series; the first counts`]),
      ...(incomplete === 0 ? [] : [`${incomplete} histograms have no whole set of buckets and are left out`]),
    ];
    return { format: this.#format, families, warnings };
  }

  #type(name: string, text: string): string | undefined {
    const kind = Object.hasOwn(KINDS, text) ? KINDS[text] : undefined;
    if (kind === undefined) return "names a type that does not exist";
    this.#kinds.set(name, kind);
    // Known, in its place, although it may have no series yet.
    if (!this.#drafts.has(name)) this.#drafts.set(name, new FamilyDraft(name, kind));
    return undefined;
  }

  #sample(line: SampleLine): string | undefined {
    if (++this.#samples > this.#limits.maxSamples) {
      return `is one more than the ${this.#limits.maxSamples} samples that are read`;
    }
    const { family, kind, part } = memberOf(line, this.#kinds);
    let draft = this.#drafts.get(family);
    if (draft === undefined) {
      draft = new FamilyDraft(family, kind);
      this.#drafts.set(family, draft);
    }
    const timestampMs =
      line.timestamp === null ? null : line.timestamp * (this.#format === "openmetrics" ? 1000 : 1);
    const outcome = draft.add(part, line, timestampMs);
    if (outcome === "repeated") this.#repeated++;
    return outcome === "taken" || outcome === "repeated" ? undefined : outcome;
  }
}
