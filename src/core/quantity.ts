/**
 * A value with its dimension, for texts whose unit is not known beforehand: `200ms`, `950/s`, `1%`, `64KiB`.
 */
import { assertNever } from "./exhaustive.ts";
import {
  formatByteRate,
  formatBytes,
  formatMicros,
  formatShare,
  groupThousands,
  parseDuration,
  parseRate,
  parseSize,
} from "./units.ts";

/** The unit of a metric: microseconds, per second, bytes per second, a share of 1, bytes, or a plain number. */
export type Dimension = "duration" | "rate" | "byte-rate" | "share" | "size" | "number";

export interface Quantity {
  readonly dimension: Dimension;
  /** In the dimension's unit. */
  readonly value: number;
}

/**
 * The unit decides the dimension: `10m` is a time, `10MB` a size. A bare number stays one, since only the
 * metric says what it counts; percentages may exceed 100 %, for `baseline+150%`. Undefined for anything else.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const number = /^(-?(?:\d+(?:\.\d+)?|\.\d+))([kM%]?)$/.exec(text);
  if (number !== null) {
    const value = Number(number[1]);
    if (number[2] === "%") return { dimension: "share", value: value / 100 };
    return { dimension: "number", value: value * (number[2] === "k" ? 1e3 : number[2] === "M" ? 1e6 : 1) };
  }
  const perSecond = /^(.*[bB])\/s$/.exec(text);
  if (perSecond !== null) return quantity("byte-rate", () => parseSize(perSecond[1]!));
  if (text.includes("/")) return quantity("rate", () => parseRate(text));
  if (/b$/i.test(text)) return quantity("size", () => parseSize(text));
  return quantity("duration", () => parseDuration(text) * 1000);
}

function quantity(dimension: Dimension, parse: () => number): Quantity | undefined {
  try {
    return { dimension, value: parse() };
  } catch {
    // The caller refuses in its own words: it quotes the whole text, not this part of it.
    return undefined;
  }
}

/** With its article, for sentences. */
export const DIMENSION_NOUNS: Record<Dimension, string> = {
  duration: "a duration",
  rate: "a rate",
  "byte-rate": "a byte rate",
  share: "a share",
  size: "a size",
  number: "a plain number",
};

export const DIMENSION_EXAMPLES: Record<Dimension, string> = {
  duration: "200ms",
  rate: "950/s",
  "byte-rate": "10MB/s",
  share: "1%",
  size: "1MB",
  number: "1000",
};

/** A bare number may stand for a rate (per second) or a share, never for a time or a size, unless it is 0. */
export function fits(given: Quantity, dimension: Dimension): boolean {
  if (given.dimension === dimension) return true;
  if (given.dimension !== "number") return false;
  return given.value === 0 || dimension === "rate" || dimension === "share";
}

export function showValue(value: number, dimension: Dimension): string {
  // The formats are made for what was measured; only a limit can be negative (baseline-5ms).
  if (value < 0) return `-${showValue(-value, dimension)}`;
  switch (dimension) {
    case "duration":
      return formatMicros(value);
    case "rate":
      return `${plainNumber(value)}/s`;
    case "byte-rate":
      return formatByteRate(value);
    case "share":
      return formatShare(value);
    case "size":
      return formatBytes(value);
    case "number":
      return plainNumber(value);
    default:
      return assertNever(dimension);
  }
}

const EXACT_UNITS: Record<Dimension, string> = {
  duration: " us",
  rate: "/s",
  "byte-rate": " B/s",
  share: " (as a share)",
  size: " B",
  number: "",
};

/** A value that rounds to the same text as its bound is written out, lest "200 ms" fail to be "<= 200 ms". */
export function showBeside(value: number, bound: number, dimension: Dimension): string {
  const text = showValue(value, dimension);
  return value !== bound && text === showValue(bound, dimension) ? `${value}${EXACT_UNITS[dimension]}` : text;
}

function plainNumber(value: number): string {
  if (Number.isInteger(value)) return groupThousands(value);
  return value >= 1000 ? groupThousands(Math.round(value)) : String(Number(value.toPrecision(4)));
}
