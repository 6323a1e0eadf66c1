/**
 * WebSocket echo (RFC 6455, server side): each message goes back whole, text as text, binary as binary; in a room it
 * goes to all members instead.
 *
 *   open ──drain, idle──► closing (1001 sent, the peer's close awaited) ──► over
 *     └──── peer's close (answered), violation (1002, 1007, 1009 sent) ──────▲
 *
 * Messages are unmasked where they were read; all that come whole in one read leave in one write. A message in
 * pieces is gathered within max-frame. Where permessage-deflate was agreed on, every message goes back compressed.
 */
import { assertNever } from "../../../core/exhaustive.ts";
import { closeBody } from "../../../core/framing/websocket/close.ts";
import { type Deflate, deflateMessage } from "../../../core/framing/websocket/deflate.ts";
import {
  encodeFrame,
  frameHeaderBytes,
  writeFrameHeader,
} from "../../../core/framing/websocket/frame-encoder.ts";
import { MessageDecoder, type MessageEvent } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";
import type { BroadcastGroup, Member } from "./broadcast.ts";

/** As long as a wire lingers: an answer crosses the world in it. */
const CLOSE_WAIT_MS = 2000;
/** Up to here a loop over bytes is cheaper than a call that copies. */
const SHORT_BYTES = 48;
const NOTHING = Buffer.alloc(0);

type Phase = "open" | "closing" | "over";

export class WebSocketEcho implements WireOwner, Member {
  readonly #wire: Wire;
  readonly #service: Service;
  readonly #decoder: MessageDecoder;
  readonly deflate: Deflate | undefined;
  readonly #room: BroadcastGroup | undefined;
  #phase: Phase = "open";
  /** A message is begun and not complete; counted as work in flight. */
  #begun = false;
  /** Bytes of begun messages in this stall window. */
  #windowBytes = 0;
  /** What this read gives back: `#out` up to `#at`. */
  #out: Buffer = NOTHING;
  #at = 0;

  /** @param room messages go to its members; without one, back to who sent them */
  constructor(wire: Wire, deflate: Deflate | undefined, room?: BroadcastGroup) {
    this.#wire = wire;
    this.#service = wire.service;
    this.deflate = deflate;
    this.#room = room;
    room?.join(this);
    this.#decoder = new MessageDecoder("server", wire.service.limits.maxFrameBytes, deflate !== undefined);
    wire.setTimeout(this.#service.idleTimeoutMs);
  }

  received(chunk: Buffer, start: number, end: number): void {
    if (this.#phase === "over") return;
    this.#windowBytes += end - start;
    this.#decoder.feed(chunk, start, end);
    this.#pump(end - start);
    this.#flush();
    this.#out = NOTHING;
    if (this.#phase !== "open" || this.#wire.state !== "open") return;
    this.#watch();
    if (this.#wire.flow === "paused") this.#wire.pause();
  }

  #pump(readBytes: number): void {
    const { metrics } = this.#service;
    for (;;) {
      const event = this.#decoder.next();
      switch (event.kind) {
        case "message":
          if (this.#phase !== "open") break;
          metrics.echoed.value++;
          if (this.#room === undefined) this.#giveBack(event, readBytes);
          else this.#say(this.#room, event);
          break;
        case "ping":
          // After our close nothing is sent any more (section 5.5.1).
          if (this.#phase === "open") this.#give(OPCODE.pong, event.chunk, event.start, event.end, readBytes);
          break;
        case "pong":
          break;
        case "close":
          // Section 5.5.1: answered with the same code, once.
          if (this.#phase === "open") this.#sendClose(event.code);
          this.#end();
          return;
        case "need-more":
          return;
        case "violation":
          if (event.closeCode === 1009) metrics.limitHit("frame-bytes");
          else metrics.violation(event.reason);
          if (this.#phase === "open") this.#sendClose(event.closeCode, event.reason);
          this.#end();
          return;
        default:
          assertNever(event);
      }
    }
  }

  #giveBack({ text, chunk, start, end }: MessageEvent, readBytes: number): void {
    const opcode = text ? OPCODE.text : OPCODE.binary;
    if (this.deflate === undefined) {
      this.#give(opcode, chunk, start, end, readBytes);
      return;
    }
    const payload = deflateMessage(chunk.subarray(start, end), this.deflate.windowBits);
    this.#flush();
    this.#out = NOTHING;
    this.#wire.send(encodeFrame(opcode, payload, { compressed: true }));
  }

  #say(room: BroadcastGroup, { text, chunk, start, end }: MessageEvent): void {
    this.#flush();
    room.say(text ? OPCODE.text : OPCODE.binary, chunk.subarray(start, end));
  }

  hear(frame: Buffer): boolean {
    if (this.#phase !== "open" || this.#wire.state !== "open" || this.#wire.flow === "paused") return false;
    this.#wire.send(frame);
    // Who listens is not idle.
    if (!this.#begun && !this.#service.draining) this.#wire.refresh(this.#service.idleTimeoutMs);
    return true;
  }

  /** A frame goes behind what this read gives back already; one that was gathered goes by itself. */
  #give(opcode: Opcode, chunk: Buffer, start: number, end: number, readBytes: number): void {
    const length = end - start;
    const frameBytes = frameHeaderBytes(length, false) + length;
    // A server's frame is four bytes shorter than the client's, so what came whole has room.
    if (this.#out === NOTHING && frameBytes <= readBytes) this.#out = this.#service.stage.take(readBytes);
    if (this.#at + frameBytes > this.#out.length) {
      this.#flush();
      this.#out = NOTHING;
      this.#wire.send(encodeFrame(opcode, chunk.subarray(start, end)));
      return;
    }
    const out = this.#out;
    let at = writeFrameHeader(out, this.#at, opcode, true, length, undefined);
    if (length <= SHORT_BYTES) for (let from = start; from < end; from++) out[at++] = chunk[from]!;
    else at += chunk.copy(out, at, start, end);
    this.#at = at;
  }

  #flush(): void {
    const { length } = this.#out;
    if (this.#at > 0) this.#wire.send(this.#at === length ? this.#out : this.#out.subarray(0, this.#at));
    this.#out = this.#out.subarray(this.#at);
    this.#at = 0;
  }

  /** Keeps the time-out and the count of work true after a read. */
  #watch(): void {
    const { limits, idleTimeoutMs, draining } = this.#service;
    if (!this.#decoder.idle) {
      if (this.#begun) return;
      this.#begun = true;
      this.#windowBytes = 0;
      this.#service.begin();
      this.#wire.setTimeout(limits.stallTimeoutMs);
    } else if (draining) {
      // The grace of a drain is not made longer by messages that go on coming.
      if (this.#begun) this.#goAway();
    } else {
      if (this.#begun) this.#wire.setTimeout(idleTimeoutMs);
      else this.#wire.refresh(idleTimeoutMs);
      this.#finish();
    }
  }

  drained(): void {
    this.#wire.resume();
  }

  /** Without a closing frame: 1006 to the peer's own (section 7.1.5). */
  peerEnded(): void {
    const violation = this.#phase === "open" ? this.#decoder.finish() : undefined;
    if (violation !== undefined) this.#service.metrics.violation(violation.reason);
    this.#end();
  }

  timedOut(): void {
    const { limits, metrics } = this.#service;
    if (this.#phase !== "open") {
      this.#end();
    } else if (!this.#begun) {
      if (this.#service.draining) this.#service.idleClosed++;
      else metrics.limitHit("idle-timeout");
      this.#goAway();
    } else if (this.#wire.flow === "flowing" && this.#windowBytes < this.#service.stallBytes) {
      metrics.limitHit("stall-timeout");
      this.#wire.reset();
    } else {
      this.#windowBytes = 0;
      this.#wire.setTimeout(limits.stallTimeoutMs);
    }
  }

  drain(): void {
    if (this.#phase === "open" && !this.#begun) this.#wire.setTimeout(this.#service.idleTimeoutMs);
  }

  closed(): void {
    this.#phase = "over";
    this.#room?.leave(this);
    if (this.#begun && this.#service.ending) this.#service.abandoned++;
    this.#finish();
  }

  /** 1001, and then the peer has the word (section 7.1.2). */
  #goAway(): void {
    this.#finish();
    this.#sendClose(1001);
    this.#phase = "closing";
    this.#wire.resume();
    this.#wire.setTimeout(CLOSE_WAIT_MS);
  }

  #sendClose(code: number | undefined, reason = ""): void {
    this.#flush();
    this.#wire.send(encodeFrame(OPCODE.close, code === undefined ? NOTHING : closeBody(code, reason)));
  }

  /** The server closes the connection first (section 7.1.1). */
  #end(): void {
    this.#phase = "over";
    this.#room?.leave(this);
    this.#flush();
    this.#finish();
    this.#wire.finish();
  }

  #finish(): void {
    if (!this.#begun) return;
    this.#begun = false;
    this.#service.finish();
  }
}
