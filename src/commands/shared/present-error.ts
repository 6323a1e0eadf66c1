/**
 * An error on its way out: anything thrown becomes a NetkitError, and that becomes text or one JSON document.
 */
import { NetkitError } from "../../core/errors.ts";
import type { ErrorDocument } from "../../report/schemas/error.ts";

/** What is no NetkitError is a bug of ours, and says so. */
export function asNetkitError(error: unknown): NetkitError {
  if (error instanceof NetkitError) return error;
  const text = error instanceof Error ? String(error) : `something that is no error was thrown: ${error}`;
  return new NetkitError("internal", "NK_INTERNAL", "netkit met a bug of its own", {
    why: text,
    next: "run it again with DEBUG=netkit* and report what it prints",
    cause: error,
  });
}

/** Stack traces are for those who ask: `DEBUG=netkit*`. */
export function wantsStack(debug = ""): boolean {
  return debug.split(/[\s,]+/).some((name) => name === "*" || name.startsWith("netkit"));
}

export function errorDocument(error: NetkitError, command: string, withStack: boolean): ErrorDocument {
  return {
    schema: "netkit.error/1",
    command,
    stage: error.stage,
    code: error.code,
    message: error.message,
    subject: error.subject ?? null,
    why: error.why ?? null,
    next: error.next ?? null,
    exitCode: error.exitCode,
    stack: withStack ? stackOf(error) : null,
  };
}

/** The stack of the error and of what caused it. */
export function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  const cause = error.cause;
  return cause instanceof Error ? `${own}\ncaused by: ${stackOf(cause)}` : own;
}
