/** How a history is read, whatever it is rendered as: its changes in words, and what was not part of it. */
import type {
  HistoryChange,
  HistoryMetric,
  HistoryResult,
  HistorySeries,
} from "../../engine/stats/history.ts";
import { shortened } from "../compare/reading.ts";
import { METRIC_LABELS, shownValue, signed } from "../compare/text.ts";

export interface NamedChange {
  readonly series: HistorySeries;
  readonly metric: HistoryMetric;
  readonly change: HistoryChange;
}

/** Of all series, in the order of the document. */
export function changesOf({ series }: HistoryResult): NamedChange[] {
  return series.flatMap((one) =>
    one.metrics.flatMap((metric) => metric.changes.map((change) => ({ series: one, metric, change }))),
  );
}

export function figureOf(metric: HistoryMetric, value: number): string {
  return shownValue(metric, { value, atLeast: false });
}

/** `p99 is worse by +12% (10 ms to 11.2 ms) since nightly/7.json`. @param since how the run is called */
export function changeSentence(
  metric: HistoryMetric,
  { verdict, change, before, after, run }: HistoryChange,
  since = shortened(run),
): string {
  const values = `${figureOf(metric, before)} to ${figureOf(metric, after)}`;
  return `${METRIC_LABELS[metric.metric]} is ${verdict} by ${signed(change)} (${values}) since ${since}`;
}

/** What is not in any series, a sentence each. */
export function leftOutWords({ left, skipped }: HistoryResult): string[] {
  return [
    ...left.map((name) => `left out, its generator was the limit: ${shortened(name)}`),
    ...skipped.map(({ name, why }) => `skipped: ${shortened(name)} (${shortened(why)})`),
  ];
}

export function outcomeOf(result: HistoryResult): string {
  const changes = changesOf(result);
  const worse = changes.filter(({ change }) => change.verdict === "worse").length;
  if (changes.length === 0) return "no change of level";
  const count = `${changes.length} ${changes.length === 1 ? "change" : "changes"} of level`;
  return worse === 0 ? `${count}, none for the worse` : `${count}, ${worse} for the worse`;
}
