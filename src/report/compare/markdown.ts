/** A comparison for a pull request: one table, the verdict above it, what to keep in mind below. GitHub's Markdown. */
import type { CompareResult, MetricVerdict } from "../../engine/stats/compare/result.ts";
import { plural } from "../run-reading.ts";
import { escapeMarkdown } from "../syntax/escape.ts";
import { commandOf } from "./design.ts";
import {
  caveats,
  changeWords,
  intervalWords,
  metricName,
  shortened,
  valueWords,
  worstFirst,
} from "./reading.ts";
import { REASON_WORDS } from "./text.ts";

const HEADLINES: Readonly<Record<MetricVerdict, string>> = {
  better: "**Better**, and nothing is worse",
  same: "**The same**",
  worse: "**Worse**",
  undecided: "**Cannot tell**",
};

/** GitHub takes 65,536 characters in a comment; the page and the document have all. */
const MOST_ROWS = 60;
const MOST_DIFFERENCES = 20;

export function renderCompareMarkdown(result: CompareResult): string {
  const { metrics, verdict, furtherRuns, base, candidate, unlike } = result;
  const more =
    verdict === "undecided" && furtherRuns !== null ? `: run ${furtherRuns} more on each side` : "";
  const shown = metrics.length > MOST_ROWS ? worstFirst(metrics).slice(0, MOST_ROWS) : metrics;
  const rows = shown.map((metric) => {
    const why = metric.reason === null ? "" : ` (${REASON_WORDS[metric.reason]})`;
    return [
      escapeMarkdown(metricName(metric)),
      valueWords(metric, "base"),
      valueWords(metric, "candidate"),
      changeWords(metric),
      intervalWords(metric),
      `${metric.verdict}${why}`,
    ];
  });
  const head = [
    "",
    `base (${base.runs.length})`,
    `candidate (${candidate.runs.length})`,
    "change",
    "95 % interval",
    "verdict",
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const hidden = metrics.length - shown.length;
  const differences = unlike.slice(0, MOST_DIFFERENCES).map(({ field, values }) => {
    const words = values.slice(0, 3).map(({ value }) => escapeMarkdown(shortened(value)));
    return `- ${escapeMarkdown(shortened(field))}: ${words.join(", ")}${values.length > 3 ? " and others" : ""}`;
  });
  return [
    `### ${commandOf(result)}: ${HEADLINES[verdict]}${more}`,
    "",
    line(head),
    `| --- | ---: | ---: | ---: | :---: | --- |`,
    ...rows.map(line),
    ...(hidden > 0 ? ["", `and ${plural(hidden, "more metric")}, none of them worse off than these`] : []),
    ...caveats(result).flatMap((text) => ["", escapeMarkdown(text)]),
    ...(differences.length === 0 ? [] : ["", "The sides differ in:", "", ...differences]),
    "",
  ].join("\n");
}
