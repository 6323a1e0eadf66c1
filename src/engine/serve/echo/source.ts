/**
 * Raw source: sends as fast as the client reads, until the client goes, as `iperf -R` has a server do.
 *
 * One block is under way at a time and is the same for all, so a connection costs no memory. A client that
 * closes its side only goes on reading; one that does not read is reset after the send time-out. What the client
 * sends is thrown away.
 */
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";

/** Above the high watermark, so that one block is one write and is never copied. */
const BLOCK = Buffer.alloc(256 * 1024, "0123456789abcdef");

export class RawSource implements WireOwner {
  readonly #wire: Wire;
  readonly #service: Service;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#service = wire.service;
    wire.setTimeout(Number.POSITIVE_INFINITY);
    wire.send(BLOCK);
  }

  received(): void {}

  /** The kernel has taken the block. */
  drained(): void {
    this.#service.metrics.sourcedBytes.value += BLOCK.length;
    this.#wire.send(BLOCK);
  }

  peerEnded(): void {}

  timedOut(): void {}

  /** There is no end to wait for. */
  drain(): void {
    this.#service.idleClosed++;
    this.#wire.finish();
  }

  closed(): void {}
}
