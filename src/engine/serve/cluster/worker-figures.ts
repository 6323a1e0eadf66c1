/**
 * The figures of one worker as the primary knows them.
 *
 * A worker is waited for at most `ANSWER_MS`. One that let a question pass is silent until its late answer comes, and
 * is to be asked nothing meanwhile: questions would pile up before a process that is stopped or stuck. What it told
 * last stays in use, since counters must not fall.
 */
import type { MetricsSnapshot } from "../../../core/metrics/snapshot.ts";
import type { WorkerAnswer } from "./messages.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A hundred times what an answer takes on a busy machine, and less than a scraper waits. */
export const ANSWER_MS = 1000;

export class WorkerFigures {
  /** What it told last; undefined before its first answer. */
  snapshot: MetricsSnapshot | undefined;
  /** Open connections at that time. */
  open = 0;
  readonly #worker: Pick<WorkerHandle, "call">;
  #silent = false;

  constructor(worker: Pick<WorkerHandle, "call">) {
    this.#worker = worker;
  }

  /** It has let a question pass and not answered it since. */
  get silent(): boolean {
    return this.#silent;
  }

  /**
   * Asks for fresh figures; true when they came in time. Never rejects.
   * @param maxConnections the worker's share from now on, when it is dealt anew
   */
  ask(maxConnections?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const overdue = setTimeout(() => {
        this.#silent = true;
        resolve(false);
      }, ANSWER_MS);
      const settle = (answered: boolean): void => {
        clearTimeout(overdue);
        this.#silent = false;
        resolve(answered);
      };
      this.#worker.call({ kind: "snapshot", maxConnections }).then(
        (answer) => settle(this.#heard(answer)),
        // It is dead, or does not serve yet.
        () => settle(false),
      );
    });
  }

  #heard(answer: WorkerAnswer): boolean {
    if (answer.kind !== "snapshot") return false;
    this.snapshot = answer.snapshot;
    this.open = answer.open;
    return true;
  }
}
