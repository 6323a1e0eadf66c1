/**
 * One line as plugins of Nagios, Icinga and Naemon print it: state, what decided, and figures to draw.
 * https://www.monitoring-plugins.org/doc/guidelines.html
 */
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { certificateBy, countWords, daysLeft, SEVERITIES_DOWN } from "./reading.ts";

export type NagiosState = "OK" | "WARNING" | "CRITICAL" | "UNKNOWN";

/** High and critical findings that decide are CRITICAL, as are policies and waivers; lesser ones are a WARNING. */
export function nagiosState(result: CheckDocument): NagiosState {
  if (result.outcome === "failed") {
    const deciding = result.targets.flatMap(({ findings }) => findings.filter(({ decides }) => decides));
    const isMild =
      deciding.length > 0 && deciding.every(({ severity }) => !["critical", "high"].includes(severity));
    const isElse =
      result.expiredWaivers.length > 0 ||
      result.targets.some(({ policy }) => (policy?.steps.length ?? 0) > 0);
    return isMild && !isElse ? "WARNING" : "CRITICAL";
  }
  return result.outcome === "passed" && !result.interrupted ? "OK" : "UNKNOWN";
}

export function renderNagios(result: CheckDocument): string {
  const { targets } = result;
  const deciding = targets.flatMap(({ findings }) => findings.filter(({ decides }) => decides));
  const worst = [...deciding].sort(
    (a, b) => SEVERITIES_DOWN.indexOf(a.severity) - SEVERITIES_DOWN.indexOf(b.severity),
  )[0];
  const broken = targets.find(({ error }) => error !== null)?.error;
  const counts = countWords(targets.flatMap(({ findings }) => findings));
  const what =
    worst === undefined
      ? (broken?.message ?? (counts === "" ? "nothing found" : counts))
      : `${worst.message} (${worst.rule}, ${worst.where})${deciding.length > 1 ? `, and ${deciding.length - 1} more` : ""}`;
  const subject = targets.length === 1 ? targets[0]!.name : `${targets.length} targets`;
  return `TLS ${nagiosState(result)} - ${clean(subject)}: ${clean(what)} | ${figures(result).join(" ")}\n`;
}

/** A bar would begin the figures, a line break the long text. */
function clean(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").replaceAll("|", "/");
}

function figures(result: CheckDocument): string[] {
  const { targets } = result;
  const days = targets.flatMap((target) => {
    const find = certificateBy(target);
    return target.chains.flatMap(({ leaf }) => {
      const certificate = find(leaf);
      return certificate === undefined ? [] : [daysLeft(certificate, result.at)];
    });
  });
  const { counts } = result;
  return [
    ...(days.length === 0 ? [] : [`days_left=${Math.min(...days)}`]),
    ...(["critical", "high", "medium", "low"] as const).map((severity) => `${severity}=${counts[severity]}`),
    `targets=${targets.length}`,
  ];
}
