/**
 * Raw TCP echo: every byte goes back as it came.
 *
 * Reading stops while the client does not read, so memory is bounded by the watermarks plus one read.
 */
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";

export class RawEcho implements WireOwner {
  readonly #wire: Wire;
  readonly #service: Service;
  /** Counted as work in flight, from the start of a drain on. */
  #counted = false;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#service = wire.service;
  }

  received(chunk: Buffer, start: number, end: number): void {
    this.#service.metrics.echoed.value++;
    this.#wire.sendCopy(chunk, start, end);
    this.#wire.refresh(this.#service.idleTimeoutMs);
    if (this.#wire.flow === "paused") this.#wire.pause();
  }

  drained(): void {
    this.#wire.resume();
  }

  peerEnded(): void {
    this.#wire.finish();
  }

  timedOut(): void {
    if (!this.#service.draining) this.#service.metrics.limitHit("idle-timeout");
    else if (!this.#counted) this.#service.idleClosed++;
    this.#wire.finish();
  }

  drain(): void {
    if (this.#wire.backlogBytes > 0) {
      this.#counted = true;
      this.#service.begin();
    }
    this.#wire.setTimeout(this.#service.idleTimeoutMs);
  }

  closed(): void {
    if (this.#counted) this.#service.finish();
  }
}
