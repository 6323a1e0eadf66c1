/** Runs of folders and files for a history. A file of a folder may be something else; a file named by hand may not. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NetkitError, usageError } from "../../core/errors.ts";
import type { RunResult } from "../../core/run-document.ts";
import { readInput } from "./read-input.ts";
import { readRunFile } from "./run-file.ts";

export interface HistoryFiles {
  readonly runs: readonly { readonly name: string; readonly run: RunResult }[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/** Of a folder all `*.json`, not those of folders inside. @throws NetkitError of stage `file` or `usage` (exit 2) */
export async function readHistoryFiles(paths: readonly string[]): Promise<HistoryFiles> {
  if (paths.length === 0) throw usageError("a history needs runs", "name a folder of runs, or several files");
  const runs = new Map<string, RunResult>();
  const skipped: { name: string; why: string }[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      // Reading it says better what is wrong.
      () => false,
    );
    if (!isFolder) {
      runs.set(path, await readRunFile(path, readInput));
      continue;
    }
    const names = (await readdir(path)).filter((name) => name.endsWith(".json")).sort();
    // One after the other: a folder of a year holds more than memory needs at once.
    for (const name of names.map((one) => join(path, one))) {
      try {
        runs.set(name, await readRunFile(name, readInput));
      } catch (error) {
        if (!(error instanceof NetkitError)) throw error;
        skipped.push({ name, why: error.why ?? error.message });
      }
    }
  }
  if (runs.size > 0) return { runs: [...runs].map(([name, run]) => ({ name, run })), skipped };
  throw new NetkitError("file", "NK_NO_RUNS", `no run in ${paths.join(", ")}`, {
    subject: paths[0],
    why: skipped.length === 0 ? "there is no *.json file" : `${skipped[0]!.name}: ${skipped[0]!.why}`,
    next: "name a folder with files that netkit flood --out FILE wrote",
  });
}
