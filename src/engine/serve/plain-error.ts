/** A NetkitError as it crosses the boundary of a thread or process, where classes are lost. */
import { NetkitError, type Stage } from "../../core/errors.ts";

export interface PlainError {
  readonly stage: Stage;
  readonly code: `NK_${string}`;
  readonly message: string;
  readonly subject: string | undefined;
  readonly why: string | undefined;
  readonly next: string | undefined;
}

export function plainError(error: unknown): PlainError {
  const known =
    error instanceof NetkitError
      ? error
      : new NetkitError("internal", "NK_INTERNAL", error instanceof Error ? error.message : String(error));
  const { stage, code, message, subject, why, next } = known;
  return { stage, code: code as `NK_${string}`, message, subject, why, next };
}

export function revivedError({ stage, code, message, subject, why, next }: PlainError): NetkitError {
  return new NetkitError(stage, code, message, { subject, why, next });
}
