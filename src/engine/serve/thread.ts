/** Entry of the worker thread that `embedded.ts` starts: serves the plan it was given until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { type PlainError, plainError } from "./plain-error.ts";
import type { ServePlan } from "./plan.ts";
import type { ListeningAt } from "./running.ts";
import { startServer } from "./server.ts";
import type { ServeStats } from "./stats.ts";

export type FromThread =
  | { readonly kind: "ready"; readonly listeners: readonly ListeningAt[] }
  | { readonly kind: "failed"; readonly error: PlainError }
  | { readonly kind: "stats"; readonly stats: ServeStats };

export type ToThread = { readonly kind: "stats" };

function tell(message: FromThread): void {
  parentPort!.postMessage(message);
}

try {
  const server = await startServer(workerData as ServePlan);
  parentPort!.on("message", async (message: ToThread) => {
    if (message.kind === "stats") tell({ kind: "stats", stats: await server.stats() });
  });
  tell({ kind: "ready", listeners: server.listeners });
} catch (error) {
  tell({ kind: "failed", error: plainError(error) });
}
