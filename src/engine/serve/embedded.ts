/**
 * A server in a thread of its own, so that the load generator of the same process does not share its core.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { revivedError } from "./plain-error.ts";
import type { ServePlan } from "./plan.ts";
import type { ListeningAt } from "./running.ts";
import type { ServeStats } from "./stats.ts";
import type { FromThread, ToThread } from "./thread.ts";

export interface EmbeddedServer extends AsyncDisposable {
  /** Of the first listener. */
  readonly url: string;
  readonly listeners: readonly ListeningAt[];
  stats(): Promise<ServeStats>;
  /** Cuts everything; resolves when the thread has ended. Calling it again is harmless. */
  close(): Promise<void>;
}

/**
 * Resolves when all listeners accept. `plan.threads` must be 1.
 * @throws NetkitError what the server in the thread failed with
 */
export async function startServerThread(plan: ServePlan): Promise<EmbeddedServer> {
  const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: plan });
  const [first] = (await once(worker, "message")) as [FromThread];
  switch (first.kind) {
    case "ready":
      return new ThreadServer(worker, first.listeners);
    case "failed":
      throw revivedError(first.error);
    case "stats":
      throw new Error("the server thread told its figures before it was asked");
  }
}

class ThreadServer implements EmbeddedServer {
  readonly listeners: readonly ListeningAt[];
  readonly #worker: Worker;
  readonly #waiting: ((stats: ServeStats) => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, listeners: readonly ListeningAt[]) {
    this.#worker = worker;
    this.listeners = listeners;
    worker.on("message", (message: FromThread) => {
      if (message.kind !== "stats") return;
      this.#waiting.shift()?.(message.stats);
      if (this.#waiting.length === 0) worker.unref();
    });
    // The measurement decides when the process ends, not the server it measures.
    worker.unref();
  }

  get url(): string {
    return this.listeners[0]!.url;
  }

  stats(): Promise<ServeStats> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      // Somebody waits for this thread now.
      this.#worker.ref();
      this.#send({ kind: "stats" });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#worker.terminate().then(() => undefined);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
