/**
 * Entry of a worker process that `cluster/primary.ts` starts: serves its share and does what the primary says.
 *
 * Signals of the terminal reach the whole process group; the primary alone decides what they mean, so they are
 * ignored here. When the primary dies, the channel closes and node:cluster ends the worker.
 */

import { errorRecord } from "../../core/errors.ts";
import type { FromWorker, PlainEvent, ToWorker, WorkerAnswer } from "./cluster/messages.ts";
import { LocalBackend } from "./local.ts";
import type { ServerEvent } from "./running.ts";

let backend: LocalBackend | undefined;

function tell(message: FromWorker): void {
  process.send?.(message);
}

function plainEvent(event: ServerEvent): PlainEvent | undefined {
  if (event.kind === "worker-died") return undefined;
  if (event.kind === "certificate-kept" || event.kind === "accept-failed") {
    return { ...event, error: errorRecord(event.error) };
  }
  return event;
}

function onEvent(event: ServerEvent): void {
  const plain = plainEvent(event);
  if (plain !== undefined) tell({ kind: "event", event: plain });
}

async function answer(message: ToWorker): Promise<WorkerAnswer> {
  const { id } = message;
  switch (message.kind) {
    case "start":
      backend = await LocalBackend.start(message.plan, message.version, { onEvent });
      return { kind: "started", id, listeners: backend.listeners };
    case "snapshot":
      if (message.maxConnections !== undefined) running().permits.resize(message.maxConnections);
      return { kind: "snapshot", id, snapshot: await running().snapshot(), open: running().permits.held };
    case "reload": {
      const events = (await running().reload()).map(plainEvent);
      return { kind: "reloaded", id, events: events.filter((event) => event !== undefined) };
    }
    case "stop-accepting":
      await running().stopAccepting();
      return { kind: "stopped-accepting", id };
    case "drain":
      return { kind: "drained", id, report: await running().drain(message.deadlineMs) };
  }
}

function running(): LocalBackend {
  if (backend === undefined) throw new Error("the worker was asked before it was started");
  return backend;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("message", (message: ToWorker) => {
  answer(message)
    .catch((error: unknown): WorkerAnswer => ({ kind: "failed", id: message.id, error: errorRecord(error) }))
    .then(tell);
});
tell({ kind: "here" });
