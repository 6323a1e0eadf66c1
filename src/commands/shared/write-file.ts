/**
 * Writes a result file whole or not at all: a temporary name in the same folder, fsync, rename. A reader, or
 * a crash, never meets half a document. `checkWritable` finds a bad path before a run, not after it.
 */
import { constants } from "node:fs";
import { access, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NetkitError, wrapSystemError } from "../../core/errors.ts";

/** @throws NetkitError (exit 2) when the file could not be created later. */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw fileError(error, path, `the folder ${folder} must exist and be writable`);
  }
  const existing = await stat(resolve(path)).catch(() => undefined);
  if (existing?.isDirectory() === true) {
    throw new NetkitError("file", "NK_FILE_IS_DIRECTORY", `could not write ${path}`, {
      subject: path,
      why: "it is a directory",
      next: "name a file",
    });
  }
}

export async function writeFileAtomically(path: string, text: string): Promise<void> {
  // The file behind a symbolic link is replaced, not the link.
  const target = await realpath(resolve(path)).catch(() => resolve(path));
  const existing = await stat(target).catch(() => undefined);
  // A device or a pipe (/dev/stdout) cannot be replaced by a rename.
  const inPlace = existing !== undefined && !existing.isFile();
  const name = inPlace ? target : join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const file = await open(name, "w");
    try {
      if (!inPlace && existing !== undefined) await file.chmod(existing.mode);
      await file.writeFile(text);
      if (!inPlace) await file.sync();
    } finally {
      await file.close();
    }
    if (!inPlace) await rename(name, target);
  } catch (error) {
    if (!inPlace) await rm(name, { force: true });
    throw fileError(error, path, "check the path, the rights and the free space");
  }
}

/** System errors of files are usage errors here, whatever stage the same code has on a socket. */
function fileError(error: unknown, path: string, next: string): NetkitError {
  const wrapped = wrapSystemError(error, "write", path);
  return new NetkitError("file", "NK_FILE_WRITE", wrapped.message, {
    subject: path,
    why: wrapped.why,
    next,
    cause: error,
  });
}
