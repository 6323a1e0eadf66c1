/** The reports of a flood: files that were asked for, and what a job of GitHub Actions shows. */
import type { RunResult } from "../../core/run-document.ts";
import { type RunFormatId, runFormat } from "../../report/catalog.ts";
import { type GithubJob, tellJob } from "./github-job.ts";
import { checkReportFiles, type ReportFile, reportFilesOf, writeReportFiles } from "./report-files.ts";

const FLAGS = {
  out: "json",
  report: "html",
  csv: "csv",
  "hdr-log": "hdr-log",
  junit: "junit",
  markdown: "markdown",
} as const satisfies Record<string, RunFormatId>;

export type FloodReportSettings = { readonly [K in keyof typeof FLAGS]?: string | undefined };

/** What a flood reads; a report never replaces one of them. */
export interface FloodInputs {
  readonly "body-file"?: string | undefined;
  readonly data?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly baseline?: string | undefined;
}

/** @throws NetkitError (exit 2) for what could not be written after the run. */
export async function floodReportFiles(
  settings: FloodReportSettings & FloodInputs,
): Promise<readonly ReportFile<RunFormatId>[]> {
  const files = reportFilesOf<keyof typeof FLAGS, RunFormatId>(FLAGS, settings);
  const { baseline, cacert, cert, key, data, "body-file": body } = settings;
  const given = (paths: readonly (string | undefined)[]) => paths.filter((path) => path !== undefined);
  await checkReportFiles(files, given([body, data, cacert, cert, key]));
  // A run may take the place of the run that it was held against; another document may not.
  await checkReportFiles(
    files.filter(({ format }) => format !== "json"),
    given([baseline]),
  );
  return files;
}

/** All that can be written is; the first error is returned. */
export async function writeFloodReports(
  result: RunResult,
  files: readonly ReportFile<RunFormatId>[],
): Promise<unknown> {
  return await writeReportFiles(files, (format) =>
    runFormat(format).render(result, { width: 120, color: 0 }),
  );
}

/** Annotations in the log, the figures in the summary of the job. Outside of GitHub Actions nothing. */
export async function tellGithub(result: RunResult, job: GithubJob): Promise<void> {
  await tellJob((format) => runFormat(format).render(result, { width: 120, color: 0 }), job);
}
