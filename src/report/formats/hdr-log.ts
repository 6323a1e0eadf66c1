/** The response times of a run as an HdrHistogram V2 log, an interval a line. */
import { writeHdrLog } from "../../core/metrics/hdr-log.ts";
import type { RunResult } from "../../core/run-document.ts";
import { targetWords } from "../run-reading.ts";
import { withoutControls } from "../syntax/escape.ts";

export function renderRunHdrLog(result: RunResult): string {
  const { plan, version, intervals, startedAt } = result;
  const comments = [
    `[Logged with netkit ${withoutControls(version)}]`,
    `[Response time in microseconds of ${withoutControls(targetWords(result))}]`,
  ];
  // Second 0 is the end of the warm-up.
  const baseTimeMs = Date.parse(startedAt) + plan.warmupSeconds * 1000;
  return writeHdrLog(
    { baseTimeMs, comments },
    intervals.map(({ start, seconds, max, histogram }) => ({ start, seconds, maxUs: max, histogram })),
  );
}
