/**
 * Length-prefixed echo: frames with a 4-byte big-endian length go back as they are.
 *
 * Frames are passed through piece by piece, so a frame of the limit's size needs no memory of that size. All
 * frames of one read leave in one write. A length above the limit is refused as soon as it is known.
 */
import { assertNever } from "../../../core/exhaustive.ts";
import { LengthPrefixedDecoder } from "../../../core/framing/length-prefixed.ts";
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";

const LENGTH_BYTES = 4;

export class FramedEcho implements WireOwner {
  readonly #wire: Wire;
  readonly #service: Service;
  readonly #decoder: LengthPrefixedDecoder;
  /** A frame is begun and not complete; counted as work in flight. */
  #begun = false;
  /** Bytes of begun frames in this stall window. */
  #windowBytes = 0;
  #broken = false;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#service = wire.service;
    this.#decoder = new LengthPrefixedDecoder({ maxFrameBytes: wire.service.limits.maxFrameBytes });
  }

  received(chunk: Buffer, start: number, end: number): void {
    // A length that straddles reads comes out whole, so the output may be longer than this read.
    const { stage } = this.#service;
    const loan = stage.borrow(end - start + LENGTH_BYTES);
    const out = loan ?? stage.take(end - start + LENGTH_BYTES);
    this.#windowBytes += end - start;
    this.#decoder.feed(chunk, start, end);
    const length = this.#passThrough(out);
    if (loan !== undefined) this.#wire.sendLoan(loan, length);
    else if (length > 0) this.#wire.send(out.subarray(0, length));
    if (this.#wire.state !== "open") return;
    if (this.#broken) {
      this.#wire.finish();
      return;
    }
    this.#watch();
    if (this.#wire.flow === "paused") this.#wire.pause();
  }

  /** Copies what is sound into `out` and tells how much it was. */
  #passThrough(out: Buffer): number {
    const { metrics } = this.#service;
    let at = 0;
    for (;;) {
      const part = this.#decoder.nextPart();
      switch (part.kind) {
        case "header":
          at = out.writeUInt32BE(part.length, at);
          break;
        case "data":
          at += part.chunk.copy(out, at, part.start, part.end);
          break;
        case "end":
          metrics.echoed.value++;
          break;
        case "need-more":
          return at;
        case "violation":
          if (part.reason === "frame-too-large") metrics.limitHit("frame-bytes");
          else metrics.violation(part.reason);
          this.#broken = true;
          return at;
        default:
          assertNever(part);
      }
    }
  }

  /** Keeps the time-out and the count of work true after a read. */
  #watch(): void {
    const { limits, idleTimeoutMs } = this.#service;
    if (this.#decoder.idle) {
      if (this.#begun) this.#wire.setTimeout(idleTimeoutMs);
      else this.#wire.refresh(idleTimeoutMs);
      this.#finish();
    } else if (!this.#begun) {
      this.#begun = true;
      this.#windowBytes = 0;
      this.#service.begin();
      this.#wire.setTimeout(limits.stallTimeoutMs);
    }
  }

  drained(): void {
    this.#wire.resume();
  }

  peerEnded(): void {
    this.#wire.finish();
  }

  timedOut(): void {
    const { limits, metrics } = this.#service;
    if (!this.#begun) {
      if (this.#service.draining) this.#service.idleClosed++;
      else metrics.limitHit("idle-timeout");
      this.#wire.finish();
      return;
    }
    const enough = (limits.minBytesPerSecond * limits.stallTimeoutMs) / 1000;
    if (this.#wire.flow === "flowing" && this.#windowBytes < enough) {
      metrics.limitHit("stall-timeout");
      this.#wire.reset();
      return;
    }
    this.#windowBytes = 0;
    this.#wire.setTimeout(limits.stallTimeoutMs);
  }

  drain(): void {
    if (!this.#begun) this.#wire.setTimeout(this.#service.idleTimeoutMs);
  }

  closed(): void {
    if (this.#begun && this.#service.ending) this.#service.abandoned++;
    this.#finish();
  }

  #finish(): void {
    if (!this.#begun) return;
    this.#begun = false;
    this.#service.finish();
  }
}
