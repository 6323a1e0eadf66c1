/** The fan-outs of several runs as that of one: counts add up, and so do the receipts' histograms. */
import { decodeHistogram, encodeHistogram } from "../../../core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { summarize } from "../../../core/metrics/latency-summary.ts";
import type { FanOutResult } from "../../../core/run-document.ts";
import type { WholeRun } from "./mergeable.ts";
import { momentsOf } from "./summaries.ts";

export interface MergedFanOut {
  readonly fanOut: FanOutResult;
  /** Of the document's histograms. */
  readonly delivery: string | undefined;
}

/** Nothing where a run has none. @throws NetkitError of stage file for a damaged histogram */
export function mergeFanOut(named: readonly WholeRun[]): MergedFanOut | undefined {
  const all = named.flatMap(({ run }) => run.fanOut ?? []);
  if (all.length < named.length) return undefined;
  const sum = (of: (one: FanOutResult) => number): number => all.reduce((total, one) => total + of(one), 0);
  const seconds = named.reduce((total, { run }) => total + run.totals.seconds, 0);
  const delivered = sum((one) => one.delivered);
  const receipts = new LatencyHistogram();
  for (const { name, run } of named) {
    const encoded = run.histograms.delivery;
    if (encoded === undefined) continue;
    receipts.add(decodeHistogram(encoded, momentsOf(run.fanOut!.latency), `${name}: histograms.delivery`));
  }
  return {
    delivery: receipts.isEmpty ? undefined : encodeHistogram(receipts),
    fanOut: {
      listeners: all[0]!.listeners,
      messages: sum((one) => one.messages),
      expected: sum((one) => one.expected),
      delivered,
      lost: sum((one) => one.lost),
      late: sum((one) => one.late),
      reordered: sum((one) => one.reordered),
      duplicates: sum((one) => one.duplicates),
      stray: sum((one) => one.stray),
      connectionsLost: sum((one) => one.connectionsLost),
      perSecond: seconds > 0 ? Math.round((delivered / seconds) * 1000) / 1000 : 0,
      latency: summarize(receipts),
    },
  };
}
