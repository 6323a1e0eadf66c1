/** The reports of a connect: files that were asked for, one flag a format. */
import type { ConnectResult } from "../../engine/connect/result.ts";
import { type ConnectFormatId, connectFormat } from "../../report/connect/catalog.ts";
import { checkReportFiles, type ReportFile, reportFilesOf, writeReportFiles } from "./report-files.ts";

const FLAGS = {
  out: "json",
  report: "html",
  csv: "csv",
  junit: "junit",
  markdown: "markdown",
} as const satisfies Record<string, ConnectFormatId>;

export type ConnectReportSettings = { readonly [K in keyof typeof FLAGS]?: string | undefined };

/** What a connect reads; a report never replaces one of them. */
export interface ConnectInputs {
  readonly "body-file"?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** @throws NetkitError (exit 2) for what could not be written later */
export async function connectReportFiles(
  settings: ConnectReportSettings & ConnectInputs,
): Promise<readonly ReportFile<ConnectFormatId>[]> {
  const files = reportFilesOf<keyof typeof FLAGS, ConnectFormatId>(FLAGS, settings);
  const { cacert, cert, key, "body-file": body } = settings;
  await checkReportFiles(
    files,
    [cacert, cert, key, body].filter((path) => path !== undefined),
  );
  return files;
}

/** All that can be written is; the first error is returned. */
export async function writeConnectReports(
  result: ConnectResult,
  files: readonly ReportFile<ConnectFormatId>[],
): Promise<unknown> {
  return await writeReportFiles(files, (format) =>
    connectFormat(format).render(result, { width: 120, color: 0 }),
  );
}
