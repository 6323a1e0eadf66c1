/** How a comparison is read, whatever it is rendered as: its outcome in words, what each metric says, what it is based on. */
import type {
  ComparedSide,
  CompareResult,
  MetricComparison,
  MetricVerdict,
} from "../../engine/stats/compare/result.ts";
import { plural } from "../run-reading.ts";
import { courseWords, partWords } from "./design.ts";
import type { FailOn } from "./format.ts";
import { METRIC_LABELS, REASON_WORDS, shownValue, signed } from "./text.ts";

/** A name that somebody gave an endpoint may have any length. */
const MOST_CHARACTERS = 200;

export function outcomeWords({ verdict, furtherRuns, settings }: CompareResult): string {
  switch (verdict) {
    case "better":
      return "better, and nothing is worse";
    case "same":
      return `the same, to within ${signed(settings.minEffect).replace("+", "")}`;
    case "worse":
      return "worse";
    case "undecided":
      return furtherRuns === null ? "cannot tell" : `cannot tell: run ${furtherRuns} more on each side`;
  }
}

/** `p99`, or `/orders p99` of an endpoint. */
export function metricName({ endpoint, metric }: Pick<MetricComparison, "endpoint" | "metric">): string {
  return endpoint === null ? METRIC_LABELS[metric] : `${shortened(endpoint)} ${METRIC_LABELS[metric]}`;
}

export function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

export function valueWords(metric: MetricComparison, side: "base" | "candidate"): string {
  const value = metric[side];
  return value === null ? "–" : shownValue(metric, value);
}

export function changeWords({ change }: MetricComparison): string {
  return change === null ? "–" : signed(change.value);
}

export function intervalWords({ change }: MetricComparison): string {
  return change === null ? "–" : `${signed(change.low)} … ${signed(change.high)}`;
}

/** Why it is undecided, and what it would take; empty when it is decided. */
export function reasonWords({ reason, furtherRuns }: MetricComparison): string {
  if (reason === null) return "";
  const more = furtherRuns === null ? "" : `; some ${plural(furtherRuns, "more run")} a side would tell`;
  return REASON_WORDS[reason] + more;
}

/** `12 ms → 14 ms, +16% (95 % interval +12% … +20%)`. */
export function metricWords(metric: MetricComparison): string {
  const values = `${valueWords(metric, "base")} → ${valueWords(metric, "candidate")}`;
  if (metric.change === null) return values;
  return `${values}, ${changeWords(metric)} (95 % interval ${intervalWords(metric)})`;
}

const ORDER: Readonly<Record<MetricVerdict, number>> = { worse: 0, undecided: 1, better: 2, same: 3 };

/** What matters first, for documents that are cut; else in the order of the result. */
export function worstFirst(metrics: readonly MetricComparison[]): readonly MetricComparison[] {
  return [...metrics].sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);
}

export function fails({ verdict }: Pick<MetricComparison, "verdict">, failOn: FailOn = "worse"): boolean {
  if (failOn === "never") return false;
  return verdict === "worse" || (failOn === "undecided" && verdict === "undecided");
}

/** `3 runs, 30,000 requests`; and how many of them are not valid. */
export function sideWords({ runs }: ComparedSide, made: Pick<CompareResult, "design">): string {
  const requests = runs.reduce((sum, run) => sum + run.requests, 0);
  const bad = runs.filter(({ quality }) => quality !== "valid").length;
  const doubts = bad === 0 ? "" : `, ${bad} not valid`;
  return `${partWords(runs.length, made)}, ${plural(requests, "request")}${doubts}`;
}

/** What to keep in mind, a sentence each. */
export function caveats(result: CompareResult): string[] {
  const { base, candidate, unlike, forced } = result;
  return [
    ...courseWords(result).map((words) => `${words[0]!.toUpperCase()}${words.slice(1)}.`),
    ...(base.runs.length === 1 && candidate.runs.length === 1
      ? ["With one run a side, what differs from run to run is not seen: several runs a side are surer."]
      : []),
    ...(forced
      ? [
          `Compared although the sides differ in ${listed(
            unlike.filter(({ refuses }) => refuses).map(({ field }) => shortened(field)),
          )}.`,
        ]
      : []),
  ];
}

/** The first five of them, and how many more there are. */
function listed(words: readonly string[]): string {
  const hidden = words.length - 5;
  return words.slice(0, 5).join(", ") + (hidden > 0 ? ` and ${hidden} more` : "");
}
