/**
 * A look at a live endpoint as tables: distributions with percentiles and the buckets that bound them, counters with
 * rates, gauges. What stands still is one line, and of many series the largest are shown, unless all are asked for.
 */
import { assertNever } from "../../core/exhaustive.ts";
import { formatMicros, groupThousands } from "../../core/units.ts";
import type { FamilyResult, SeriesResult, StatsResult } from "../../engine/stats/live/result.ts";
import {
  displayWidth,
  flow,
  hanging,
  type Palette,
  padEnd,
  padStart,
  paletteOf,
  printable,
  type TextOptions,
  truncate,
} from "../text/style.ts";
import { showFigure, showLabels, showPercentile, showRate, tail } from "./figures.ts";

export interface StatsTextOptions extends TextOptions {
  /** Everything that was scraped. */
  readonly all: boolean;
}

/** Of one family. */
const MOST_SERIES = 8;
const FIGURE_COLUMNS = 11;

const FORMATS = {
  prometheus: "Prometheus text",
  openmetrics: "OpenMetrics",
  "netkit.serve-stats": "netkit serve",
} as const;

interface Page {
  readonly palette: Palette;
  readonly width: number;
  readonly all: boolean;
}

export function renderStats(result: StatsResult, options: StatsTextOptions): string {
  const page = { palette: paletteOf(options), width: options.width, all: options.all };
  const { families } = result;
  const infos = families.filter(isInfo);
  const gauges = families.filter((family) => isGauge(family) && !isInfo(family));
  const sections = [
    heading(result, page),
    distributions(
      families.filter(({ kind }) => kind === "histogram" || kind === "gauge-histogram"),
      page,
    ),
    summaries(
      families.filter(({ kind }) => kind === "summary"),
      page,
    ),
    counters(
      families.filter(({ kind }) => kind === "counter"),
      page,
    ),
    gaugeSection(gauges, result.scrapes > 2, page),
    infoSection(infos, page),
    remarks(result, page),
    expectations(result, page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function isGauge({ kind }: FamilyResult): boolean {
  return kind === "gauge" || kind === "unknown";
}

function isInfo({ name, series }: FamilyResult): boolean {
  return name.endsWith("_info") && series.every((one) => one.kind === "gauge" && one.value === 1);
}

function heading(
  { url, format, scrapes, seconds, interrupted }: StatsResult,
  { palette, width }: Page,
): string[] {
  const how =
    scrapes === 1
      ? "one scrape, so no rates"
      : `${scrapes === 2 ? "2 scrapes" : `${groupThousands(scrapes)} scrapes`}, ${formatMicros(seconds * 1e6)}`;
  const words = [FORMATS[format], how, ...(interrupted ? ["interrupted"] : [])].join(" · ");
  const first = ` ${printable(url)}`;
  const line = `${first}  ${words}`;
  if (line.length < width) return [` ${palette.title(printable(url))}  ${palette.dim(words)}`];
  return [
    ...hanging(" ", printable(url), width - 1).map((one) => palette.title(one)),
    ` ${palette.dim(words)}`,
  ];
}

/** The first column takes what the figures leave. */
function row(first: string, figures: readonly string[], { width }: Page): string {
  const cells = figures.map((cell) => `  ${padStart(cell, FIGURE_COLUMNS - 2)}`).join("");
  // A figure wider than its column takes from the name.
  const columns = Math.max(16, width - 2 - displayWidth(cells));
  return truncate(` ${padEnd(truncate(first, columns), columns)}${cells}`.trimEnd(), width - 1);
}

function title(text: string, heads: readonly string[], page: Page): string {
  const plain = row(text, heads, page);
  return ` ${page.palette.title(text)}${page.palette.dim(plain.slice(1 + text.length))}`;
}

/** On a line of its own; with its help where that fits beside it. */
function nameLine({ name, help }: FamilyResult, { palette, width }: Page): string {
  const shown = tail(printable(name), width - 2);
  const rest = width - 5 - shown.length;
  const words = help === null || rest < 20 ? "" : `  ${palette.dim(truncate(printable(help), rest))}`;
  return ` ${palette.label(shown)}${words}`;
}

function distributions(all: readonly FamilyResult[], page: Page): string[] {
  const [still, moved] = split(all, page, (one) => one.kind === "histogram" && one.percentiles.length === 0);
  const wanted = page.width >= 100 ? [50, 90, 99, 99.9] : [50, 90, 99];
  const heads = ["rate", "mean", ...wanted.map((percentile) => `p${percentile}`)];
  const lines = moved.flatMap((family) => [
    nameLine(family, page),
    ...rowsOf(family, page, (one) => {
      if (one.kind !== "histogram") return [];
      const cells = wanted.map((at) =>
        showPercentile(
          one.percentiles.find(({ percentile }) => percentile === at),
          family,
        ),
      );
      const figures = [
        mark(one) + showRate(one.rate, family, false),
        showFigure(one.mean, family),
        ...cells.map(([value]) => value),
      ];
      const bounds = ["", "", ...cells.map(([, bound]) => bound)];
      const first = row(rowName(one), figures, page);
      return bounds.every((bound) => bound === "")
        ? [first]
        : [first, page.palette.dim(row("", bounds, page))];
    }),
  ]);
  return section("Histograms", heads, lines, stillLines(still, "no observation", page), page);
}

function summaries(all: readonly FamilyResult[], page: Page): string[] {
  const [still, moved] = split(
    all,
    page,
    (one) =>
      one.kind === "summary" && one.quantiles.every(({ value }) => value === "NaN") && !(one.increase! > 0),
  );
  const lines = moved.flatMap((family) => {
    return [
      nameLine(family, page),
      ...rowsOf(family, page, (one) => {
        if (one.kind !== "summary") return [];
        const quantiles = one.quantiles.map(
          ({ quantile, value }) => `p${Number((quantile * 100).toPrecision(6))} ${showFigure(value, family)}`,
        );
        const figures = [mark(one) + showRate(one.rate, family, false), showFigure(one.mean, family)];
        const first = row(rowName(one), figures, page);
        return quantiles.length === 0
          ? [first]
          : [first, ...flow(quantiles, page.width - 6).map((line) => `     ${line}`)];
      }),
    ];
  });
  const heads = ["rate", "mean"];
  return section(
    "Summaries",
    heads,
    lines,
    stillLines(still, "no observation", page),
    page,
    "quantiles are the endpoint's own",
  );
}

function counters(all: readonly FamilyResult[], page: Page): string[] {
  const [still, moved] = split(all, page, (one) => one.kind === "counter" && one.increase === 0);
  const lines = moved.flatMap((family) => {
    const counter = (one: SeriesResult, name: string): string => {
      if (one.kind !== "counter") return "";
      return row(name, [mark(one) + showRate(one.rate, family, true), showFigure(one.value, family)], page);
    };
    const { total } = family;
    const columns = page.width - 2 - 2 * FIGURE_COLUMNS;
    const name = tail(printable(family.name), columns);
    const [only] = family.series;
    if (family.series.length === 0) return [row(name, ["-", "0"], page)];
    if (family.series.length === 1 && showLabels(only!) === "")
      return [inked(counter(only!, name), name, page)];
    const head = total === null ? ` ${name}` : counter(total, name);
    return [inked(head, name, page), ...rowsOf(family, page, (one) => [counter(one, rowName(one))])];
  });
  return section("Counters", ["rate", "total"], lines, stillLines(still, "stood still", page), page);
}

function gaugeSection(families: readonly FamilyResult[], hasCourse: boolean, page: Page): string[] {
  const heads = hasCourse ? ["now", "min", "max"] : ["now"];
  const lines = families.flatMap((family) => {
    const gauge = (one: SeriesResult, name: string): string => {
      if (one.kind !== "gauge") return "";
      const now = showFigure(one.value, family);
      // A date is wider than a column, and has no course worth two more.
      if (now.length > FIGURE_COLUMNS - 2) {
        const columns = page.width - 4 - now.length;
        return ` ${padEnd(tail(name, columns), columns)}  ${now}`;
      }
      const course = hasCourse ? [showFigure(one.min, family), showFigure(one.max, family)] : [];
      return row(name, [now, ...course], page);
    };
    const [only] = family.series;
    const name = tail(printable(family.name), page.width - 2 - heads.length * FIGURE_COLUMNS);
    if (family.series.length === 0) return [];
    if (family.series.length === 1 && showLabels(only!) === "")
      return [inked(gauge(only!, name), name, page)];
    return [nameLine(family, page), ...rowsOf(family, page, (one) => [gauge(one, rowName(one))])];
  });
  return section("Gauges", heads, lines, [], page);
}

function infoSection(families: readonly FamilyResult[], page: Page): string[] {
  const lines = families.flatMap((family) =>
    (page.all ? family.series : family.series.slice(0, MOST_SERIES)).flatMap((one) => {
      const text = showLabels(one);
      return [
        ` ${page.palette.label(printable(family.name))}`,
        ...hanging("   ", text === "" ? "1" : text, page.width - 1),
      ];
    }),
  );
  return lines.length === 0 ? [] : [` ${page.palette.title("Facts")}`, ...lines];
}

function section(
  name: string,
  heads: readonly string[],
  lines: readonly string[],
  still: readonly string[],
  page: Page,
  remark = "",
): string[] {
  if (lines.length === 0 && still.length === 0) return [];
  const head = title(name, heads, page);
  const note = remark === "" ? [] : [` ${page.palette.dim(remark)}`];
  return [head, ...note, ...lines, ...still];
}

/** Families of which every series stood still, and the others. */
function split(
  all: readonly FamilyResult[],
  page: Page,
  isStill: (one: SeriesResult) => boolean,
): readonly [still: readonly FamilyResult[], moved: readonly FamilyResult[]] {
  if (page.all) return [[], all];
  return [
    all.filter(({ series }) => series.every(isStill)),
    all.filter(({ series }) => !series.every(isStill)),
  ];
}

function stillLines(families: readonly FamilyResult[], words: string, { palette, width }: Page): string[] {
  if (families.length === 0) return [];
  const names = families.slice(0, 4).map(({ name }) => printable(name));
  const rest = families.length - names.length;
  const list = `${names.join(" ")}${rest > 0 ? ` and ${rest} more (--all shows them)` : ""}`;
  return hanging("   ", `${words} (${groupThousands(families.length)}): ${list}`, width - 1).map((line) =>
    palette.dim(line),
  );
}

/** The largest first; a few of many. */
function rowsOf(
  family: FamilyResult,
  page: Page,
  render: (one: SeriesResult) => readonly string[],
): string[] {
  const sorted = isGauge(family) ? family.series : [...family.series].sort((a, b) => weight(b) - weight(a));
  const moved = sorted.filter((one) => one.kind === "gauge" || one.kind === "summary" || one.increase !== 0);
  const shown = page.all ? sorted : moved.slice(0, MOST_SERIES);
  const hidden = sorted.length - shown.length;
  const more =
    hidden === 0
      ? []
      : [`   ${page.palette.dim(`… ${groupThousands(hidden)} more series; --all shows them`)}`];
  return [...shown.flatMap(render), ...more];
}

function weight(one: SeriesResult): number {
  switch (one.kind) {
    case "counter":
      return one.rate ?? 0;
    case "histogram":
    case "summary":
      return one.rate ?? one.count ?? 0;
    case "gauge":
      return 0;
    default:
      return assertNever(one);
  }
}

function rowName(one: SeriesResult): string {
  const labels = showLabels(one);
  return `  ${labels === "" ? "all" : labels}`;
}

function inked(line: string, name: string, { palette }: Page): string {
  return line.startsWith(` ${name}`) ? ` ${palette.label(name)}${line.slice(1 + name.length)}` : line;
}

function mark(one: SeriesResult): string {
  return "continuity" in one && one.continuity === "reset" ? "↺ " : "";
}

function remarks(result: StatsResult, { palette, width }: Page): string[] {
  const all = result.families.flatMap(({ series }) => series);
  const count = (wanted: string) =>
    all.filter((one) => "continuity" in one && one.continuity === wanted).length;
  const [reset, appeared] = [count("reset"), count("appeared")];
  const failures = result.failures
    .slice(-3)
    .map(({ at, message }) => `${at.slice(11, 19)}  ${printable(message)}`);
  const texts = [
    ...(result.failures.length === 0
      ? []
      : [`${plural(result.failures.length, "scrape")} failed`, ...failures]),
    ...(reset === 0
      ? []
      : [
          `↺ ${plural(reset, "series", "series")} began again from 0: what they counted before it is missing`,
        ]),
    ...(appeared === 0 ? [] : [`${plural(appeared, "series", "series")} appeared, and counted from 0`]),
    ...(result.gone === 0 ? [] : [`${plural(result.gone, "series", "series")} went away`]),
    ...result.warnings,
  ];
  return texts.flatMap((text) => hanging(" ", text, width - 1).map((line) => palette.warn(line)));
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${groupThousands(count)} ${count === 1 ? one : many}`;
}

function expectations(result: StatsResult, { palette, width }: Page): string[] {
  if (result.expectations.length === 0) return [];
  return [
    ` ${palette.title("Expectations")}`,
    ...result.expectations.flatMap(({ holds, detail, text }) =>
      hanging(`   ${holds ? "✓" : "✗"} `, `${printable(text)}: ${printable(detail)}`, width - 1).map(
        (line) => (holds ? palette.good(line) : palette.bad(line)),
      ),
    ),
  ];
}
