/**
 * A watch as it goes: a sparkline for each family that moves, or one line an interval where nothing can be redrawn.
 */
import { groupThousands } from "../../core/units.ts";
import type { FamilyResult, StatsInterval } from "../../engine/stats/live/result.ts";
import { sparkline } from "../text/charts.ts";
import { type Palette, padEnd, padStart, printable, truncate } from "../text/style.ts";
import { showFigure, showRate, tail } from "./figures.ts";

/** One row of the picture: a family's rate, p99 or value. */
interface Reading {
  readonly id: string;
  readonly family: FamilyResult;
  readonly what: "rate" | "p99" | "value";
  /** Null where nothing was observed; in the last bucket its lower bound. */
  readonly value: number | null;
  readonly isOpen: boolean;
}

/** More than a wide terminal shows. */
const MOST_KEPT = 160;

/** Of a name in a line: of those of one program the ends differ. */
const LINE_NAME_COLUMNS = 24;

/** Values of each row, the newest last; rows keep their order once they are there. */
export class Course {
  readonly #rows = new Map<string, { reading: Reading; readonly values: (number | null)[] }>();
  #intervals = 0;
  #failures = 0;

  add(interval: StatsInterval): void {
    this.#intervals++;
    const seen = new Set<string>();
    for (const reading of readings(interval.families)) {
      seen.add(reading.id);
      const row = this.#rows.get(reading.id);
      if (row === undefined) this.#rows.set(reading.id, { reading, values: [reading.value] });
      else {
        row.reading = reading;
        row.values.push(reading.value);
      }
    }
    for (const [id, { values }] of this.#rows) {
      if (!seen.has(id)) values.push(null);
      if (values.length > MOST_KEPT) values.shift();
    }
  }

  addFailure(): void {
    this.#failures++;
    for (const { values } of this.#rows.values()) values.push(null);
  }

  /** @param rows lines that the screen has; @param title where it is read */
  picture(title: string, palette: Palette, width: number, rows: number): string[] {
    const all = [...this.#rows.values()];
    const moving = all.filter(({ reading, values }) => moves(reading, values));
    const shown = moving.slice(0, Math.max(1, rows - 4));
    const names = Math.min(
      Math.floor(width * 0.46),
      Math.max(12, ...shown.map(({ reading }) => label(reading).length)),
    );
    const entries = shown.map(({ reading, values }) => {
      const numbers = values.filter((value) => value !== null);
      const most = numbers.length === 0 ? null : Math.max(...numbers);
      const now = values.at(-1) == null ? "-" : show(reading);
      return { reading, values, now, most: `max ${show({ ...reading, isOpen: false, value: most })}` };
    });
    const nowColumns = Math.max(10, ...entries.map(({ now }) => now.length));
    const mostColumns = Math.max(0, ...entries.map(({ most }) => most.length));
    // A line that wraps would not be written over.
    const columns = Math.max(4, width - names - nowColumns - mostColumns - 5);
    const lines = entries.map(({ reading, values, now, most }) => {
      const name = padEnd(tail(label(reading), names), names);
      const drawn = padStart(sparkline(values.slice(-columns)), columns);
      return ` ${palette.label(name)} ${padStart(now, nowColumns)} ${palette.bar(drawn)} ${palette.dim(most)}`;
    });
    const still = all.length - moving.length;
    const hidden = moving.length - shown.length;
    const words = [
      `${groupThousands(this.#intervals)} ${this.#intervals === 1 ? "interval" : "intervals"}`,
      ...(this.#failures === 0 ? [] : [`${groupThousands(this.#failures)} failed`]),
      ...(hidden > 0 ? [`${hidden} more rows (--filter chooses)`] : []),
      ...(still > 0 ? [`${groupThousands(still)} stand still`] : []),
      "Ctrl-C ends it",
    ];
    return [
      ` ${palette.title(truncate(printable(title), width - 2))}`,
      ...lines,
      ` ${palette.dim(truncate(words.join(" · "), width - 2))}`,
    ];
  }
}

/** ` 12  17:52:01  requests_total 8,431/s · request_seconds p99 1.2 ms`. */
export function intervalLine(interval: StatsInterval, palette: Palette, width: number): string {
  const start = ` ${String(interval.number).padStart(3)}  ${interval.at.slice(11, 19)}`;
  const parts = readings(interval.families)
    .filter(({ what, value }) => value !== null && (what === "value" || value > 0))
    .map((reading) => `${tail(label(reading), LINE_NAME_COLUMNS)} ${show(reading)}`);
  const rest = parts.length === 0 ? "nothing moved" : parts.join(" · ");
  const line = truncate(`${start}  ${rest}`, width - 1);
  return palette.label(line.slice(0, start.length)) + line.slice(start.length);
}

/** What slows and what flows first: distributions, then counters, then what merely is. */
const ORDER: Readonly<Record<FamilyResult["kind"], number>> = {
  histogram: 0,
  "gauge-histogram": 0,
  summary: 1,
  counter: 2,
  gauge: 3,
  unknown: 3,
};

function readings(families: readonly FamilyResult[]): Reading[] {
  return [...families].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]).flatMap(readingsOf);
}

function readingsOf(family: FamilyResult): Reading[] {
  const { total, series, kind, name } = family;
  const reading = (what: Reading["what"], value: number | null, isOpen = false): Reading => ({
    id: `${name} ${what}`,
    family,
    what,
    value,
    isOpen,
  });
  const growing = series.flatMap((one) => ("rate" in one && one.rate !== null ? [one.rate] : []));
  const rate = growing.length === 0 ? null : growing.reduce((sum, one) => sum + one, 0);
  switch (kind) {
    case "histogram":
    case "gauge-histogram": {
      const p99 =
        total?.kind === "histogram"
          ? total.percentiles.find(({ percentile }) => percentile === 99)
          : undefined;
      const tops = p99 === undefined ? null : (p99.value ?? p99.from);
      return [
        ...(kind === "histogram" ? [reading("rate", rate)] : []),
        reading("p99", tops, p99?.value === null),
      ];
    }
    case "counter":
    case "summary":
      return [reading("rate", rate)];
    default: {
      // Several of a gauge do not add up: capacities beside loads.
      const [only] = series;
      const value =
        series.length === 1 && only?.kind === "gauge" && typeof only.value === "number" ? only.value : null;
      return [reading("value", value)];
    }
  }
}

function moves({ what }: Reading, values: readonly (number | null)[]): boolean {
  const known = values.filter((value) => value !== null);
  return what === "value" ? new Set(known).size > 1 : known.some((value) => value > 0);
}

function label({ family: { name, kind }, what }: Reading): string {
  const shown = printable(name);
  return what === "p99" ? `${shown} p99` : what === "rate" && kind === "histogram" ? `${shown} rate` : shown;
}

function show({ family, what, value, isOpen }: Reading): string {
  if (value === null) return "-";
  if (what === "rate") return showRate(value, family, family.kind === "counter");
  return `${isOpen ? "> " : ""}${showFigure(value, family)}`;
}
