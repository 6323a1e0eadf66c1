/**
 * All runs of one size as one row: histograms merged exactly, counts added, throughput as a mean with its interval.
 */
import type { ParsedExpectation } from "../../core/expectation.ts";
import { judgeExpectations, type Measured } from "./expectations.ts";
import { Distributions } from "./load/distributions.ts";
import type { CheckoutCounts, SizeRow } from "./result.ts";
import { fairnessOf, type SizeRunOutcome } from "./size-run.ts";
import { estimate } from "./theory/estimate.ts";

/** By size, ascending. Runs that were ended before they measured anything are left out. */
export function rowsOf(
  outcomes: readonly SizeRunOutcome[],
  expectations: readonly ParsedExpectation[],
): SizeRow[] {
  const bySize = new Map<number, SizeRunOutcome[]>();
  for (const outcome of outcomes) {
    if (outcome.run.seconds === 0) continue;
    const { size } = outcome.run;
    const others = bySize.get(size);
    if (others === undefined) bySize.set(size, [outcome]);
    else others.push(outcome);
  }
  return [...bySize]
    .sort(([one], [other]) => one - other)
    .map(([size, runs]) => rowOf(size, runs, expectations));
}

function rowOf(
  size: number,
  outcomes: readonly SizeRunOutcome[],
  expectations: readonly ParsedExpectation[],
): SizeRow {
  const distributions = new Distributions();
  for (const outcome of outcomes) distributions.add(outcome.distributions);
  const runs = outcomes.map(({ run }) => run);
  const throughput = estimate(runs.map((run) => run.throughput))!;
  const measured: Measured = {
    distributions,
    counts: sumOf(runs.map((run) => run.counts)),
    throughput: throughput.mean,
    fairness: fairnessOf(distributions),
    created: Math.max(...runs.map((run) => run.connections.created)),
    leaksReported: runs.reduce((sum, run) => sum + run.connections.leaksReported, 0),
  };
  const waits = (of: "mean" | "p99"): number[] =>
    runs.map((run) => run.latency.wait[of]).filter((value) => value !== null);
  return {
    size,
    runs: runs.length,
    throughput,
    waitMean: estimate(waits("mean")) ?? null,
    waitP99: estimate(waits("p99")) ?? null,
    latency: distributions.summaries(),
    histograms: distributions.encoded(),
    counts: measured.counts,
    fairness: measured.fairness,
    expectations: judgeExpectations(expectations, measured),
    suspect: runs.some((run) => run.suspect),
  };
}

function sumOf(counts: readonly CheckoutCounts[]): CheckoutCounts {
  const sum = (name: keyof CheckoutCounts): number => counts.reduce((all, one) => all + one[name], 0);
  return {
    callers: sum("callers"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
    censored: sum("censored"),
    timedOut: sum("timedOut"),
    censoredWaiting: sum("censoredWaiting"),
    overflowed: sum("overflowed"),
    refused: sum("refused"),
    bytesReceived: sum("bytesReceived"),
  };
}
