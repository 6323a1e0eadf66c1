/** A history as JUnit XML: a suite for each series, a case for each of its metrics, which fails by the changes that count. */
import type { HistoryMetric, HistoryResult } from "../../engine/stats/history.ts";
import { METRIC_LABELS } from "../compare/text.ts";
import { type JunitVerdict, writeJunit } from "../syntax/junit.ts";
import { failsChange, type HistoryReportOptions } from "./format.ts";
import { changeSentence, figureOf } from "./reading.ts";
import { planLabel } from "./text.ts";

const NAME = "netkit stats history";

export function renderHistoryJunit(
  { series, version }: HistoryResult,
  { failOn }: HistoryReportOptions,
): string {
  return writeJunit(
    NAME,
    series.map((one) => ({
      name: `${NAME}: ${planLabel(one)}`,
      properties: [
        ["netkit", version],
        ["runs", String(one.runs.length)],
      ] as const,
      cases: one.metrics.map((metric) => ({
        name: METRIC_LABELS[metric.metric],
        verdict: verdictOf(metric, failOn),
      })),
    })),
  );
}

function verdictOf(metric: HistoryMetric, failOn: HistoryReportOptions["failOn"]): JunitVerdict {
  const { changes, levels } = metric;
  const last = levels.at(-1);
  if (last === undefined) return { kind: "skipped", message: "no run has such a figure" };
  const sentences = changes.map((change) => changeSentence(metric, change));
  const counting = changes.filter(({ verdict }) => failsChange(verdict, failOn));
  if (counting.length > 0) {
    const message = changeSentence(metric, counting.at(-1)!);
    return { kind: "failure", type: counting.at(-1)!.verdict, message, text: sentences.join("\n") };
  }
  const words = sentences.length === 0 ? [`stands at ${figureOf(metric, last.value)}`] : sentences;
  return { kind: "passed", output: words.join("\n") };
}
