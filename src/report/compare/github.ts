/** A comparison as annotations of GitHub Actions: what became worse, and what cannot be told. Nothing when all is well. */
import type { CompareResult } from "../../engine/stats/compare/result.ts";
import { annotation } from "../syntax/github.ts";
import { commandOf } from "./design.ts";
import type { CompareReportOptions } from "./format.ts";
import { caveats, fails, metricName, metricWords, outcomeWords, reasonWords } from "./reading.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 30;

export function renderCompareGithub(result: CompareResult, { failOn }: CompareReportOptions): string {
  const { metrics, verdict } = result;
  const worse = metrics.filter((metric) => metric.verdict === "worse");
  const kind = fails({ verdict: "worse" }, failOn) ? "error" : "warning";
  const lines = worse
    .slice(0, MOST)
    .map((metric) => annotation(kind, { title: `${metricName(metric)} is worse` }, metricWords(metric)));
  if (worse.length > MOST) {
    const rest = `${worse.length - MOST} more metrics are worse`;
    lines.push(annotation("notice", { title: commandOf(result) }, rest));
  }
  if (verdict === "undecided") {
    const open = metrics.filter((metric) => metric.verdict === "undecided").slice(0, MOST);
    const message = open.map((metric) => `${metricName(metric)}: ${reasonWords(metric)}`).join("\n");
    const level = fails({ verdict }, failOn) ? "error" : "warning";
    lines.push(annotation(level, { title: outcomeWords(result) }, message));
  }
  if (result.forced) {
    lines.push(annotation("warning", { title: "unlike runs were compared" }, caveats(result).join("\n")));
  }
  return lines.map((line) => `${line}\n`).join("");
}
