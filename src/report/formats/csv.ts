/** The course of a run, one line an interval. Times are seconds since the end of the warm-up, latencies microseconds. */
import type { RunResult } from "../../core/run-document.ts";
import { writeCsv } from "../syntax/csv.ts";

const HEAD = [
  "start_s",
  "seconds",
  "requests",
  "failed",
  "requests_per_s",
  "failed_per_s",
  "bytes",
  "in_flight",
  "p50_us",
  "p90_us",
  "p99_us",
  "max_us",
] as const;

export function renderRunCsv({ intervals }: RunResult): string {
  const rows = intervals.map(({ start, seconds, requests, failed, bytes, inFlight, p50, p90, p99, max }) => {
    const perSecond = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 1000) / 1000 : null);
    return [
      start,
      seconds,
      requests,
      failed,
      perSecond(requests),
      perSecond(failed),
      bytes,
      inFlight,
      p50,
      p90,
      p99,
      max,
    ];
  });
  return writeCsv([HEAD, ...rows]);
}
