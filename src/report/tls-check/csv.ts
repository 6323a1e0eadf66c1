/** One line a finding (RFC 4180), without anything that changes while the servers stay the same. */
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { writeCsv } from "../syntax/csv.ts";

const HEAD = [
  "target",
  "outcome",
  "grade",
  "rule",
  "severity",
  "status",
  "decides",
  "waived_until",
  "where",
  "message",
] as const;

export function renderCsv(result: CheckDocument): string {
  const rows = result.targets.flatMap((target) => {
    const start = [target.name, target.outcome, target.grade?.letter ?? ""];
    const found = target.findings.map(({ rule, severity, status, decides, where, message }) => [
      ...start,
      rule,
      severity,
      status,
      String(decides),
      "",
      where,
      message,
    ]);
    const waived = target.waived.map(({ rule, severity, status, waiver, where, message }) => [
      ...start,
      rule,
      severity,
      status,
      "false",
      waiver.until,
      where,
      message,
    ]);
    const error =
      target.error === null
        ? []
        : [[...start, target.error.code, "", "error", "", "", target.name, target.error.message]];
    const rowsOfTarget = [...error, ...found, ...waived];
    // A target without findings has its line too.
    return rowsOfTarget.length === 0 ? [[...start, "", "", "", "", "", "", ""]] : rowsOfTarget;
  });
  return writeCsv([HEAD, ...rows]);
}
