/**
 * Tells that files may have changed: once after a burst of events, never keeping the process alive.
 *
 * Directories are watched, not files: editors, ACME clients and Kubernetes replace a file by renaming
 * another over it (or swap a symbolic link such as `..data`), which a watch on the old inode never sees.
 */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type NetkitError, wrapSystemError } from "../errors.ts";

/** Disposing stops it; a call that is under way still finishes. */
export type FileWatch = Disposable;

/** Certificate and key are written one after the other: wait until it has been quiet this long. */
const QUIET_MS = 200;

/**
 * @param changed called without an error when one of the files may have changed, and with one when watching
 * failed (then that directory is watched no longer)
 * @throws NetkitError when a directory cannot be watched
 */
export function watchFiles(
  files: readonly string[],
  changed: (error?: NetkitError) => void,
  quietMs = QUIET_MS,
): FileWatch {
  const namesByDirectory = new Map<string, Set<string>>();
  for (const file of files) {
    const directory = dirname(resolve(file));
    const names = namesByDirectory.get(directory) ?? new Set<string>();
    namesByDirectory.set(directory, names.add(basename(file)));
  }

  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed(), quietMs);
    timer.unref();
  };

  try {
    for (const [directory, names] of namesByDirectory) {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name === null || names.has(name) || name.startsWith("..")) schedule();
      });
      watcher.on("error", (error) => {
        watcher.close();
        changed(wrapSystemError(error, "watch", directory));
      });
      watchers.push(watcher);
    }
  } catch (error) {
    stop();
    throw wrapSystemError(error, "watch", files.join(", "));
  }
  return { [Symbol.dispose]: stop };
}
