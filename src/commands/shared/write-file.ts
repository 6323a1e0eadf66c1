/**
 * Writes a result file whole or not at all: a temporary name in the same folder, fsync, rename. A reader, or
 * a crash, never meets half a document. `checkWritable` finds a bad path before a run, not after it.
 *
 * The file behind a symbolic link is the one that is replaced, and a file that was there keeps its mode. What a rename
 * cannot or must not replace is written straight: a pipe, a device, `/dev/stdout` whatever it leads to.
 */
import { constants, type Stats, writeFile as writeToDescriptor } from "node:fs";
import { access, open, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { NetkitError, systemCodeOf, wrapSystemError } from "../../core/errors.ts";
import { assertNever } from "../../core/exhaustive.ts";

type Target =
  /** An open file of this process. It is written at its position: what a shell has put there stays. */
  | { readonly kind: "descriptor"; readonly number: number }
  /** A pipe or a device. */
  | { readonly kind: "stream"; readonly path: string }
  /** A regular file, or one that is to be made; `mode` is that of the one that is there. */
  | { readonly kind: "file"; readonly path: string; readonly mode: number | undefined };

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** @throws NetkitError (exit 2) when the file could not be created later. */
export async function checkWritable(path: string): Promise<void> {
  const target = await locate(path);
  if (target.kind === "descriptor") return;
  const folder = dirname(target.path);
  const [place, next] =
    target.kind === "stream"
      ? [target.path, "check the rights of what the path leads to"]
      : [folder, `the folder ${folder} must exist and be writable`];
  await access(place, constants.W_OK).catch((error: unknown) => {
    throw fileError(error, path, next);
  });
}

/** @throws NetkitError (exit 2). */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const target = await locate(path);
  try {
    switch (target.kind) {
      case "descriptor":
        return await writeToOpenFile(target.number, text);
      case "stream":
        return await writeFile(target.path, text);
      case "file":
        return await replaceFile(target.path, target.mode, text);
      default:
        return assertNever(target);
    }
  } catch (error) {
    throw fileError(error, path, "check the path, the rights and the free space");
  }
}

async function replaceFile(path: string, mode: number | undefined, text: string): Promise<void> {
  const name = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(name, "w");
    try {
      if (mode !== undefined) await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(name, path);
  } catch (error) {
    await rm(name, { force: true });
    throw error;
  }
}

/** stdout and stderr belong to their streams, which know how to wait for a slow reader. */
async function writeToOpenFile(descriptor: number, text: string): Promise<void> {
  const stream = { 1: process.stdout, 2: process.stderr }[descriptor];
  if (stream === undefined) return await promisify(writeToDescriptor)(descriptor, text);
  await new Promise<void>((done, fail) => {
    stream.write(text, (error) => (error ? fail(error) : done()));
  });
}

/**
 * Follows links by hand: the last of them may lead to a file that is not there yet, or to an open one.
 *
 * @throws NetkitError (exit 2) for what can hold no result.
 */
async function locate(path: string): Promise<Target> {
  let place = resolve(path);
  let found: Stats | undefined;
  try {
    for (let links = 0; links < MOST_LINKS; links++) {
      const descriptor = descriptorOf(place);
      if (descriptor !== undefined) return { kind: "descriptor", number: descriptor };
      const link = await readlink(place).catch(() => undefined);
      if (link === undefined) break;
      place = resolve(await realpath(dirname(place)), link);
    }
    found = await stat(place);
  } catch (error) {
    // A folder that is not there is told by `checkWritable`, with its name.
    if (systemCodeOf(error) !== "ENOENT") throw fileError(error, path, "check the path and the rights");
  }
  if (found === undefined) return { kind: "file", path: place, mode: undefined };
  if (found.isFile()) return { kind: "file", path: place, mode: found.mode & 0o7777 };
  if (found.isFIFO() || found.isCharacterDevice()) return { kind: "stream", path: place };
  throw new NetkitError(
    "file",
    found.isDirectory() ? "NK_FILE_IS_DIRECTORY" : "NK_FILE_KIND",
    `could not write ${path}`,
    {
      subject: path,
      why: found.isDirectory() ? "it is a directory" : "it is neither a file nor a pipe",
      next: "name a file",
    },
  );
}

function descriptorOf(path: string): number | undefined {
  if (path === "/dev/stdout") return 1;
  if (path === "/dev/stderr") return 2;
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
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
