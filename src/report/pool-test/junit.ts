/** A pool test as JUnit XML: a case a size, an expectation, a probe and the fault. What decides the exit code fails here. */
import type { PoolTestResult } from "../../engine/pool-test/result.ts";
import { writeJunit } from "../syntax/junit.ts";
import { casesOf } from "./cases.ts";

export function renderPoolTestJunit(result: PoolTestResult): string {
  const { plan, startedAt, runs, version } = result;
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const suite = {
    name: `netkit pool-test ${plan.url}`,
    ran: { timestamp: startedAt.replace(/(?:\.\d+)?Z$/, ""), seconds },
    properties: [
      ["netkit", version],
      ["pool", plan.pool],
    ],
    cases: casesOf(result),
  } as const;
  return writeJunit("netkit pool-test", [suite]);
}
