/** The time in which a thread opens its connections, before the load begins. */
import type { Failure } from "./drivers/driver.ts";

export class Opening {
  readonly #timeoutUs: number;
  #startUs = 0;
  #lastUs = 0;
  #isOver = false;
  #anyOpened = false;
  #firstFailure: Failure | undefined;

  /** @param timeoutUs after which what is not open joins late */
  constructor(timeoutUs: number) {
    this.#timeoutUs = timeoutUs;
  }

  start(now: number): void {
    this.#startUs = now;
    this.#lastUs = now;
  }

  /** The load begins. */
  end(): void {
    this.#isOver = true;
  }

  opened(now: number): void {
    this.#anyOpened = true;
    if (!this.#isOver) this.#lastUs = now;
  }

  failed(failure: Failure): void {
    this.#firstFailure ??= failure;
  }

  hasTimedOut(now: number): boolean {
    return now - this.#startUs >= this.#timeoutUs;
  }

  /** From the first dial to the last connection. */
  get us(): number {
    return this.#lastUs - this.#startUs;
  }

  /** Why no connection could be opened; undefined when at least one was. */
  get unreachable(): Failure | undefined {
    return this.#anyOpened ? undefined : this.#firstFailure;
  }
}
