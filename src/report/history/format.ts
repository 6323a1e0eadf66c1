/** What the formats of a history are given besides its result. */
import type { HistoryResult } from "../../engine/stats/history.ts";
import type { ReportFormat } from "../format.ts";
import type { TextOptions } from "../text/style.ts";

/** What makes the exit code 1, and so fails a case of JUnit. */
export type HistoryFailOn = "change" | "worse" | "never";

export interface HistoryReportOptions extends TextOptions {
  /** `never` unless said otherwise. */
  readonly failOn?: HistoryFailOn | undefined;
}

export type HistoryFormat = ReportFormat<HistoryResult, HistoryReportOptions>;

export function failsChange(verdict: "better" | "worse", failOn: HistoryFailOn = "never"): boolean {
  return failOn === "change" || (failOn === "worse" && verdict === "worse");
}
