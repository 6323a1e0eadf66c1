/**
 * How a connect leaves: one decision, from the result alone.
 *
 *   interrupted               130   whatever was found until then
 *   nothing was reached         3   2 where a flag or a file was the reason
 *   an expectation broken       1
 *   an address or a way failed  1   of several; lost paths of a repetition are told, --expect 'loss==0%' decides
 *   else                        0   slow too: --expect 'total<300ms' says what is too slow
 */
import { EXIT, type ExitCode, NetkitError } from "../../core/errors.ts";
import type { ConnectResult } from "../../engine/connect/result.ts";

export function connectExitCode(result: ConnectResult): ExitCode {
  const { paths, repeat, verdict, expectations, interrupted, mode } = result;
  // A repetition without an end is ended by Ctrl-C, but not before anything was found out.
  if (interrupted || repeat?.sent === 0) return EXIT.interrupted;
  if (verdict.outcome === "failed") {
    const error = paths.find((path) => path.error !== null)?.error;
    return error == null ? EXIT.unreachable : new NetkitError(error.stage, "NK_PATH", error.message).exitCode;
  }
  if (expectations.some(({ holds }) => !holds)) return EXIT.failed;
  const several = mode === "all-addresses" || mode === "compare";
  if (several && paths.some(({ error }) => error !== null)) return EXIT.failed;
  return EXIT.ok;
}
