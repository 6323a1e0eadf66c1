/** The reports of a check: which files were asked for, whether they can be written, and writing them. */

import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
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

/**
 * @param inputs files that the check reads
 * @throws NetkitError (exit 2) when one could not be written later, or would overwrite another or an input
 */
export async function checkReportFiles(
  files: readonly ReportFile[],
  inputs: readonly string[],
): Promise<void> {
  const taken = new Set<string>();
  const read = new Set(await Promise.all(inputs.map(placeOf)));
  for (const { path } of files) {
    await checkWritable(path);
    const place = await placeOf(path);
    if (taken.has(place)) {
      throw usageError(`two reports would be written to ${path}`, "give each a file of its own", path);
    }
    if (read.has(place)) {
      throw usageError(
        `a report would be written over ${path}, which is to be read`,
        "name another file",
        path,
      );
    }
    // A terminal or a pipe takes what comes, one after the other.
    if (!place.startsWith("/dev/")) taken.add(place);
  }
}

/** Where a path leads to, through links and dots, whether it exists or not. */
async function placeOf(path: string): Promise<string> {
  return await realpath(path).catch(async () => {
    const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
    return join(folder, basename(path));
  });
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
