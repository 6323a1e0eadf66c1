/** Entry of the worker thread that `embedded.ts` starts: serves the plan it was given until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorRecord, errorRecord } from "../../core/errors.ts";
import type { ServePlan } from "./plan.ts";
import type { ListeningAt } from "./running.ts";
import { startServer } from "./server.ts";

/** Its one word. */
export type FromThread =
  | { readonly kind: "ready"; readonly listeners: readonly ListeningAt[] }
  | { readonly kind: "failed"; readonly error: ErrorRecord };

function tell(message: FromThread): void {
  parentPort!.postMessage(message);
}

try {
  const server = await startServer(workerData as ServePlan);
  tell({ kind: "ready", listeners: server.listeners });
} catch (error) {
  tell({ kind: "failed", error: errorRecord(error) });
}
