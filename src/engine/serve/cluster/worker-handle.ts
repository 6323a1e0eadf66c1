/**
 * One worker process, seen from the primary: calls with answers, events, and its death.
 *
 * A call that is under way when the worker dies is rejected; no call hangs.
 */
import type { Worker } from "node:cluster";
import { NetkitError } from "../../../core/errors.ts";
import { revivedError } from "../plain-error.ts";
import type { FromWorker, PlainEvent, ToWorker, WorkerAnswer } from "./messages.ts";

/** A call without its number. */
type Call = ToWorker extends infer C ? (C extends { id: number } ? Omit<C, "id"> : never) : never;

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: NetkitError) => void;
}

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export class WorkerHandle {
  readonly number: number;
  readonly startedAtMs = Date.now();
  /** Resolves when the process has ended. */
  readonly ended: Promise<WorkerEnd>;
  alive = true;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #here = false;
  #unsent: ToWorker[] = [];
  #lastId = 0;

  constructor(worker: Worker, onEvent: (event: PlainEvent) => void) {
    this.#worker = worker;
    this.number = worker.id;
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "here":
          this.#here = true;
          for (const unsent of this.#unsent.splice(0)) this.#worker.send(unsent);
          return;
        case "event":
          onEvent(message.event);
          return;
        default:
          this.#answered(message);
      }
    });
    // Sending to a worker that is dying fails; its exit tells the rest.
    worker.on("error", () => {});
    this.ended = new Promise((resolve) => {
      worker.once("exit", (code: number | null, signal: string | null) => {
        this.alive = false;
        for (const { reject } of this.#waiting.values()) reject(workerDied(this.number));
        this.#waiting.clear();
        resolve({ code, signal });
      });
    });
  }

  /** @throws NetkitError what the worker failed with, or `NK_WORKER_DIED` */
  call(call: Call): Promise<WorkerAnswer> {
    if (!this.alive) return Promise.reject(workerDied(this.number));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message: ToWorker = { ...call, id };
      if (this.#here) this.#worker.send(message);
      else this.#unsent.push(message);
    });
  }

  kill(): void {
    if (this.alive) this.#worker.process.kill("SIGKILL");
  }

  #answered(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === "failed") waiting?.reject(revivedError(answer.error));
    else waiting?.resolve(answer);
  }
}

function workerDied(number: number): NetkitError {
  return new NetkitError("internal", "NK_WORKER_DIED", `worker ${number} ended while it was asked`, {
    why: "a worker process crashed or was killed",
    next: "look for messages of the system's out-of-memory killer, and at the worker's last output",
  });
}
