/**
 * How late the event loop was while a path was measured: every stamp may be off by as much, so it is the error bar.
 *
 * libuv's own delay histogram, sampled each millisecond; its samples include the millisecond they wait for.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;

export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Microseconds; 0 when nothing was sampled. */
  get maxUs(): number {
    if (this.#histogram.count === 0) return 0;
    return Math.max(0, this.#histogram.max / 1000 - RESOLUTION_MS * 1000);
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}
