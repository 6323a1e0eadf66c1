/** A comparison for people: both sides, each metric with its change and how sure it is, and the verdict. */
import { formatMicros, formatRate, formatShare, groupThousands } from "../../core/units.ts";
import type {
  AaResult,
  ComparedSide,
  CompareResult,
  MetricComparison,
  MetricName,
  MetricVerdict,
  UndecidedReason,
} from "../../engine/stats/compare/result.ts";
import { type Curve, percentileCurves } from "../text/curves.ts";
import { hanging, type Palette, paletteOf, printable, type TextOptions, truncate } from "../text/style.ts";
import { figureTable } from "../text/table.ts";
import { commandOf, courseWords, partWords } from "./design.ts";
import type { ComparedRuns, CompareReportOptions } from "./format.ts";
import { sideDistribution, sideMaxUs } from "./sides.ts";

export const METRIC_LABELS: Readonly<Record<MetricName, string>> = {
  p50: "p50",
  p90: "p90",
  p99: "p99",
  p99_9: "p99.9",
  mean: "mean",
  rate: "rate",
  error_rate: "errors",
};

export const REASON_WORDS: Readonly<Record<UndecidedReason, string>> = {
  "interval-too-wide": "the interval holds both no change and one that matters",
  "effect-too-small-to-tell": "there is a change, but perhaps none that matters",
  "not-after-correction": "significant alone, not among so many metrics",
  "runs-overlap": "the runs of one side differ as much among themselves",
  "spread-unknown": "one run a side does not tell how much runs differ",
  "too-few-requests": "too few requests lie beyond the percentile",
  unanswered: "requests without an answer lie beyond the percentile",
  "no-figure": "a side has no such figure",
};

export const SIGNS: Readonly<Record<MetricVerdict, string>> = {
  better: "✓",
  same: "=",
  worse: "✗",
  undecided: "?",
};

/** A table with longer names of endpoints would have no room for figures. */
const MOST_NAME_COLUMNS = 28;

/** Each of an endpoint's metrics may be undecided; beyond these the table says enough. */
const MOST_UNDECIDED = 20;

/** Of differences between the sides; the document has all. */
const MOST_DIFFERENCES = 12;

export function renderCompare(result: CompareResult, options: CompareReportOptions): string {
  const palette = paletteOf(options);
  const { width } = options;
  const blocks = [
    [
      ` ${palette.title(commandOf(result))}`,
      ...sideLines("base", result.base, result, palette, width),
      ...sideLines("candidate", result.candidate, result, palette, width),
      ...courseWords(result).flatMap((text) => hanging(" ! ", text, width).map((line) => palette.warn(line))),
    ],
    options.runs === undefined ? [] : curveLines(options.runs, palette, width),
    metricTable(result.metrics, palette),
    undecidedLines(result.metrics, palette, width),
    differenceLines(result, palette, width),
    conclusion(result, palette, width),
  ].filter((lines) => lines.length > 0);
  return `\n${blocks.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n")}\n`;
}

function sideLines(
  name: string,
  { runs }: ComparedSide,
  made: Pick<CompareResult, "design">,
  palette: Palette,
  width: number,
): string[] {
  const requests = runs.reduce((sum, run) => sum + run.requests, 0);
  const names = runs.map((run) => printable(run.name)).join(", ");
  const bad = runs.filter(({ quality }) => quality !== "valid").length;
  const doubts = bad === 0 ? "" : palette.warn(` · ${bad} not valid`);
  const count = `${partWords(runs.length, made)}, ${groupThousands(requests)} requests`;
  return [
    ` ${palette.dim(name.padEnd(9))}  ${truncate(names, Math.max(10, width - 14 - count.length))}  ${count}${doubts}`,
  ];
}

/** Both sides in one picture. */
function curveLines(runs: ComparedRuns, palette: Palette, width: number): string[] {
  const sides = [
    { name: "base", runs: runs.base, mark: "○", ink: "dim" },
    { name: "candidate", runs: runs.candidate, mark: "●", ink: "bar" },
  ] as const;
  const curves = sides.flatMap((side): Curve[] => {
    const histogram = sideDistribution(side.runs);
    if (histogram === undefined) return [];
    const max = sideMaxUs(side.runs);
    const valueAt = (share: number) => Math.min(max, histogram.valueAtPercentile(share * 100)!);
    return [{ mark: side.mark, ink: side.ink, count: histogram.count, valueAt }];
  });
  if (curves.length < sides.length) return [];
  const picture = percentileCurves(curves, palette, width);
  if (picture.length === 0) return [];
  const legend = sides.map(({ name, mark, ink }) => `${palette[ink](mark)} ${name}`).join("   ");
  return [` ${palette.title("Response time by percentile")}   ${legend}`, ...picture];
}

function differenceLines({ unlike }: CompareResult, palette: Palette, width: number): string[] {
  const hidden = unlike.length - MOST_DIFFERENCES;
  const lines = unlike
    .slice(0, MOST_DIFFERENCES)
    .flatMap(({ field }) => hanging(" ! ", `the sides differ in ${printable(field)}`, width));
  return [...lines, ...(hidden > 0 ? [` ! and in ${hidden} more`] : [])].map((line) => palette.warn(line));
}

function metricTable(metrics: readonly MetricComparison[], palette: Palette): string[] {
  const inks = inksOf(palette);
  const head = ["", "base", "candidate", "change", "95 % interval", ""];
  const rows = metrics.map((metric) => {
    const ink = inks[metric.verdict];
    const endpoint =
      metric.endpoint === null ? "" : `${truncate(printable(metric.endpoint), MOST_NAME_COLUMNS)} `;
    return [
      `${endpoint}${METRIC_LABELS[metric.metric]}`,
      metric.base === null ? "-" : shownValue(metric, metric.base),
      metric.candidate === null ? "-" : shownValue(metric, metric.candidate),
      metric.change === null ? "-" : ink(signed(metric.change.value)),
      metric.change === null
        ? "-"
        : palette.dim(`${signed(metric.change.low)} … ${signed(metric.change.high)}`),
      ink(`${SIGNS[metric.verdict]} ${metric.verdict}`),
    ];
  });
  return figureTable(head, rows, palette);
}

function inksOf(palette: Palette) {
  return { better: palette.good, same: palette.dim, worse: palette.bad, undecided: palette.warn };
}

export function shownValue(
  { unit }: Pick<MetricComparison, "unit">,
  { value, atLeast }: { readonly value: number; readonly atLeast: boolean },
): string {
  const text =
    unit === "us" ? formatMicros(value) : unit === "share" ? formatShare(value) : formatRate(value);
  return atLeast ? `≥ ${text}` : text;
}

export function signed(share: number): string {
  const percent = share * 100;
  const text = Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0);
  return `${percent > 0 ? "+" : ""}${text}%`;
}

function undecidedLines(metrics: readonly MetricComparison[], palette: Palette, width: number): string[] {
  const open = metrics.filter(({ verdict, reason }) => verdict === "undecided" && reason !== null);
  const hidden = open.length - MOST_UNDECIDED;
  const lines = open.slice(0, MOST_UNDECIDED).flatMap(({ endpoint, metric, reason, furtherRuns }) => {
    const more = furtherRuns === null ? "" : `; some ${furtherRuns} more runs a side would tell`;
    const name = `${endpoint === null ? "" : `${truncate(printable(endpoint), MOST_NAME_COLUMNS)} `}${METRIC_LABELS[metric]}`;
    return hanging(`   ? ${name}: `, `${REASON_WORDS[reason!]}${more}`, width);
  });
  return [...lines, ...(hidden > 0 ? [`   ? and ${hidden} more`] : [])].map((line) => palette.dim(line));
}

function conclusion(result: CompareResult, palette: Palette, width: number): string[] {
  const { verdict, furtherRuns, settings, base, candidate } = result;
  const ink = inksOf(palette)[verdict];
  const words = {
    better: "better, and nothing is worse",
    same: `the same, to within ${signed(settings.minEffect).replace("+", "")}`,
    worse: "worse",
    undecided:
      furtherRuns === null
        ? "cannot tell"
        : `cannot tell; run ${furtherRuns} more on each side, and compare all of them`,
  }[verdict];
  const single = base.runs.length === 1 && candidate.runs.length === 1;
  return [
    ...hanging(` ${SIGNS[verdict]} `, words, width).map((line) => ink(line)),
    ...(single
      ? hanging(
          "   • ",
          "with one run a side, what differs from run to run is not seen: several runs a side are surer",
          width,
        )
      : []),
  ];
}

export function renderAa(result: AaResult, options: TextOptions): string {
  const palette = paletteOf(options);
  const what = result.split === "runs" ? "runs dealt to two sides" : "blocks of seconds dealt to two sides";
  const share = formatShare(result.falseAlarms);
  const ink = result.falseAlarms > 0.05 ? palette.bad : palette.good;
  const rows = result.metrics.map(({ metric, better, worse, same, undecided }) => [
    METRIC_LABELS[metric],
    String(better),
    String(worse),
    String(same),
    String(undecided),
  ]);
  const lines = [
    ` ${palette.title(`${commandOf(result)} --aa`)}`,
    ...sideLines("side", result.side, result, palette, options.width),
    ...courseWords(result).flatMap((text) =>
      hanging(" ! ", text, options.width).map((line) => palette.warn(line)),
    ),
    "",
    ...figureTable(["", "better", "worse", "same", "undecided"], rows, palette),
    "",
    ...hanging(
      " ",
      `${share} of ${result.splits} splits (${what}) called something changed that was not`,
      options.width,
    ).map((line) => ink(line)),
  ];
  return `\n${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
