/**
 * What became of a pool's connections, as its hooks tell: made, destroyed, why, and how many were open at once.
 */
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import type { PoolHooks } from "../pools/pool.ts";
import type { ConnectionCounts } from "../result.ts";
import type { OpenTarget, TargetConnection } from "../targets/target.ts";

export class ConnectionTally {
  readonly creation = new LatencyHistogram();
  readonly #destroyed: Record<string, number> = {};
  #created = 0;
  #createFailed = 0;
  #gone = 0;
  #maxOpen = 0;
  #validated = 0;
  #validationFailed = 0;
  #leaks = 0;
  #closing = false;

  readonly hooks: PoolHooks = {
    onCreated: (tookUs) => {
      this.#created++;
      if (tookUs !== undefined) this.creation.record(tookUs);
      this.#maxOpen = Math.max(this.#maxOpen, this.open);
    },
    onCreateFailed: () => {
      this.#createFailed++;
    },
    onDestroyed: (reason) => {
      this.#gone++;
      if (!this.#closing) this.#destroyed[reason] = (this.#destroyed[reason] ?? 0) + 1;
    },
    onLeak: () => {
      this.#leaks++;
    },
  };

  /** Made and not destroyed. */
  get open(): number {
    return this.#created - this.#gone;
  }

  /** From now on connections go because the pool does: that is no reason worth counting. */
  closing(): void {
    this.#closing = true;
  }

  counts(reused: number | null): ConnectionCounts {
    return {
      created: this.#created,
      createFailed: this.#createFailed,
      reused,
      validated: this.#validated,
      validationFailed: this.#validationFailed,
      destroyed: { ...this.#destroyed },
      leaksReported: this.#leaks,
      maxOpen: this.#maxOpen,
      leftOpen: Math.max(0, this.open),
    };
  }

  /** The same target, whose validations are counted; a plain object, as targets are. */
  watch(target: OpenTarget): OpenTarget {
    return {
      ...target,
      connect: async (signal) => this.#watched(await target.connect(signal)),
      [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
    };
  }

  #watched(connection: TargetConnection): TargetConnection {
    const validate = connection.validate.bind(connection);
    connection.validate = async (signal) => {
      this.#validated++;
      try {
        const valid = await validate(signal);
        if (!valid) this.#validationFailed++;
        return valid;
      } catch (error) {
        this.#validationFailed++;
        throw error;
      }
    };
    return connection;
  }
}
