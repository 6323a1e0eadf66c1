/**
 * The right to use one pooled resource until it is returned.
 *
 *     using lease = await pool.lease(signal);
 *     await lease.resource.query("select 1");
 *
 * - Returning is idempotent: a second release, discard or dispose does nothing, whoever has the resource now.
 * - After the return, `resource` throws `NK_POOL_LEASE_RETURNED`; so it does when the pool had to take the
 *   resource away (closed, or drained past its deadline).
 * - Keep the lease, not only its resource: a lease that becomes garbage can never be returned.
 */
import { NetkitError } from "../errors.ts";
import type { Entry } from "./entry.ts";

export class Lease<T> implements Disposable, AsyncDisposable {
  readonly #entry: Entry<T>;
  readonly #serial: number;

  /** Made by the pool only. */
  constructor(entry: Entry<T>, serial: number) {
    this.#entry = entry;
    this.#serial = serial;
  }

  /** @throws NetkitError `NK_POOL_LEASE_RETURNED` */
  get resource(): T {
    if (this.#entry.serial !== this.#serial) throw returnedError();
    return this.#entry.resource as T;
  }

  /** Whether the resource is no longer this lease's: returned, discarded or taken away. */
  get returned(): boolean {
    return this.#entry.serial !== this.#serial;
  }

  /** Gives the resource back for the next one. */
  release(): void {
    const entry = this.#entry;
    if (entry.serial === this.#serial) entry.desk.takeBack(entry);
  }

  /** Gives the resource back as broken: it is destroyed and replaced when needed. */
  discard(cause?: unknown): void {
    const entry = this.#entry;
    if (entry.serial === this.#serial) entry.desk.takeBackBroken(entry, cause);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}

function returnedError(): NetkitError {
  return new NetkitError(
    "internal",
    "NK_POOL_LEASE_RETURNED",
    "a pooled resource was used after its return",
    {
      why: "the lease was released or discarded, or the pool was closed",
      next: "finish all work with the resource before the lease is released",
    },
  );
}
