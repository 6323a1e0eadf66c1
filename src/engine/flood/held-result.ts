/** What became of connections that were held: from the counters, and from what was seen while they were opened. */
import type { HeldResult } from "../../core/run-document.ts";
import type { Collector } from "./collector.ts";
import type { FloodPlan } from "./plan.ts";

export interface Opening {
  /** Of the slowest thread, from its first dial to its last connection. */
  readonly us: number;
  /** Resident memory of the process before the first connection, and with all of them. */
  readonly residentBytesBefore: number;
  readonly residentBytesAfter: number;
}

export function heldResult(plan: FloodPlan, { counters, open }: Collector, opening: Opening): HeldResult {
  const { connectionsOpened: opened, connectionsLost: lost } = counters;
  const grown = opening.residentBytesAfter - opening.residentBytesBefore;
  const live = open.slice(0, plan.stop.kind === "duration" ? Math.ceil(plan.stop.seconds) : undefined);
  return {
    asked: plan.connections,
    opened,
    failed: counters.connectionsFailed,
    lost,
    live: opened - lost,
    openingSeconds: Math.round(opening.us) / 1e6,
    residentBytesEach: opened > 0 && grown > 0 ? Math.round(grown / opened) : null,
    seconds: live,
  };
}
