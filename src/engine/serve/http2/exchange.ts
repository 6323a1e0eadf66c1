/**
 * An exchange on one stream of HTTP/2: the answer goes as far as the client's windows allow, the rest waits here, and
 * no more of the request comes than the handler takes (RFC 9113 section 5.2).
 */
import { Buffer } from "node:buffer";
import type { Flow } from "../../../core/backpressure/watermark.ts";
import { ERROR } from "../../../core/framing/http2/codes.ts";
import type { Session } from "../../../core/framing/http2/session.ts";
import type { Live } from "../handlers/handler.ts";
import { type Answer, type DateField, statusHasBody } from "../http/answer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { StreamHead } from "../http/head.ts";
import type { RouteMetrics } from "../metrics.ts";
import type { ServeLimits } from "../plan.ts";
import { answerBlock, StreamAnswer } from "./answer.ts";

/** The connection, as far as an exchange may command it. */
export interface StreamHost {
  readonly session: Session;
  readonly date: DateField;
  /** Of the connection. */
  readonly flow: Flow;
  /** Around everything that may write; what was written leaves at the outermost `leave`. */
  enter(): void;
  leave(): void;
  /** The handler has given all of the answer. */
  answered(exchange: Http2Exchange): void;
  /** All of the answer has gone, or the stream was reset: nothing more will happen. */
  done(exchange: Http2Exchange): void;
  closeConnection(): void;
  resetConnection(): void;
}

const NOTHING = Buffer.alloc(0);

export class Http2Exchange implements Exchange {
  readonly id: number;
  readonly head: StreamHead;
  readonly route: RouteMetrics;
  /** It has a place within max-in-flight. */
  readonly admitted: boolean;
  /** When the head was complete, in microseconds of the process clock. */
  readonly startUs: number;
  live: Live = {};
  /** 0 until the answer has begun. */
  status = 0;
  bodyComplete = false;
  /** The handler is done, or nobody wants its answer any more. */
  over = false;
  receivedBytes = 0;
  readonly #host: StreamHost;
  #withBody = false;
  /** What the windows had no room for. */
  #waiting: Buffer[] = [];
  #sentBytes = 0;
  /** Content that came while the handler wanted none. */
  #unconsumed = 0;
  #bodyPaused = false;
  /** Since when nothing could be sent, and how much had been by then. */
  #stuckSinceMs: number;
  #stuckAtBytes = 0;
  /** The stall window of the request's body. */
  #windowSinceMs: number;
  #windowBytes = 0;

  /** @param nowMs of the deadlines */
  constructor(
    host: StreamHost,
    id: number,
    head: StreamHead,
    route: RouteMetrics,
    admitted: boolean,
    startUs: number,
    nowMs: number,
  ) {
    this.#host = host;
    this.id = id;
    this.head = head;
    this.route = route;
    this.admitted = admitted;
    this.startUs = startUs;
    this.#stuckSinceMs = nowMs;
    this.#windowSinceMs = nowMs;
  }

  get flow(): Flow {
    return this.#waiting.length > 0 ? "paused" : this.#host.flow;
  }

  get bodyWanted(): boolean {
    return this.#withBody;
  }

  start(status: number, headers: Answer["headers"], length: number | undefined): void {
    if (this.over || this.status !== 0) return;
    this.status = status;
    this.#withBody = statusHasBody(status) && this.head.method !== "HEAD";
    const { session, date } = this.#host;
    this.#host.enter();
    session.respond(this.id, answerBlock(status, headers, length, date), false);
    this.#host.leave();
  }

  send(bytes: Uint8Array): void {
    this.#send(bytes, 0, bytes.length, false);
  }

  sendCopy(chunk: Uint8Array, start: number, end: number): void {
    this.#send(chunk, start, end, true);
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.#host.enter();
    this.#host.answered(this);
    if (this.#waiting.length === 0) this.#last(NOTHING);
    this.#host.leave();
  }

  answer(answer: Answer): void {
    if (this.over || this.status !== 0) return;
    this.answerWith(answer.status, new StreamAnswer(answer, this.head.method, this.#host.date));
  }

  /** The same with an answer that is prepared. */
  answerWith(status: number, { block, body }: StreamAnswer): void {
    this.status = status;
    this.over = true;
    this.#host.enter();
    this.#host.answered(this);
    this.#host.session.respond(this.id, block, body.length === 0);
    if (body.length > 0) this.#last(body);
    else this.#gone();
    this.#host.leave();
  }

  /** Its answer has been given but for these bytes. */
  owe(rest: Buffer): void {
    this.over = true;
    this.bodyComplete = true;
    this.#waiting.push(rest);
  }

  /** Ends it in place of its handler: with this answer, or with a reset where another has begun. */
  giveUp(answer: Answer): void {
    if (this.status !== 0) {
      this.#host.session.reset(this.id, ERROR.cancel);
      this.dropped();
      return;
    }
    const { live } = this;
    this.live = {};
    live.closed?.();
    this.answer(answer);
  }

  /** HTTP/2 has no such thing (section 8.6), and no handler that looks at the head asks for it. */
  upgrade(): void {
    this.#host.session.reset(this.id, ERROR.protocol);
    this.dropped();
  }

  pauseBody(): void {
    this.#bodyPaused = true;
  }

  resumeBody(): void {
    this.#bodyPaused = false;
    this.#consumed();
  }

  close(): void {
    this.#host.closeConnection();
  }

  reset(): void {
    this.#host.resetConnection();
  }

  /** Content of the request; valid until this returns. */
  received(chunk: Buffer, start: number, end: number): void {
    this.receivedBytes += end - start;
    this.#windowBytes += end - start;
    this.#unconsumed += end - start;
    if (!this.over) this.live.data?.(chunk, start, end);
    if (!this.#bodyPaused) this.#consumed();
  }

  /** The request is complete. */
  receivedAll(): void {
    this.bodyComplete = true;
    if (!this.over) this.live.bodyEnded?.();
  }

  /** A window has opened, or the connection takes more. */
  goOn(): void {
    const { session } = this.#host;
    while (this.#waiting.length > 0) {
      const piece = this.#waiting[0]!;
      const last = this.over && this.#waiting.length === 1;
      const sent = session.sendData(this.id, piece, 0, piece.length, last);
      if (sent < 0) return;
      this.#sentBytes += sent;
      if (sent < piece.length) {
        this.#waiting[0] = piece.subarray(sent);
        return;
      }
      this.#waiting.shift();
      if (last) this.#gone();
    }
    if (!this.over) this.live.drained?.();
  }

  /** The stream is over before its answer was. */
  dropped(): void {
    const unfinished = !this.over;
    this.over = true;
    this.#waiting = [];
    this.#consumed();
    if (unfinished) this.live.closed?.();
    this.#host.done(this);
  }

  /** Now and then: whether the client keeps this stream up too long. */
  look(nowMs: number, limits: ServeLimits, stallBytes: number): "fine" | "slow-body" | "stuck" {
    if (this.#waiting.length === 0 || this.#sentBytes !== this.#stuckAtBytes) {
      this.#stuckSinceMs = nowMs;
      this.#stuckAtBytes = this.#sentBytes;
    } else if (nowMs - this.#stuckSinceMs >= limits.sendTimeoutMs) return "stuck";
    // A body that we do not take is no stall of its sender's.
    if (this.bodyComplete || this.#bodyPaused || this.over) return "fine";
    if (nowMs - this.#windowSinceMs < limits.stallTimeoutMs) return "fine";
    const slow = this.#windowBytes < stallBytes;
    this.#windowSinceMs = nowMs;
    this.#windowBytes = 0;
    return slow ? "slow-body" : "fine";
  }

  #send(bytes: Uint8Array, start: number, end: number, copy: boolean): void {
    if (this.over || !this.#withBody || start === end) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#host.enter();
    const { session } = this.#host;
    const sent = this.#waiting.length > 0 ? 0 : session.sendData(this.id, buffer, start, end, false);
    if (sent > 0) this.#sentBytes += sent;
    if (sent >= 0 && sent < end - start) {
      const rest = buffer.subarray(start + sent, end);
      this.#waiting.push(copy ? Buffer.from(rest) : rest);
    }
    this.#host.leave();
  }

  /** Ends the answer with these bytes. */
  #last(bytes: Buffer): void {
    const sent = this.#host.session.sendData(this.id, bytes, 0, bytes.length, true);
    if (sent >= 0 && sent < bytes.length) this.#waiting.push(bytes.subarray(sent));
    else this.#gone();
  }

  /** The whole answer is out: the client may keep the rest of its request (section 8.1). */
  #gone(): void {
    if (!this.bodyComplete) this.#host.session.reset(this.id, ERROR.noError);
    this.#bodyPaused = false;
    this.#consumed();
    this.#host.done(this);
  }

  #consumed(): void {
    if (this.#unconsumed === 0) return;
    const bytes = this.#unconsumed;
    this.#unconsumed = 0;
    this.#host.enter();
    this.#host.session.consume(this.id, bytes);
    this.#host.leave();
  }
}
