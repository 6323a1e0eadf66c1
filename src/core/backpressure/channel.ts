/**
 * A bounded channel between any number of senders and receivers: what passes work on without letting it
 * pile up.
 */
import { Ring } from "./ring.ts";
import { WaitQueue } from "./wait-queue.ts";

/** What a receiver gets. The end is a value, not an exception. */
export type Received<T> = { readonly kind: "value"; readonly value: T } | { readonly kind: "end" };

const END = { kind: "end" } as const;
const EMPTY = { kind: "empty" } as const;

/**
 * - At most `capacity` values are held; a sender beyond that waits. With capacity 0 each value passes from
 *   hand to hand.
 * - Values come out in the order in which they went in; waiting senders and waiting receivers are served in
 *   the order in which they came.
 * - A value whose send answered "sent" is received exactly once, unless `discard` throws it away (counted).
 * - A sender cancelled by its signal has sent nothing; a receiver cancelled by its signal has taken nothing.
 * - After `close`, receivers get what is left and then the end, every time they ask; waiting senders and
 *   later ones get "closed". Closing twice is harmless.
 * - Nobody waits for ever on a closed channel.
 */
export class Channel<T> {
  readonly #buffer: Ring<T>;
  readonly #senders = new WaitQueue<"sent" | "closed", T>();
  readonly #receivers = new WaitQueue<Received<T>>();
  #closed = false;

  constructor(capacity: number) {
    this.#buffer = new Ring(capacity);
  }

  get capacity(): number {
    return this.#buffer.capacity;
  }

  /** Values held, those of waiting senders not included. */
  get length(): number {
    return this.#buffer.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get waitingSenders(): number {
    return this.#senders.length;
  }

  get waitingReceivers(): number {
    return this.#receivers.length;
  }

  /** Sends at once or not at all. */
  trySend(value: T): "sent" | "full" | "closed" {
    if (this.#closed) return "closed";
    if (this.#receivers.length > 0) this.#receivers.serve({ kind: "value", value });
    else if (this.#buffer.full) return "full";
    else this.#buffer.push(value);
    return "sent";
  }

  /** Waits for room. Rejects only with the signal's reason. */
  send(value: T, signal?: AbortSignal): Promise<"sent" | "closed"> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const outcome = this.trySend(value);
    return outcome === "full" ? this.#senders.park(value, signal) : Promise.resolve(outcome);
  }

  /** Takes at once, or says that there is nothing yet. */
  tryReceive(): Received<T> | typeof EMPTY {
    if (this.#buffer.length > 0) {
      const value = this.#buffer.shift();
      if (this.#senders.length > 0) this.#buffer.push(this.#takeFromSender());
      return { kind: "value", value };
    }
    if (this.#senders.length > 0) return { kind: "value", value: this.#takeFromSender() };
    return this.#closed ? END : EMPTY;
  }

  /** Waits for a value or the end. Rejects only with the signal's reason. */
  receive(signal?: AbortSignal): Promise<Received<T>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const received = this.tryReceive();
    return received.kind === "empty" ? this.#receivers.park(undefined, signal) : Promise.resolve(received);
  }

  /** No more sends; what is held can still be received. */
  close(): void {
    this.#closed = true;
    while (this.#senders.serve("closed"));
    // Receivers wait only when nothing is held.
    while (this.#receivers.serve(END));
  }

  /** Closes and throws away what is held. Returns how many values that were. */
  discard(): number {
    this.close();
    return this.#buffer.clear();
  }

  /** Until the end. Leaving the loop early leaves the channel as it is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const received = await this.receive();
      if (received.kind === "end") return;
      yield received.value;
    }
  }

  #takeFromSender(): T {
    const value = this.#senders.nextDetail as T;
    this.#senders.serve("sent");
    return value;
  }
}
