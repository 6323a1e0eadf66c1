/**
 * What a pool's callers are told when they get no lease, and what its observer is told of the factory.
 */

import { NetkitError } from "../errors.ts";
import { formatMillis } from "../units.ts";

export function closedError(): NetkitError {
  return new NetkitError("resource", "NK_POOL_CLOSED", "the pool is closed", {
    why: "it was drained or closed, and grants no more leases",
    next: "take leases before the pool is closed",
  });
}

/** A failed creation, on its way to the caller who waited for it. The layer that failed stays visible. */
export function createError(cause: unknown): NetkitError {
  if (cause instanceof NetkitError && cause.code === "NK_POOL_CREATE_TIMEOUT") return cause;
  const stage = cause instanceof NetkitError ? cause.stage : "resource";
  return new NetkitError(stage, "NK_POOL_CREATE_FAILED", "could not create a pooled resource", {
    subject: cause instanceof NetkitError ? cause.subject : undefined,
    why: cause instanceof Error ? cause.message : String(cause),
    next: (cause instanceof NetkitError ? cause.next : undefined) ?? "see the cause",
    cause,
  });
}

export function createTimeoutError(timeoutMs: number): NetkitError {
  return new NetkitError("resource", "NK_POOL_CREATE_TIMEOUT", "creating a pooled resource took too long", {
    why: `it was not ready after ${formatMillis(timeoutMs)}`,
    next: "check the server, or allow more time for creation",
  });
}

export function validateTimeoutError(timeoutMs: number): NetkitError {
  return new NetkitError(
    "resource",
    "NK_POOL_VALIDATE_TIMEOUT",
    "validating a pooled resource took too long",
    {
      why: `there was no answer after ${formatMillis(timeoutMs)}`,
    },
  );
}

export function destroyTimeoutError(timeoutMs: number): NetkitError {
  return new NetkitError(
    "resource",
    "NK_POOL_DESTROY_TIMEOUT",
    "destroying a pooled resource took too long",
    {
      why: `it was not done after ${formatMillis(timeoutMs)}; the pool no longer waits for it`,
    },
  );
}
