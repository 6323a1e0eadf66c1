/**
 * Raw sink: reads as fast as bytes come, counts them and throws them away, as `iperf -s` does. Nothing is sent
 * but the FIN that answers the client's.
 */
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";

export class RawSink implements WireOwner {
  readonly #wire: Wire;
  readonly #service: Service;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#service = wire.service;
  }

  received(_chunk: Buffer, start: number, end: number): void {
    this.#service.metrics.sunkBytes.value += end - start;
    this.#wire.refresh(this.#service.idleTimeoutMs);
  }

  drained(): void {}

  peerEnded(): void {
    this.#wire.finish();
  }

  timedOut(): void {
    if (this.#service.draining) this.#service.idleClosed++;
    else this.#service.metrics.limitHit("idle-timeout");
    this.#wire.finish();
  }

  drain(): void {
    this.#wire.setTimeout(this.#service.idleTimeoutMs);
  }

  closed(): void {}
}
