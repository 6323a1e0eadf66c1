/**
 * What a plan asks beside its load, one question after the other. One that cannot be asked (the server lets too few in,
 * or is gone) costs neither what was measured before it nor the questions after it: its answer is null, and why is kept.
 */
import { NetkitError } from "../../../core/errors.ts";

export type Question = "chaos" | "leak" | "nested" | "exhaustion" | "idle";

export interface Unanswered {
  readonly question: Question;
  readonly error: NetkitError;
}

export class Questions {
  readonly unanswered: Unanswered[] = [];
  readonly #signal: AbortSignal;
  readonly #onQuestion: (question: Question) => void;

  constructor(signal: AbortSignal, onQuestion: (question: Question) => void = () => undefined) {
    this.#signal = signal;
    this.#onQuestion = onQuestion;
  }

  /** Null too for what an abort cut short or kept from being asked. */
  async ask<T>(question: Question, answer: () => Promise<T>): Promise<T | null> {
    if (this.#signal.aborted) return null;
    this.#onQuestion(question);
    try {
      return await answer();
    } catch (error) {
      if (this.#signal.aborted) return null;
      // Anything else is a bug, and is to be seen as one.
      if (!(error instanceof NetkitError)) throw error;
      this.unanswered.push({ question, error });
      return null;
    }
  }
}
