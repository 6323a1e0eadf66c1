/** The sizes of a pool test, one line each. Latencies are microseconds. */
import type { PoolTestResult, SizeRow } from "../../engine/pool-test/result.ts";
import { writeCsv } from "../syntax/csv.ts";

const COLUMNS = [
  ["size", (row) => row.size],
  ["runs", (row) => row.runs],
  ["checkouts_per_s", (row) => row.throughput.mean],
  ["checkouts_per_s_low", (row) => row.throughput.low],
  ["checkouts_per_s_high", (row) => row.throughput.high],
  ["wait_mean_us", ({ latency }) => latency.wait.mean],
  ["wait_p50_us", ({ latency }) => latency.wait.p50],
  ["wait_p99_us", ({ latency }) => latency.wait.p99],
  ["wait_max_us", ({ latency }) => latency.wait.max],
  ["query_p50_us", ({ latency }) => latency.query.p50],
  ["query_p99_us", ({ latency }) => latency.query.p99],
  ["hold_p50_us", ({ latency }) => latency.hold.p50],
  ["total_p99_us", ({ latency }) => latency.total.p99],
  ["succeeded", ({ counts }) => counts.succeeded],
  ["failed", ({ counts }) => counts.failed],
  ["censored", ({ counts }) => counts.censored],
  ["timed_out", ({ counts }) => counts.timedOut],
  ["suspect", ({ suspect }) => (suspect ? 1 : 0)],
] as const satisfies readonly (readonly [string, (row: SizeRow) => number | null])[];

export function renderPoolTestCsv({ rows }: PoolTestResult): string {
  const head = COLUMNS.map(([name]) => name);
  return writeCsv([head, ...rows.map((row) => COLUMNS.map(([, of]) => of(row)))]);
}
