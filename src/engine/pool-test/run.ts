/** A pool test as the command asks for it: real targets, real pools, the machine's clock. */
import { systemTimers } from "../../core/backpressure/timers.ts";
import { monotonicClock } from "../../core/clock.ts";
import { type AlarmMaker, pollingAlarm, tickerAlarm } from "./load/alarm.ts";
import type { PoolTestPlan } from "./plan.ts";
import { carryOut, type PoolTestOptions } from "./pool-test.ts";
import { poolKind } from "./pools/catalog.ts";
import { runChaos } from "./probes/chaos.ts";
import { runProbes } from "./probes/probes.ts";
import type { PoolTestResult } from "./result.ts";
import { openTarget } from "./targets/catalog.ts";

/** @throws NetkitError when the target cannot be reached, or the pool's library is missing */
export function runPoolTest(plan: PoolTestPlan, options: PoolTestOptions): Promise<PoolTestResult> {
  const time = { clock: monotonicClock, timers: systemTimers, makeAlarm: alarmFor(plan) };
  return carryOut(plan, { openTarget, poolKind, time, chaos: runChaos, probes: runProbes }, options);
}

/** The ticker's thread where many instants are waited for; one or two a run are polled for. */
function alarmFor({ load, holdMs }: PoolTestPlan): AlarmMaker {
  const isBusy = load.kind === "open" || load.thinkMs > 0 || holdMs > 0;
  const isCompiled = import.meta.url.endsWith(".js");
  return isBusy && isCompiled ? tickerAlarm : pollingAlarm;
}
