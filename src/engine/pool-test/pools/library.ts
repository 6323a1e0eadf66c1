/** What the pools of libraries have in common: how they are loaded, and how what they throw is named. */
import { NetkitError, usageError } from "../../../core/errors.ts";
import { closedError, createError } from "../../../core/pooling/pool-errors.ts";
import { maskText } from "../../../core/secrets.ts";
import { driverError } from "../targets/failures.ts";
import type { PoolName } from "./pool.ts";

/** @throws NetkitError `NK_USAGE` with the line that installs it */
export async function loadLibrary<T>(name: PoolName, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    throw usageError(
      `--pool ${name} needs the library ${name}, which is not installed`,
      `npm install ${name}`,
      "--pool",
    );
  }
}

/** A library's error as one of ours. `timeout`: how it says that the acquire time-out has passed. */
export function acquireError(error: unknown, timeout: RegExp, name: PoolName): NetkitError {
  if (error instanceof NetkitError) return error.code.startsWith("NK_POOL_") ? error : createError(error);
  const words = maskText(error instanceof Error ? error.message : String(error));
  if (timeout.test(words)) {
    return new NetkitError("resource", "NK_POOL_ACQUIRE_TIMEOUT", "no connection came free in time", {
      why: `the pool of ${name} says: ${words}`,
      next: "make the pool larger, or hold connections for less time",
    });
  }
  return createError(driverError(error, "connect through", `the pool of ${name}`));
}

export function queueFull(error: Error, name: PoolName): NetkitError {
  return new NetkitError("resource", "NK_POOL_QUEUE_FULL", "the queue of the pool is full", {
    why: `the pool of ${name} says: ${error.message}`,
    next: "raise --max-waiting, or make the pool larger",
  });
}

/**
 * Those who wait for a library that cannot be told to stop waiting: an abort or the pool's end answers them at once, and
 * what the library brings too late is given back.
 */
export class Callers {
  readonly #waiting = new Set<(reason: unknown) => void>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Rejects with the signal's reason, `NK_POOL_CLOSED`, or what the library says. */
  wait<T>(
    begin: () => PromiseLike<T>,
    signal: AbortSignal | undefined,
    giveBack: (late: T) => void,
  ): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const onAbort = (): void => leave(signal?.reason);
      const settled = (): boolean => {
        signal?.removeEventListener("abort", onAbort);
        return this.#waiting.delete(leave);
      };
      const leave = (reason: unknown): void => {
        settled();
        reject(reason);
      };
      this.#waiting.add(leave);
      signal?.addEventListener("abort", onAbort, { once: true });
      begin().then(
        (value) => {
          if (settled()) resolve(value);
          else giveBack(value);
        },
        (error: unknown) => {
          if (settled()) reject(error);
        },
      );
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const leave of this.#waiting) leave(closedError());
  }
}
