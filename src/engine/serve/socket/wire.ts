/**
 * One accepted socket: bytes in through a shared buffer, bytes out once a turn, closed in an orderly way.
 *
 * Measured choices (node 20, one core, `wrk -c50`, processor time a request for the same fixed answer without
 * parsing, 20th percentile of ten alternated runs; 5.3 us of each are the kernel's):
 * - `socket.on("data")`: 7.2 us. Each read allocates 64 KiB.
 * - The accepted handle given to a new `net.Socket` with `onread`, so that all sockets read into one buffer: 6.6 us,
 *   by `write` or by `_write`, the method under the Writable machinery. `_write` is used because the queue here is
 *   bounded and leaves once a turn (see turn.ts), which makes the second queue needless: 6.6 us.
 * - The handle's own `writeBuffer` with a bare request object: 6.65 us, and it needs `process.binding`.
 * An idle connection costs 3.7 KiB resident this way, against 3.2 KiB with `on("data")`, before HTTP is added.
 * TLS sockets decrypt into buffers of their own, so they are read by `on("data")`.
 *
 * Only one write is under way at a time; what is sent meanwhile waits in a queue that the watermarks bound:
 * `flow` says "paused" to whoever sends, `drained` when it may go on. A peer that does not read is reset after
 * `sendTimeoutMs`. Closing is lingering (RFC 9112 §9.6): FIN after the last byte, then input is
 * thrown away until the peer closes or a bound is reached, because closing over unread input would reset
 * the connection and could take the last answer with it.
 */
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { DEFAULT_WATERMARKS, type Flow, nextFlow } from "../../../core/backpressure/watermark.ts";
import type { Watch } from "../../../core/lifecycle/deadline.ts";
import type { AcceptedSocket } from "../../../core/lifecycle/listener.ts";
import { resetSocket } from "../../../core/lifecycle/reset.ts";
import type { Service } from "../service.ts";
import type { Flushable } from "./turn.ts";

/** What speaks a protocol over a wire. */
export interface WireOwner {
  /** Bytes, valid until this returns. Call `wire.pause()` to get no more. */
  received(chunk: Buffer, start: number, end: number): void;
  /** The peer has closed its side. */
  peerEnded(): void;
  /** The backlog has fallen to the low mark after `flow` was "paused". */
  drained(): void;
  /** The watch is due and nothing waits to be written. */
  timedOut(): void;
  /** A drain has begun: what is idle sets `service.idleTimeoutMs`, and closes when that is over. */
  drain(): void;
  /** It is gone, whoever closed it; called once. */
  closed(): void;
}

/**
 *   open ──finish──► finishing ──all written, FIN──► lingering ──► closed
 *     └──────────────────┴──────── destroy, reset, error ────────────▲
 */
type WireState = "open" | "finishing" | "lingering" | "closed";

/** Long enough for an answer to cross the world; input beyond the bound is a client that will not stop. */
const LINGER_MS = 2000;
const LINGER_BYTES = 16 * 1024 * 1024;
/** Pieces of up to this in all are put together on the stage, more in a buffer of their own. */
const COALESCE_BYTES = 64 * 1024;

/** The part of a socket below its streams: `_write` is what Writable calls. */
interface LowSocket {
  _handle: { readonly writeQueueSize?: number; getpeername?(out: object): number } | null;
  _write(data: Uint8Array, encoding: "buffer", done: (error?: Error | null) => void): void;
}

export class Wire implements Flushable {
  readonly service: Service;
  readonly secure: boolean;
  /** What the handshake agreed on; undefined without TLS, or when nothing was. */
  readonly alpn: string | undefined;
  state: WireState = "open";
  /** "paused": the peer does not keep up; wait for `drained`. */
  flow: Flow = "flowing";
  owner: WireOwner;
  /** Sent by the owner and not yet being written. */
  queuedBytes = 0;
  readonly watch: Watch<Wire>;
  readonly #socket: Socket;
  readonly #permit: Disposable;
  readonly #written: (error?: Error | null) => void;
  #first: Uint8Array | undefined;
  #more: Uint8Array[] | undefined;
  #writingBytes = 0;
  #writing = false;
  #enqueued = false;
  /** Borrowed from the stage: what is queued of it, and what is being written. */
  #queuedLoans: Buffer[] = [];
  #writingLoans: Buffer[] = [];
  #lingeredBytes = 0;
  #sentBytes = 0;
  /** Bytes taken by the kernel when the time-out was set. */
  #windowMark = 0;
  /** The watch is set for the write that is under way, not for the owner. */
  #watchesWrite = false;
  /** When the owner wants to hear `timedOut`, in time of the deadline wheel. */
  #ownerDueMs = 0;

  constructor(
    service: Service,
    accepted: AcceptedSocket,
    permit: Disposable,
    owner: (wire: Wire) => WireOwner,
  ) {
    this.service = service;
    this.#permit = permit;
    this.secure = accepted instanceof TLSSocket;
    this.alpn = (accepted instanceof TLSSocket && accepted.alpnProtocol) || undefined;
    this.watch = service.deadlines.watch(this, service.limits.idleTimeoutMs);
    this.#written = (error) => this.#wrote(error);
    this.#socket = this.secure
      ? accepted
      : rewrap(accepted, service.readBuffer, (length) => this.#read(length));
    this.owner = owner(this);
    const socket = this.#socket;
    if (this.secure) socket.on("data", (chunk: Buffer) => this.#received(chunk, chunk.length));
    socket.on("end", () => this.#peerEnded());
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.#closed());
    service.wires.add(this);
    socket.resume();
  }

  /** Bytes that the kernel has not taken yet. */
  get backlogBytes(): number {
    return this.queuedBytes + this.#writingBytes;
  }

  /** Whether so many bytes more would pause whoever sends them. */
  wouldPause(bytes: number): boolean {
    return this.backlogBytes + bytes >= DEFAULT_WATERMARKS.highWaterBytes;
  }

  /** All bytes the kernel has taken, for the progress of slow readers. */
  #takenBytes(): number {
    const waiting = (this.#socket as unknown as LowSocket)._handle?.writeQueueSize ?? this.#writingBytes;
    return this.#sentBytes + this.#writingBytes - Math.min(waiting, this.#writingBytes);
  }

  /** Sends bytes at the end of this turn. They must never change. */
  send(bytes: Uint8Array): void {
    if (this.state !== "open") return;
    if (this.#first === undefined) this.#first = bytes;
    else if (this.#more === undefined) this.#more = [bytes];
    else this.#more.push(bytes);
    this.queuedBytes += bytes.length;
    if (this.flow === "flowing" && this.backlogBytes >= DEFAULT_WATERMARKS.highWaterBytes)
      this.flow = "paused";
    if (this.#writing) this.service.stage.pin();
    else if (!this.#enqueued) {
      this.#enqueued = true;
      this.service.turn.enqueue(this);
    }
  }

  /** Sends bytes that may change after this call. */
  sendCopy(chunk: Uint8Array, start: number, end: number): void {
    if (this.state !== "open") return;
    const loan = this.service.stage.borrow(end - start);
    if (loan === undefined) {
      this.send(this.service.stage.copy(chunk, start, end));
      return;
    }
    loan.set(chunk.subarray(start, end));
    this.sendLoan(loan, end - start);
  }

  /** Sends the first bytes of what was borrowed from the stage, once: it goes back when the system has them. */
  sendLoan(loan: Buffer, length: number): void {
    if (this.state !== "open" || length === 0) {
      this.service.stage.giveBack(loan);
      return;
    }
    this.#queuedLoans.push(loan);
    this.send(loan.subarray(0, length));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.state === "open") this.#socket.resume();
  }

  /** No more will be sent: FIN after what is queued, then linger. */
  finish(): void {
    if (this.state !== "open") return;
    this.state = "finishing";
    if (this.#writing || this.#enqueued) return;
    this.#sendFin();
  }

  /** Closes at once; what was not written is lost. */
  destroy(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#socket.destroy();
  }

  /** Closes at once with a reset (RST). */
  reset(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    resetSocket(this.#socket);
  }

  /** `timedOut` after this time, earlier or later than what was set before. Infinity: never. */
  setTimeout(timeoutMs: number): void {
    const { deadlines } = this.service;
    this.#ownerDueMs = deadlines.nowMs + timeoutMs;
    if (timeoutMs !== Number.POSITIVE_INFINITY) deadlines.set(this.watch, timeoutMs);
    else if (!this.#writing) deadlines.cancel(this.watch);
  }

  /** Hot path: moves a time-out that is set to `timeoutMs` from now, which must be later than it was. */
  refresh(timeoutMs: number): void {
    this.#ownerDueMs = this.service.deadlines.nowMs + timeoutMs;
    if (!this.#writing) this.watch.dueMs = this.#ownerDueMs;
  }

  /** The watch is due. */
  expire(): void {
    if (this.state === "lingering") {
      this.destroy();
    } else if (this.#writing) {
      this.#lookAtReader();
    } else if (this.state === "open") {
      if (this.#ownerDueMs <= this.service.deadlines.nowMs) this.owner.timedOut();
      else this.#watchForOwner();
    }
  }

  #watchForOwner(): void {
    const { deadlines } = this.service;
    const leftMs = Math.max(0, this.#ownerDueMs - deadlines.nowMs);
    if (leftMs === Number.POSITIVE_INFINITY) deadlines.cancel(this.watch);
    else deadlines.set(this.watch, leftMs);
  }

  /** End of the turn: one write for all that was queued. */
  flush(): void {
    this.#enqueued = false;
    if (this.state === "closed" || this.#first === undefined) return;
    const { stage, metrics } = this.service;
    const data = this.#takeQueue();
    this.#writing = true;
    this.#writingBytes = data.length;
    metrics.bytesOut.value += data.length;
    (this.#socket as unknown as LowSocket)._write(data, "buffer", this.#written);
    if (!this.#writing) return;
    // The kernel's buffer is full, or this is TLS, which copies the bytes but tells only later.
    if (!this.secure) stage.pin();
    this.#windowMark = this.#takenBytes();
    this.#watchesWrite = true;
    this.service.deadlines.set(this.watch, this.service.limits.sendTimeoutMs);
  }

  #takeQueue(): Uint8Array {
    const first = this.#first!;
    const more = this.#more;
    const total = this.queuedBytes;
    this.#first = undefined;
    this.queuedBytes = 0;
    if (more === undefined || more.length === 0) {
      if (this.#queuedLoans.length > 0) this.#lend();
      return first;
    }
    this.#more = undefined;
    more.unshift(first);
    if (total > COALESCE_BYTES) {
      const all = Buffer.concat(more, total);
      this.#giveBack(this.#queuedLoans);
      return all;
    }
    const joined = this.service.stage.take(total);
    let at = 0;
    for (const piece of more) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#giveBack(this.#queuedLoans);
    return joined;
  }

  /** What was queued is being written. */
  #lend(): void {
    const loans = this.#writingLoans;
    this.#writingLoans = this.#queuedLoans;
    this.#queuedLoans = loans;
  }

  #giveBack(loans: Buffer[]): void {
    for (let loan = loans.pop(); loan !== undefined; loan = loans.pop()) this.service.stage.giveBack(loan);
  }

  #wrote(error?: Error | null): void {
    this.#writing = false;
    this.#sentBytes += this.#writingBytes;
    this.#writingBytes = 0;
    // After an error the bytes may be anywhere still.
    if (this.#writingLoans.length > 0 && error == null) this.#giveBack(this.#writingLoans);
    if (error != null) {
      this.destroy();
      return;
    }
    if (this.state === "closed") return;
    if (this.#watchesWrite) {
      this.#watchesWrite = false;
      this.#watchForOwner();
    }
    if (this.#first !== undefined && !this.#enqueued) {
      this.#enqueued = true;
      this.service.turn.enqueue(this);
    } else if (this.state === "finishing" && this.#first === undefined) {
      this.#sendFin();
      return;
    }
    if (this.flow === "paused") {
      this.flow = nextFlow(this.flow, this.backlogBytes, DEFAULT_WATERMARKS);
      if (this.flow === "flowing") this.owner.drained();
    }
  }

  #sendFin(): void {
    this.state = "lingering";
    this.setTimeout(LINGER_MS);
    this.#socket.end();
    this.#socket.resume();
  }

  #lookAtReader(): void {
    const taken = this.#takenBytes();
    if (taken > this.#windowMark) {
      this.#windowMark = taken;
      this.service.deadlines.set(this.watch, this.service.limits.sendTimeoutMs);
      return;
    }
    this.service.metrics.limitHit("send-timeout");
    this.reset();
  }

  /** Pausing is done by `pause`, so reading always goes on from here. */
  #read(length: number): true {
    this.#received(this.service.readBuffer, length);
    return true;
  }

  #received(chunk: Buffer, length: number): void {
    const { service } = this;
    service.turn.enter();
    service.metrics.bytesIn.value += length;
    if (this.state === "open") {
      this.owner.received(chunk, 0, length);
      return;
    }
    this.#lingeredBytes += length;
    if (this.#lingeredBytes > LINGER_BYTES) this.destroy();
  }

  #peerEnded(): void {
    this.service.turn.enter();
    if (this.#wasReset()) this.destroy();
    else if (this.state === "open") this.owner.peerEnded();
    else if (this.state === "lingering") this.destroy();
  }

  /**
   * libuv tells a reset that comes right behind data as an end of file. A half-closed connection still has a
   * peer, a reset one has none.
   */
  #wasReset(): boolean {
    const { _handle } = this.#socket as unknown as LowSocket;
    return _handle?.getpeername !== undefined && _handle.getpeername({}) !== 0;
  }

  #closed(): void {
    this.state = "closed";
    this.service.deadlines.cancel(this.watch);
    this.service.wires.delete(this);
    this.#permit[Symbol.dispose]();
    this.owner.closed();
    this.service.wireGone();
  }
}

/** Moves the connection into a socket that reads into `buffer`; `read` answers whether to go on reading. */
function rewrap(accepted: Socket, buffer: Uint8Array, read: (length: number) => boolean): Socket {
  const holder = accepted as unknown as { _handle: unknown };
  const handle = holder._handle;
  holder._handle = null;
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: { buffer, callback: read } };
  return new Socket(options as ConstructorParameters<typeof Socket>[0]);
}
