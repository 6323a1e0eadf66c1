/** The datagrams of several runs as those of one: counts add up, the jitter is weighted by what arrived. */
import type { DatagramResult, RunResult } from "../../../core/run-document.ts";

/** Nothing where a run has none. */
export function mergeDatagrams(runs: readonly RunResult[]): { readonly datagrams?: DatagramResult } {
  const all = runs.flatMap(({ datagrams }) => datagrams ?? []);
  if (all.length < runs.length) return {};
  const sum = (of: (one: DatagramResult) => number): number => all.reduce((total, one) => total + of(one), 0);
  const seconds = runs.reduce((total, { totals }) => total + totals.seconds, 0);
  const perSecond = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 1000) / 1000 : 0);
  const sent = sum((one) => one.sent);
  const arrived = sum((one) => one.arrived);
  const jitter = sum((one) => (one.jitterUs ?? 0) * one.arrived);
  return {
    datagrams: {
      sent,
      arrived,
      lost: sum((one) => one.lost),
      late: sum((one) => one.late),
      reordered: sum((one) => one.reordered),
      duplicates: sum((one) => one.duplicates),
      stray: sum((one) => one.stray),
      jitterUs: arrived === 0 ? null : Math.round((jitter / arrived) * 10) / 10,
      sentPerSecond: perSecond(sent),
      arrivedPerSecond: perSecond(arrived),
    },
  };
}
