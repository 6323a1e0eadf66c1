/** How drivers fail and end: errors with a stage, a stable code and no secret; waits that can be given up. */
import { NetkitError, systemCodeOf, wrapSystemError } from "../../../core/errors.ts";
import { maskText } from "../../../core/secrets.ts";
import { isTlsError, translateTlsError } from "../../../core/tls/errors.ts";
import { formatMillis } from "../../../core/units.ts";

const OURS = /^[A-Z0-9_]+$/;

/** @param doing completes "could not …" @param subject the target, for messages */
export function driverError(error: unknown, doing: string, subject: string): NetkitError {
  if (error instanceof NetkitError) return error;
  const code = systemCodeOf(error);
  const cause = withoutSecrets(error, code);
  if (isTlsError(cause)) return translateTlsError(cause, subject);
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return wrapSystemError(cause, doing, subject);
  // As node-postgres and ioredis say it.
  if (/^(Query read timeout|timeout expired|Command timed out)$/.test(cause.message)) {
    return timeoutError(subject);
  }
  // As ioredis says it, and as mysql2 reads beyond what came.
  if (cause.message.startsWith("Protocol error") || code === "ERR_OUT_OF_RANGE") {
    return brokenError(subject, cause.message.replace(" Please report this.", ""));
  }
  // Redis begins its words with a code.
  const given = code ?? /^[A-Z]{3,}(?= )/.exec(cause.message)?.[0];
  const name = given !== undefined && OURS.test(given) ? `_${given}` : "";
  return new NetkitError("request", `NK_SERVER${name}`, `could not ${doing} ${subject}`, {
    subject,
    why: cause.message,
    next: doing.startsWith("connect")
      ? "check user, password and database of the URL, and the server's log"
      : "look at the query or command, and at the server's log",
    cause,
  });
}

/** Drivers hang the command to their errors, `AUTH` and its password too: only words, code and stack are kept. */
function withoutSecrets(error: unknown, code: string | undefined): Error {
  const plain = new Error(maskText(error instanceof Error ? error.message : String(error)));
  if (error instanceof Error && error.stack !== undefined) plain.stack = error.stack;
  return code === undefined ? plain : Object.assign(plain, { code });
}

export function goneError(subject: string, cause?: unknown): NetkitError {
  return new NetkitError("connect", "NK_CONNECTION_ENDED", `a connection to ${subject} ended`, {
    subject,
    why: cause instanceof Error ? maskText(cause.message) : "the server closed it",
    next: "look at the server's log; --idle shows what a pool does with dead connections",
  });
}

export function timeoutError(subject: string, timeoutMs?: number): NetkitError {
  return new NetkitError("request", "NK_ANSWER_TIMEOUT", `${subject} did not answer`, {
    subject,
    why: `nothing complete came ${timeoutMs === undefined ? "in time" : `within ${formatMillis(timeoutMs)}`}`,
    next: "look at the server, or raise --timeout",
  });
}

/** What came is not what the scheme has. */
export function brokenError(subject: string, why: string): NetkitError {
  return new NetkitError("protocol", "NK_PROTOCOL_VIOLATION", `${subject} does not answer as it should`, {
    subject,
    why,
    next: "check the scheme and the path; netkit connect shows what speaks there",
  });
}

/** From 400 on nothing was done for the caller, as flood counts it too. */
export function statusError(subject: string, status: number): NetkitError {
  return new NetkitError("request", `NK_STATUS_${status}`, `${subject} answered ${status}`, {
    subject,
    why: status >= 500 ? "the server says that it failed" : "the server says that the request is wrong",
    next: status >= 500 ? "look at the server's log" : "check the path, the method and the headers",
  });
}

/** Rejects with the signal's reason if it aborts first; `giveUp` is then called. Work is not begun after an abort. */
export async function orAborted<T>(
  begin: () => Promise<T>,
  signal: AbortSignal | undefined,
  giveUp: () => void,
): Promise<T> {
  signal?.throwIfAborted();
  const work = begin();
  if (signal === undefined) return await work;
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      giveUp();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort))
      .catch(() => undefined);
  });
}

/**
 * For a good-bye to be answered: a server that is stuck does not keep its connections open, nor a command that was told
 * to stop at once, which has a second.
 */
const GOODBYE_MS = 500;

/** Waits for an orderly end; one that fails or takes too long is made short. Never rejects. */
export async function endedSoon(end: Promise<unknown>, destroy: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, GOODBYE_MS);
  });
  try {
    await Promise.race([end, late]);
  } catch {
    destroy();
  } finally {
    clearTimeout(timer);
  }
}
