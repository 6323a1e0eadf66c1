/**
 * A comparison as JUnit XML: one suite, a case for each metric, and one for whether the sides may be compared. What decides
 * the exit code fails a case here; what cannot be told is a skipped one.
 */
import type { CompareResult, MetricComparison } from "../../engine/stats/compare/result.ts";
import { type JunitCase, type JunitVerdict, writeJunit } from "../syntax/junit.ts";
import { commandOf } from "./design.ts";
import type { CompareReportOptions, FailOn } from "./format.ts";
import { fails, metricName, metricWords, outcomeWords, reasonWords, sideWords } from "./reading.ts";

export function renderCompareJunit(result: CompareResult, { failOn }: CompareReportOptions): string {
  const { metrics, version, base, candidate } = result;
  const cases: JunitCase[] = [
    { name: "the sides are alike", verdict: likenessVerdict(result) },
    ...metrics.map((metric) => ({ name: metricName(metric), verdict: verdictOf(metric, failOn) })),
  ];
  const properties = [
    ["netkit", version],
    ["verdict", outcomeWords(result)],
    ["base", sideWords(base, result)],
    ["candidate", sideWords(candidate, result)],
  ] as const;
  const name = commandOf(result);
  return writeJunit(name, [{ name, properties, cases }]);
}

function verdictOf(metric: MetricComparison, failOn: FailOn | undefined): JunitVerdict {
  const words = metricWords(metric);
  const why = reasonWords(metric);
  if (fails(metric, failOn)) {
    const message = why === "" ? `${metric.verdict}: ${words}` : `${metric.verdict}: ${why}`;
    return { kind: "failure", type: metric.verdict, message, text: words };
  }
  if (metric.verdict === "undecided") return { kind: "skipped", message: `undecided: ${why}; ${words}` };
  return { kind: "passed", output: `${metric.verdict}: ${words}` };
}

function likenessVerdict({ unlike, forced }: CompareResult): JunitVerdict {
  const lines = unlike.map(
    ({ field, values }) => `${field}: ${values.map(({ value, run }) => `${value} (${run})`).join(", ")}`,
  );
  if (forced) return { kind: "skipped", message: `compared all the same: ${lines.join("; ")}` };
  return lines.length === 0 ? { kind: "passed" } : { kind: "passed", output: lines.join("\n") };
}
