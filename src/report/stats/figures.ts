/** Figures of metrics in the unit that their name or `# UNIT` tells, and names cut where they say least. */
import { formatByteRate, formatBytes, formatMicros, formatShare, groupThousands } from "../../core/units.ts";
import type { FamilyResult, Figure, Percentile, SeriesResult } from "../../engine/stats/live/result.ts";
import { displayWidth, printable } from "../text/style.ts";

/** Seconds since 1970 are named so; anything from 2001 to 5138 is believed. */
const INSTANT_NAME = /_(?:time|timestamp)(?:_seconds)?$|_created$/;
const FIRST_INSTANT = 1e9;
const LAST_INSTANT = 1e11;

/** Nothing real has as many: some programs write "none" as the largest number there is. */
const SENTINEL = 1e15;

type Named = Pick<FamilyResult, "name" | "unit">;

/** `12.3 ms`, `1.2 MB`, `1,234`, `2026-01-31 12:00:00Z`. */
export function showFigure(value: Figure | null, { name, unit }: Named): string {
  if (value === null) return "-";
  if (typeof value === "string") return value;
  if (INSTANT_NAME.test(name) && value >= FIRST_INSTANT && value < LAST_INSTANT) {
    return `${new Date(value * 1000).toISOString().slice(0, 19).replace("T", " ")}Z`;
  }
  if (value < 0) return `-${showFigure(-value, { name, unit })}`;
  switch (unit) {
    case "seconds":
      return value >= SENTINEL ? `${showNumber(value)} s` : formatMicros(value * 1e6);
    case "bytes":
      return value >= SENTINEL ? `${showNumber(value)} B` : formatBytes(value);
    case "ratio":
      return formatShare(value);
    default:
      return showNumber(value);
  }
}

/** Per second: `8,431/s`, `1.2 MB/s`; of seconds, processor time say, `0.25 s/s`. */
export function showRate(rate: number | null, family: Named, isCounter: boolean): string {
  if (rate === null) return "-";
  if (!isCounter) return `${showNumber(rate)}/s`;
  if (family.unit === "bytes") return formatByteRate(rate);
  return family.unit === "seconds" ? `${showNumber(rate)} s/s` : `${showNumber(rate)}/s`;
}

function showNumber(value: number): string {
  if (value >= 1e12) return value.toExponential(3).replace("+", "");
  if (Number.isInteger(value) || value >= 1000) return groupThousands(Math.round(value));
  if (value !== 0 && value < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(value < 0.1 ? 2 : 3)));
}

/** The value and, apart, the bound of its bucket. */
export function showPercentile(one: Percentile | undefined, family: Named): readonly [string, string] {
  if (one === undefined) return ["-", ""];
  const value = one.value === null ? `> ${showFigure(one.from, family)}` : showFigure(one.value, family);
  return [value, `≤ ${showFigure(one.le, family)}`];
}

/** `route="/" status="2xx"`, safe to print. */
export function showLabels({ labels }: Pick<SeriesResult, "labels">): string {
  return Object.entries(labels)
    .map(([name, value]) => `${printable(name)}="${printable(value)}"`)
    .join(" ");
}

/** Names of one program begin alike, so it is the beginning that gives way. */
export function tail(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = text;
  while (displayWidth(kept) > columns - 1) kept = kept.slice(Math.max(1, displayWidth(kept) - columns));
  return `…${kept}`;
}
