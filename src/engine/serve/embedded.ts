/**
 * A server in a thread of its own, so that the load generator of the same process does not share its core.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { revivedError } from "../../core/errors.ts";
import type { ServePlan } from "./plan.ts";
import type { FromThread } from "./thread.ts";

interface EmbeddedServer extends AsyncDisposable {
  /** Of the first listener. */
  readonly url: string;
}

/**
 * Resolves when all listeners accept. `plan.threads` must be 1. Disposing cuts everything and resolves when the
 * thread has ended.
 * @throws NetkitError what the server in the thread failed with
 */
export async function startServerThread(plan: ServePlan): Promise<EmbeddedServer> {
  const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: plan });
  const [word] = (await once(worker, "message")) as [FromThread];
  if (word.kind === "failed") throw revivedError(word.error);
  // The measurement decides when the process ends, not the server it measures.
  worker.unref();
  return {
    url: word.listeners[0]!.url,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
