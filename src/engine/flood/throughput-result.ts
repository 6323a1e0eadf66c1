/** Bytes of a run without requests, each way, by second. */
import type { ThroughputResult } from "../../core/run-document.ts";
import type { Collector } from "./collector.ts";

/** @param seconds that rates refer to */
export function throughputResult({ counters, traffic }: Collector, seconds: number): ThroughputResult {
  const perSecond = (bytes: number) => (seconds > 0 ? Math.round(bytes / seconds) : 0);
  return {
    sentPerSecond: perSecond(counters.bytesSent),
    receivedPerSecond: perSecond(counters.bytesReceived),
    lost: counters.connectionsLost,
    seconds: traffic.slice(0, Math.max(1, Math.ceil(seconds))),
  };
}
