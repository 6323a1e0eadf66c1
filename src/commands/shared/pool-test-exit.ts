/**
 * How a pool test leaves: one decision, from the result alone.
 *
 *   interrupted                         130   whatever was measured until then
 *   nothing was ever served               3   the server was not reached
 *   every run breaks Little's law         4   or was held up: no figure can be trusted
 *   an expectation broken, a probe failed 1   a fault without recovery, a finding of severity error
 *   else                                  0
 */
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { PoolTestResult } from "../../engine/pool-test/result.ts";

export function poolTestExitCode(result: PoolTestResult): ExitCode {
  const { runs, chaos, probes, expectations, findings, interrupted } = result;
  if (interrupted) return EXIT.interrupted;
  if (runs.length > 0 && runs.every(({ counts }) => counts.succeeded === 0)) return EXIT.unreachable;
  if (runs.length > 0 && runs.every(({ suspect }) => suspect)) return EXIT.invalid;
  if (expectations.some(({ holds }) => !holds)) return EXIT.failed;
  if (chaos !== null && chaos.recoveryMs === null) return EXIT.failed;
  if (findings.some(({ severity }) => severity === "error")) return EXIT.failed;
  return hasFailedProbe(probes) ? EXIT.failed : EXIT.ok;
}

function hasFailedProbe({ leak, nested, exhaustion, idle }: PoolTestResult["probes"]): boolean {
  if (leak?.supported === true && (leak.found < leak.planted || leak.falseAlarms > 0)) return true;
  if (nested !== null && !nested.agrees) return true;
  return [...(exhaustion ?? []), ...(idle ?? [])].some(({ outcome }) => outcome === "failed");
}
