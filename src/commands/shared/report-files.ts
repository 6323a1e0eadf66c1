/**
 * The report files of a command: which were asked for, whether they can be written, and writing them. One flag of the
 * command stands for one format of its catalog.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import { checkWritable, writeFileAtomically } from "./write-file.ts";

export interface ReportFile<FormatId extends string> {
  readonly path: string;
  readonly format: FormatId;
}

/** @param flags flag → format, in the order in which the files are written */
export function reportFilesOf<Flag extends string, FormatId extends string>(
  flags: Readonly<Record<Flag, FormatId>>,
  settings: { readonly [name in Flag]?: string | undefined },
): readonly ReportFile<FormatId>[] {
  return (Object.keys(flags) as Flag[]).flatMap((flag) => {
    const path = settings[flag];
    return path === undefined ? [] : [{ path, format: flags[flag] }];
  });
}

/**
 * @param inputs files that the command reads
 * @throws NetkitError (exit 2) when one could not be written later, or would overwrite another or an input
 */
export async function checkReportFiles(
  files: readonly ReportFile<string>[],
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

/** All that can be written is; the first error is returned. A report that cannot be made costs no other. */
export async function writeReportFiles<FormatId extends string>(
  files: readonly ReportFile<FormatId>[],
  render: (format: FormatId) => string,
): Promise<unknown> {
  let failure: unknown;
  for (const { path, format } of files) {
    try {
      await writeFileAtomically(path, render(format));
    } catch (error) {
      failure ??= error;
    }
  }
  return failure;
}
