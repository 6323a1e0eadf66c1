/**
 * One worker process, seen from the primary: calls with answers, events, and its death.
 *
 * A call that is under way when the worker dies, or at its deadline, is rejected.
 */
import type { Worker } from "node:cluster";
import { NetkitError, revivedError } from "../../../core/errors.ts";
import type { FromWorker, PlainEvent, ToWorker, WorkerAnswer } from "./messages.ts";

/** A call without its number. */
type Call = ToWorker extends infer C ? (C extends { id: number } ? Omit<C, "id"> : never) : never;

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: NetkitError) => void;
  readonly overdue: NodeJS.Timeout | undefined;
}

interface WorkerEnd {
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
        for (const id of [...this.#waiting.keys()]) this.#taken(id)?.reject(workerDied(this.number));
        resolve({ code, signal });
      });
    });
  }

  /**
   * @param deadlineMs how long to wait for the answer; default: as long as the worker lives
   * @throws NetkitError what the worker failed with, `NK_WORKER_DIED`, or `NK_WORKER_SILENT` at the deadline
   */
  call(call: Call, deadlineMs?: number): Promise<WorkerAnswer> {
    if (!this.alive) return Promise.reject(workerDied(this.number));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const overdue = deadlineMs === undefined ? undefined : setTimeout(() => this.#gaveUp(id), deadlineMs);
      this.#waiting.set(id, { resolve, reject, overdue });
      const message: ToWorker = { ...call, id };
      if (this.#here) this.#worker.send(message);
      else this.#unsent.push(message);
    });
  }

  kill(): void {
    if (this.alive) this.#worker.process.kill("SIGKILL");
  }

  #gaveUp(id: number): void {
    this.#taken(id)?.reject(workerSilent(this.number));
  }

  /** Who waits for the answer, for the last time. */
  #taken(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.overdue);
    return waiting;
  }

  #answered(answer: WorkerAnswer): void {
    const waiting = this.#taken(answer.id);
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

function workerSilent(number: number): NetkitError {
  return new NetkitError("internal", "NK_WORKER_SILENT", `worker ${number} does not answer`, {
    why: "the process is stopped, or busy with something that does not end",
    next: "kill the process: a new one takes its place",
  });
}
