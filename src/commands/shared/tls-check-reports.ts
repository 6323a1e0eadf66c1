/** The reports of a check. */
import { ruleDocument } from "../../engine/tls-check/document/document.ts";
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { RULES } from "../../engine/tls-check/rules/catalog.ts";
import type { TextOptions } from "../../report/text/style.ts";
import { type CheckFormatId, checkFormat } from "../../report/tls-check/catalog.ts";
import { type ReportFile, reportFilesOf, writeReportFiles } from "./report-files.ts";

const FLAGS = {
  out: "json",
  junit: "junit",
  sarif: "sarif",
  markdown: "markdown",
  csv: "csv",
  html: "html",
  prometheus: "prometheus",
} as const satisfies Record<string, CheckFormatId>;

export type ReportSettings = { readonly [K in keyof typeof FLAGS]?: string | undefined };

export function reportFiles(settings: ReportSettings): readonly ReportFile<CheckFormatId>[] {
  return reportFilesOf<keyof typeof FLAGS, CheckFormatId>(FLAGS, settings);
}

/** All that can be written is; the first error is returned. */
export async function writeReports(
  document: CheckDocument,
  files: readonly ReportFile<CheckFormatId>[],
): Promise<unknown> {
  return await writeReportFiles(files, (format) => renderReport(format, document, { width: 120, color: 0 }));
}

export function renderReport(
  format: CheckFormatId,
  document: CheckDocument,
  { width, color }: TextOptions,
): string {
  return checkFormat(format).render(document, { width, color, rules: RULES.map(ruleDocument) });
}
