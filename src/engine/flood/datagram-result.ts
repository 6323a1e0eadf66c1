/** The datagrams of a run, from its counters. */
import type { DatagramResult } from "../../core/run-document.ts";
import type { Counters } from "./recorder.ts";

/** @param seconds that rates refer to */
export function datagramResult(counters: Counters, seconds: number): DatagramResult {
  const { sent, datagramsArrived: arrived, datagramsJitterUs } = counters;
  const perSecond = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 1000) / 1000 : 0);
  return {
    sent,
    arrived,
    lost: Math.max(0, sent - arrived),
    late: counters.datagramsLate,
    reordered: counters.datagramsReordered,
    duplicates: counters.datagramsDuplicated,
    stray: counters.datagramsStray,
    jitterUs: arrived === 0 ? null : Math.round((datagramsJitterUs / arrived) * 10) / 10,
    sentPerSecond: perSecond(sent),
    arrivedPerSecond: perSecond(arrived),
  };
}
