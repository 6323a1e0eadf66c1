/** What became of the messages of a fan-out, from its counters. */
import { summarize } from "../../core/metrics/latency-summary.ts";
import type { FanOutResult } from "../../core/run-document.ts";
import type { Collector } from "./collector.ts";
import type { FloodPlan } from "./plan.ts";

/** @param seconds that rates refer to */
export function fanOutResult(plan: FloodPlan, collector: Collector, seconds: number): FanOutResult {
  const { counters } = collector;
  const { sent, deliveriesExpected: expected, deliveries } = counters;
  return {
    listeners: plan.connections - 1,
    messages: sent,
    expected,
    delivered: deliveries,
    lost: Math.max(0, expected - deliveries),
    late: counters.deliveriesLate,
    reordered: counters.deliveriesReordered,
    duplicates: counters.deliveriesDuplicated,
    stray: counters.deliveriesStray,
    connectionsLost: counters.connectionsLost,
    perSecond: seconds > 0 ? Math.round((deliveries / seconds) * 1000) / 1000 : 0,
    latency: summarize(collector.histogram("delivery")),
  };
}
