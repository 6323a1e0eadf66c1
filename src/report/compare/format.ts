/**
 * What the formats of a comparison are given besides its result. The result holds verdicts and figures; the runs, which it
 * was made of, hold the distributions and the seconds that charts draw. A report without them has its tables.
 */
import type { RunResult } from "../../core/run-document.ts";
import type { CompareResult } from "../../engine/stats/compare/result.ts";
import type { NamedRun } from "../../engine/stats/compare/run.ts";
import type { ReportFormat } from "../format.ts";
import type { TextOptions } from "../text/style.ts";

export type SideRuns = readonly NamedRun<RunResult>[];

export interface ComparedRuns {
  readonly base: SideRuns;
  readonly candidate: SideRuns;
}

/** What makes the exit code 1, and so fails a case of JUnit. */
export type FailOn = "worse" | "undecided" | "never";

export interface CompareReportOptions extends TextOptions {
  readonly runs?: ComparedRuns | undefined;
  /** `worse` unless said otherwise. */
  readonly failOn?: FailOn | undefined;
}

export type CompareFormat = ReportFormat<CompareResult, CompareReportOptions>;
