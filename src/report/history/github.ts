/** A history as annotations of GitHub Actions: the changes for the worse, the newest first. Nothing when there is none. */
import type { HistoryResult } from "../../engine/stats/history.ts";
import { METRIC_LABELS } from "../compare/text.ts";
import { annotation } from "../syntax/github.ts";
import { failsChange, type HistoryReportOptions } from "./format.ts";
import { changeSentence, changesOf } from "./reading.ts";
import { dayOf } from "./text.ts";

/** GitHub shows ten of a kind for a step; more would only fill the log. */
const MOST = 30;

export function renderHistoryGithub(result: HistoryResult, { failOn }: HistoryReportOptions): string {
  const counting = changesOf(result).filter(
    ({ change }) => change.verdict === "worse" || failsChange(change.verdict, failOn),
  );
  const newest = counting.toSorted((a, b) => b.change.startedAt.localeCompare(a.change.startedAt));
  const lines = newest.slice(0, MOST).map(({ metric, change }) => {
    const kind = failsChange(change.verdict, failOn) ? "error" : "warning";
    const title = `${METRIC_LABELS[metric.metric]} is ${change.verdict} since ${dayOf(change.startedAt)}`;
    return annotation(kind, { title }, changeSentence(metric, change));
  });
  if (newest.length > MOST) {
    lines.push(
      annotation("notice", { title: "netkit stats history" }, `${newest.length - MOST} more changes`),
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}
