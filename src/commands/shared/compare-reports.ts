/** The reports of a comparison: files that were asked for, one flag a format. */
import type { CompareResult } from "../../engine/stats/compare/result.ts";
import { type CompareFormatId, compareFormat } from "../../report/compare/catalog.ts";
import type { CompareReportOptions } from "../../report/compare/format.ts";
import type { TextOptions } from "../../report/text/style.ts";
import { tellJob } from "./github-job.ts";
import { checkReportFiles, type ReportFile, reportFilesOf, writeReportFiles } from "./report-files.ts";

const FLAGS = {
  out: "json",
  report: "html",
  csv: "csv",
  junit: "junit",
  markdown: "markdown",
} as const satisfies Record<string, CompareFormatId>;

export type CompareReportSettings = { readonly [K in keyof typeof FLAGS]?: string | undefined };

/**
 * @param inputs files that are compared
 * @throws NetkitError (exit 2) for what could not be written later, or would replace a run
 */
export async function compareReportFiles(
  settings: CompareReportSettings,
  inputs: readonly string[],
): Promise<readonly ReportFile<CompareFormatId>[]> {
  const files = reportFilesOf<keyof typeof FLAGS, CompareFormatId>(FLAGS, settings);
  await checkReportFiles(files, inputs);
  return files;
}

/** Where a command says what it found. */
export interface CompareOutlet {
  /** Takes the document, where it was asked for. */
  readonly emit: (document: CompareResult) => void;
  readonly show: (text: string) => void;
  /** Takes workflow commands. */
  readonly showCommands: (text: string) => void;
  readonly note: (text: string) => void;
  readonly terminal: TextOptions;
}

/**
 * The files, stdout, and a job of GitHub Actions. All that can be written is.
 * @throws the first error of a file, at the end
 */
export async function deliverComparison(
  result: CompareResult,
  files: readonly ReportFile<CompareFormatId>[],
  options: Omit<CompareReportOptions, "width" | "color">,
  { emit, show, showCommands, note, terminal }: CompareOutlet,
): Promise<void> {
  const render = (format: CompareFormatId, text: TextOptions = { width: 120, color: 0 }) =>
    compareFormat(format).render(result, { ...options, ...text });
  const unwritten = await writeReportFiles(files, (format) => render(format));
  emit(result);
  show(render("text", terminal));
  await tellJob((format) => render(format), { environment: process.env, show: showCommands, note });
  if (unwritten !== undefined) throw unwritten;
}
