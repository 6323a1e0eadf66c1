/**
 * Sends messages at a rate, no matter how they arrive: a bounded channel, a token bucket and a sink.
 *
 *     producer ── send / offer ──► channel ──► limiter ──► sink(message, signal)
 *                 waits | "full"   capacity    due time    at most maxInFlight at once
 *
 * Where the sink or the rate is slower than the producer, the queue fills and `send` waits: the pressure
 * reaches the producer, memory stays bounded.
 */
import { Channel } from "./channel.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { type Permit, Semaphore } from "./semaphore.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Why a message never arrived. `full`: offered to a full queue; `closed`: offered or still waiting to be
 * queued when the sender closed; `cancelled`: the producer gave up waiting; `aborted`: queued when the sender
 * was aborted; `failed`: the sink threw.
 */
export type DropReason = "full" | "closed" | "cancelled" | "aborted" | "failed";

export interface RateLimitedSenderOptions<T> {
  readonly limiter: RateLimiter;
  /** Takes one message. The signal is aborted by `abort`. What it throws is counted and given to `onFailure`. */
  readonly sink: (message: T, signal: AbortSignal) => Promise<void> | void;
  /** Messages that may wait in the queue; one more is in hand, waiting for its token. */
  readonly capacity: number;
  /** Sinks running at once. Default 1, which keeps the order of messages up to the end of each send. */
  readonly maxInFlight?: number;
  /** Tokens a message costs: 1 by default, its bytes for a byte rate. At most the limiter's burst. */
  readonly cost?: (message: T) => number;
  readonly onFailure?: (error: unknown, message: T) => void;
}

export interface RateLimitedSenderStats {
  /** Messages taken into the queue: always sent + failed + aborted + queued + inFlight. */
  readonly accepted: number;
  /** Messages that the sink has taken without throwing. */
  readonly sent: number;
  /** Messages waiting in the queue or for their token. */
  readonly queued: number;
  readonly inFlight: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/**
 * - Messages reach the sink in the order in which they were accepted, never above the limiter's rate.
 * - Every message offered is counted exactly once: sent, queued, in flight, or dropped with a reason.
 * - A failing sink loses that message only; the next one is sent.
 * - `close` sends what is queued and then ends; `abort` drops what is queued and ends; `await using` aborts.
 */
export class RateLimitedSender<T> implements AsyncDisposable {
  readonly #options: RateLimitedSenderOptions<T>;
  readonly #channel: Channel<T>;
  readonly #slots: Semaphore;
  readonly #stop = new AbortController();
  readonly #drains = new WaitQueue<void>();
  readonly #finished: Promise<void>;
  readonly #dropped: Record<DropReason, number> = { full: 0, closed: 0, cancelled: 0, aborted: 0, failed: 0 };
  #accepted = 0;
  #sent = 0;
  #inFlight = 0;

  constructor(options: RateLimitedSenderOptions<T>) {
    this.#options = options;
    this.#channel = new Channel<T>(options.capacity);
    this.#slots = new Semaphore(options.maxInFlight ?? 1);
    this.#finished = this.#run();
  }

  /** Queues at once or drops: for a producer that must not wait. */
  offer(message: T): "queued" | "full" | "closed" {
    this.#checkCost(message);
    const outcome = this.#channel.trySend(message);
    if (outcome === "sent") {
      this.#accepted++;
      return "queued";
    }
    this.#dropped[outcome]++;
    return outcome;
  }

  /** Waits for room in the queue, not for the sending. Rejects only with the signal's reason. */
  async send(message: T, signal?: AbortSignal): Promise<"queued" | "closed"> {
    this.#checkCost(message);
    try {
      const outcome = await this.#channel.send(message, signal);
      // The channel answers the producer before its consumer goes on, so this count is never behind the sink.
      if (outcome === "sent") {
        this.#accepted++;
        return "queued";
      }
      this.#dropped.closed++;
      return "closed";
    } catch (error) {
      this.#dropped.cancelled++;
      throw error;
    }
  }

  /** Resolves when nothing is queued or in flight. More may be sent meanwhile and after. */
  drain(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return this.#unsettled === 0 ? Promise.resolve() : this.#drains.park(undefined, signal);
  }

  /** Takes no more messages; resolves when all that were accepted have been sent or have failed. */
  close(): Promise<void> {
    this.#channel.close();
    return this.#finished;
  }

  /** Drops what is queued and aborts what is in flight; resolves when the last sink has returned. */
  abort(reason?: unknown): Promise<void> {
    this.#dropped.aborted += this.#channel.discard();
    this.#stop.abort(reason);
    this.#settled();
    return this.#finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  stats(): RateLimitedSenderStats {
    return {
      accepted: this.#accepted,
      sent: this.#sent,
      queued: this.#unsettled - this.#inFlight,
      inFlight: this.#inFlight,
      dropped: { ...this.#dropped },
    };
  }

  /** Accepted, and neither sent nor dropped. */
  get #unsettled(): number {
    return this.#accepted - this.#sent - this.#dropped.failed - this.#dropped.aborted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    // The slot first, then the message: a message leaves the bounded queue only when it can be sent.
    for (let slot = await this.#slot(); slot !== undefined; slot = await this.#slot()) {
      const received = await this.#channel.receive();
      if (received.kind === "end") {
        slot.release();
        break;
      }
      try {
        await this.#options.limiter.take(this.#cost(received.value), signal);
      } catch (error) {
        // Only the abort ends a take: the cost was checked when the message was accepted.
        if (!signal.aborted) throw error;
        this.#dropped.aborted++;
        this.#settled();
        slot.release();
        break;
      }
      void this.#deliver(received.value, slot);
    }
    // With a limit of one, a permit is to be had only when every other is back: no sink is running.
    this.#slots.resize(1);
    (await this.#slots.acquire()).release();
  }

  async #slot(): Promise<Permit | undefined> {
    try {
      return await this.#slots.acquire(this.#stop.signal);
    } catch {
      return undefined; // aborted: the queue was emptied and counted by abort()
    }
  }

  async #deliver(message: T, slot: Permit): Promise<void> {
    this.#inFlight++;
    try {
      await this.#options.sink(message, this.#stop.signal);
      this.#sent++;
    } catch (error) {
      this.#dropped.failed++;
      this.#options.onFailure?.(error, message);
    } finally {
      this.#inFlight--;
      slot.release();
      this.#settled();
    }
  }

  #settled(): void {
    if (this.#unsettled === 0) while (this.#drains.serve());
  }

  #cost(message: T): number {
    return this.#options.cost?.(message) ?? 1;
  }

  #checkCost(message: T): void {
    const cost = this.#cost(message);
    if (cost > 0 && cost <= this.#options.limiter.burst) return;
    throw new RangeError(
      `a message that costs ${cost} can never be sent: the burst is ${this.#options.limiter.burst}`,
    );
  }
}
