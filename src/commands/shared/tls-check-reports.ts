/** The reports of a check: which files were asked for, whether they can be written, and writing them. */

import { usageError } from "../../core/errors.ts";
import { ruleDocument } from "../../engine/tls-check/document/document.ts";
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import { RULES } from "../../engine/tls-check/rules/catalog.ts";
import type { TextOptions } from "../../report/text/style.ts";
import { type CheckFormatId, checkFormat } from "../../report/tls-check/catalog.ts";
import { checkWritable, writeFileAtomically } from "./write-file.ts";

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

export interface ReportFile {
  readonly path: string;
  readonly format: CheckFormatId;
}

export function reportFiles(settings: ReportSettings): readonly ReportFile[] {
  return (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).flatMap((flag) => {
    const path = settings[flag];
    return path === undefined ? [] : [{ path, format: FLAGS[flag] }];
  });
}

/** @throws NetkitError (exit 2) when one could not be written later, or two would overwrite each other. */
export async function checkReportFiles(files: readonly ReportFile[]): Promise<void> {
  for (const [index, { path }] of files.entries()) {
    await checkWritable(path);
    if (files.findIndex((file) => file.path === path) !== index) {
      throw usageError(`two reports would be written to ${path}`, "give each a file of its own", path);
    }
  }
}

/** All that can be written is; the first error is returned. */
export async function writeReports(document: CheckDocument, files: readonly ReportFile[]): Promise<unknown> {
  let failure: unknown;
  for (const { path, format } of files) {
    const text = renderReport(format, document, { width: 120, color: 0 });
    await writeFileAtomically(path, text).catch((error: unknown) => {
      failure ??= error;
    });
  }
  return failure;
}

export function renderReport(
  format: CheckFormatId,
  document: CheckDocument,
  { width, color }: TextOptions,
): string {
  return checkFormat(format).render(document, { width, color, rules: RULES.map(ruleDocument) });
}
