/**
 * How a check leaves: one decision, from the result alone.
 *
 *   interrupted                     130   with whatever was found until then
 *   something decides against it      1   a finding of --fail-on, the policy, an expired waiver
 *   a file given cannot be read       2
 *   not known                         3   a target was not reached, or an open question could have decided
 *   else                              0
 *
 * With --nagios the codes of its plugins hold, as a monitor understands no others: 0 OK, 1 WARNING (decided by low or
 * medium findings), 2 CRITICAL, 3 UNKNOWN.
 */
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { nagiosState } from "../../report/tls-check/nagios.ts";

export function checkExitCode(document: CheckDocument): ExitCode {
  if (document.interrupted) return EXIT.interrupted;
  if (document.outcome === "failed") return EXIT.failed;
  if (document.targets.some(({ outcome }) => outcome === "unreadable")) return EXIT.usage;
  return document.outcome === "passed" ? EXIT.ok : EXIT.unreachable;
}

const NAGIOS_CODES = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export function nagiosExitCode(document: CheckDocument): ExitCode {
  return NAGIOS_CODES[nagiosState(document)];
}
