/**
 * The generator threads of one run: started together, told together, gone together.
 */
import { Worker } from "node:worker_threads";
import {
  type ErrorRecord,
  NetkitError,
  revivedError,
  systemCodeOf,
  wrapSystemError,
} from "../../core/errors.ts";
import type { Collector } from "./collector.ts";
import type { FromThread, ThreadHealth, ThreadInput, ToThread } from "./messages.ts";
import type { FloodPlan } from "./plan.ts";

/**
 * `ready` settles when every connection was opened or failed once; it rejects when none could be opened.
 * `finished` settles when every request has ended. After `dismiss` no thread is left.
 */
export class Crew {
  readonly #workers: Worker[] = [];
  readonly #ready: Promise<void>;
  readonly #finished: Promise<void>;
  readonly health: ThreadHealth[] = [];
  /** When the last request of any thread ended. */
  lastEndUs = 0;
  /** Of the slowest thread. */
  openingUs = 0;
  /** Of the process before the first connection. */
  residentBytes = Number.POSITIVE_INFINITY;

  constructor(plan: FloodPlan, addresses: readonly string[], collector: Collector) {
    const readies: Promise<void>[] = [];
    const ends: Promise<void>[] = [];
    const unreachable: ErrorRecord[] = [];
    for (let index = 0; index < plan.threads; index++) {
      const workerData: ThreadInput = { plan, index, addresses };
      const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData });
      this.#workers.push(worker);
      readies.push(
        new Promise<void>((resolve, reject) => {
          const settle = (message: FromThread) => {
            if (message.kind === "ready") {
              this.openingUs = Math.max(this.openingUs, message.openingUs);
              this.residentBytes = Math.min(this.residentBytes, message.residentBytes);
              if (message.unreachable !== undefined) unreachable.push(message.unreachable);
              resolve();
            }
            // Interrupted before it was ready.
            if (message.kind === "done") resolve();
            if (message.kind === "failed") reject(revivedError(message.error));
          };
          worker.on("message", settle);
          worker.once("error", (error) => reject(asFound(error)));
        }),
      );
      ends.push(
        new Promise<void>((resolve, reject) => {
          worker.on("message", (message: FromThread) => {
            switch (message.kind) {
              case "second":
                collector.add(message.index, message.snapshot, message.inFlight, message.open);
                break;
              case "done":
                collector.add(message.index, message.snapshot, 0, message.open);
                this.health.push(message.health);
                this.lastEndUs = Math.max(this.lastEndUs, message.endUs);
                resolve();
                break;
              case "failed":
                reject(revivedError(message.error));
                break;
              case "ready":
                break;
            }
          });
          worker.once("error", (error) => reject(asFound(error)));
          worker.once("exit", () =>
            reject(new NetkitError("internal", "NK_THREAD_DIED", "a generator thread ended unexpectedly")),
          );
        }),
      );
    }
    this.#ready = Promise.all(readies).then(() => {
      if (unreachable.length === plan.threads) throw revivedError(unreachable[0]!);
    });
    this.#finished = Promise.all(ends).then(() => undefined);
    // Whoever awaits them sees the failure; until then it must not count as unhandled.
    this.#ready.catch(() => undefined);
    this.#finished.catch(() => undefined);
  }

  async ready(): Promise<void> {
    await this.#ready;
  }

  async finished(): Promise<void> {
    await this.#finished;
  }

  start(startUs: number): void {
    this.tell({ kind: "start", startUs });
  }

  tell(message: ToThread): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** What the system refused (descriptors, memory) is told as such; anything else is a bug and stays what it is. */
function asFound(error: unknown): unknown {
  return systemCodeOf(error) === "EMFILE" ? wrapSystemError(error, "start a generator thread") : error;
}
