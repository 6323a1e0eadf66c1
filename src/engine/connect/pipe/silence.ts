/**
 * How long a peer has been silent: one timer, set anew by every chunk.
 */
export class Silence {
  readonly #signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  /** @param signal ends the wait, and the timer with it */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Something came. */
  broken(): void {
    this.#timer?.refresh();
  }

  /** Resolves when nothing has come for so many milliseconds; rejects with the signal's reason. One wait at a time. */
  lasts(ms: number): Promise<void> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(this.#timer);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#timer = setTimeout(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
    });
  }
}
