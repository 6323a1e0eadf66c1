/**
 * The server's own view beside the pool's: how many connections the server sees, asked now and then during the
 * measured period, each time compared with what the pool had open just before and just after the question.
 */
import type { TimerHandle, Timers } from "../../../core/backpressure/timers.ts";
import type { ServerSide } from "../result.ts";
import type { ServerDesk, ServerView } from "../targets/target.ts";

/** Between two questions: often enough to see a pool grow, seldom enough not to be a load. */
const EVERY_MS = 250;

export class ServerWatch implements Disposable {
  readonly #desk: ServerDesk;
  readonly #poolOpen: () => number;
  readonly #timers: Timers;
  readonly #ended = new AbortController();
  #timer: TimerHandle;
  #last: ServerView | undefined;
  #most = 0;
  #samples = 0;
  #apart = 0;

  constructor(desk: ServerDesk, poolOpen: () => number, timers: Timers) {
    this.#desk = desk;
    this.#poolOpen = poolOpen;
    this.#timers = timers;
  }

  /** Asks at once, and then on. To be called once. */
  start(): void {
    void this.#ask();
  }

  /** No more questions; one under way is abandoned, and its answer is not looked at. */
  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#timers.clear(this.#timer);
  }

  /** Null when the server never answered. */
  result(): ServerSide | null {
    const last = this.#last;
    if (last === undefined) return null;
    return {
      source: last.source,
      scope: last.scope,
      maxConnections: this.#most,
      samples: this.#samples,
      limit: last.limit ?? null,
      version: last.version ?? null,
      // Connections come and go between two looks: one odd sample in a pool that changes proves nothing.
      agrees: last.scope === "all" ? null : this.#apart * 2 <= this.#samples,
    };
  }

  async #ask(): Promise<void> {
    const { signal } = this.#ended;
    const before = this.#poolOpen();
    try {
      const view = await this.#desk.view(signal);
      if (signal.aborted) return;
      const after = this.#poolOpen();
      this.#last = view;
      this.#samples++;
      this.#most = Math.max(this.#most, view.connections);
      const [low, high] = before < after ? [before, after] : [after, before];
      if (view.connections < low || view.connections > high) this.#apart++;
    } catch {
      // A server that cannot be asked just now (restarting, out of connections) is asked again.
    }
    if (signal.aborted) return;
    this.#timer = this.#timers.set(() => void this.#ask(), EVERY_MS, true);
  }
}
