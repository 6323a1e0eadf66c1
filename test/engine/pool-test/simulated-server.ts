/**
 * A server whose behaviour is known: `slots` works at once, first come first served, each for a drawn time. It
 * says what works really took, so that a theory can be given the service times that were.
 */
import type { Clock } from "../../../src/core/clock.ts";
import type { Delays } from "../../../src/engine/pool-test/load/delays.ts";
import type { OpenTarget, TargetConnection } from "../../../src/engine/pool-test/targets/target.ts";

export interface SimulatedServerOptions {
  readonly slots: number;
  /** Microseconds of the next piece of work. */
  readonly serviceUs: () => number;
  readonly delays: Delays;
  readonly clock: Clock;
  /** How long a connection takes to be made, in microseconds. */
  readonly connectUs?: number;
}

export class SimulatedServer implements OpenTarget {
  readonly url = "sim://server/";
  readonly protocol = "simulated";
  readonly desk = undefined;
  /** Connections now, and at most. */
  open = 0;
  maxOpen = 0;
  served = 0;
  /** What the works took, and what had been drawn for them, in microseconds. */
  busyUs = 0;
  drawnUs = 0;
  readonly #options: SimulatedServerOptions;
  readonly #queue: (() => void)[] = [];
  #working = 0;

  constructor(options: SimulatedServerOptions) {
    this.#options = options;
  }

  async connect(): Promise<TargetConnection> {
    const { clock, delays, connectUs = 0 } = this.#options;
    if (connectUs > 0) await delays.until(clock.nowUs() + connectUs);
    this.maxOpen = Math.max(this.maxOpen, ++this.open);
    let isOpen = true;
    let gone = (): void => {};
    return {
      serverId: `${this.maxOpen}`,
      gone: new Promise((resolve) => {
        gone = () => resolve(undefined);
      }),
      work: () => this.#work(),
      validate: async () => isOpen,
      close: async () => {
        if (isOpen) this.open--;
        isOpen = false;
        gone();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** How much longer than drawn works took: what timers and a busy machine added. */
  get overrun(): number {
    return this.busyUs / this.drawnUs;
  }

  #work(): Promise<{ bytesReceived: number }> {
    return new Promise((resolve) => {
      const begin = (): void => {
        const { clock, delays, serviceUs } = this.#options;
        const startUs = clock.nowUs();
        const drawnUs = serviceUs();
        this.#working++;
        delays.at(startUs + drawnUs, () => {
          this.#working--;
          this.served++;
          this.drawnUs += drawnUs;
          this.busyUs += clock.nowUs() - startUs;
          resolve({ bytesReceived: 1 });
          this.#queue.shift()?.();
        });
      };
      if (this.#working < this.#options.slots) begin();
      else this.#queue.push(begin);
    });
  }
}
