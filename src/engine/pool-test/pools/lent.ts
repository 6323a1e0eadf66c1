/**
 * The connections that a library's pool has lent: each goes back once, whoever ends its lease first and however often.
 */
import type { TargetConnection } from "../targets/target.ts";
import type { PoolLease } from "./pool.ts";

export interface Returns {
  release(connection: TargetConnection): void;
  destroy(connection: TargetConnection): void;
}

export class Lent {
  readonly #returns: Returns;
  readonly #before = new WeakSet<TargetConnection>();
  readonly #now = new Set<TargetConnection>();

  constructor(returns: Returns) {
    this.#returns = returns;
  }

  lend(connection: TargetConnection): PoolLease {
    const isFirst = !this.#before.has(connection);
    this.#before.add(connection);
    this.#now.add(connection);
    return {
      connection,
      isFirst,
      release: () => {
        if (this.#now.delete(connection)) this.#returns.release(connection);
      },
      destroy: () => {
        if (this.#now.delete(connection)) this.#returns.destroy(connection);
      },
    };
  }

  /** Takes back what is out. */
  releaseAll(): void {
    for (const connection of this.#now) {
      this.#now.delete(connection);
      this.#returns.release(connection);
    }
  }
}
