/**
 * The spectrum of the response time as HdrHistogram's percentile distribution text (`.hgrm`), which its plotter and wrk2's
 * users draw. Values are milliseconds.
 */
import { BUCKET_COUNT } from "../../core/metrics/histogram.ts";
import type { RunResult } from "../../core/run-document.ts";
import { spectrum } from "./distribution.ts";

/** Sub-buckets of a histogram with three significant digits; every further power of two is a bucket of half as many. */
const SUB_BUCKETS = 2048;
const BUCKETS = BUCKET_COUNT / (SUB_BUCKETS / 2) - 1;

export function renderRunHgrm(result: RunResult): string {
  const { response } = result.latency;
  const steps = spectrum(result, "response");
  const lines = steps.map(({ valueUs, share, total }) => {
    const start = `${millis(valueUs)} ${share.toFixed(12)} ${String(total).padStart(10)}`;
    return share === 1 ? start : `${start} ${(1 / (1 - share)).toFixed(2).padStart(14)}`;
  });
  const max = response.max ?? 0;
  const count = steps.at(-1)?.total ?? 0;
  return [
    "       Value     Percentile TotalCount 1/(1-Percentile)",
    "",
    ...lines,
    `#[Mean    = ${millis(response.mean ?? 0)}, StdDeviation   = ${millis(response.stdev ?? 0)}]`,
    `#[Max     = ${millis(max)}, Total count    = ${String(count).padStart(12)}]`,
    `#[Buckets = ${String(BUCKETS).padStart(12)}, SubBuckets     = ${String(SUB_BUCKETS).padStart(12)}]`,
    "",
  ].join("\n");
}

function millis(us: number): string {
  return (us / 1000).toFixed(3).padStart(12);
}
