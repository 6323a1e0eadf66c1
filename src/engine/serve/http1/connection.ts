/**
 * One HTTP/1.1 connection of the server (RFC 9112 §9): requests in, answers out, strictly in order.
 *
 *            ┌──────────── next request, pipelined or not ───────────┐
 *            ▼                                                       │
 *   ► between ──head──► body ──end──► (answer ready? yes) ───────────┤
 *        │  └─part of a head─► head     └─no─► answering ──answered──┘
 *        │                                                 "Connection: close" sent, violation,
 *        └── close, time-out, drain ──────────────────────► over ◄── limit, cut
 *
 * The way of most requests, a head that comes whole and an answer that depends on nothing else, stays in
 * "between": it costs no object, no promise, no closure. While a request is "answering" no other is parsed:
 * bytes that came behind it are kept, within a bound, and then reading stops: order and memory are both safe.
 */
import { nowUs } from "../../../core/clock.ts";
import { assertNever } from "../../../core/exhaustive.ts";
import type { RequestParser } from "../../../core/framing/http1/request-parser.ts";
import type { DataEvent, HttpViolation, RequestHead } from "../../../core/framing/http1/types.ts";
import { jsonAnswer, overloaded, PreparedAnswer } from "../http/answer.ts";
import { type Resolved, type ResolvedAnswer, type Router, refusedBeforeBody } from "../http/router.ts";
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";
import { type ExchangeHost, Http1Exchange } from "./exchange.ts";
import { handOver } from "./hand-over.ts";

type Phase = "between" | "head" | "body" | "answering" | "over";

const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
/** Requests behind one that is being answered: here reading stops. Only a reader notices that the client is gone. */
const HOLD_BYTES = 16 * 1024;

export class HttpConnection implements WireOwner, ExchangeHost {
  readonly wire: Wire;
  readonly #service: Service;
  readonly #router: Router;
  #phase: Phase = "between";
  /** Held only while a message straddles reads; otherwise the service's. */
  #parser: RequestParser | undefined;
  #resolved: Resolved | undefined;
  #exchange: Http1Exchange | undefined;
  /** A request, be it part of a head: a drain waits for it. */
  #begun = false;
  /** It has a place within max-in-flight: its head is complete, its answer is not. */
  #admitted = false;
  /** In `#pump`: who finishes a request there need not go on with the next. */
  #pumping = false;
  /** Nothing is parsed until the answer is out, or until the client has read some. */
  #blocked = false;
  /** What came meanwhile. */
  #held: Buffer | undefined;
  #peerEnded = false;
  /** Body bytes in this stall window. */
  #windowBytes = 0;

  constructor(wire: Wire, router: Router = wire.service.router) {
    this.wire = wire;
    this.#service = wire.service;
    this.#router = router;
  }

  received(chunk: Buffer, start: number, end: number): void {
    if (this.#blocked) {
      this.#hold(chunk, start, end);
      return;
    }
    const parser = this.#parser ?? this.#service.takeParser();
    parser.feed(chunk, start, end);
    this.#pump(parser, chunk);
  }

  drained(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && !exchange.over) exchange.live.drained?.();
    else this.#goOn();
  }

  peerEnded(): void {
    this.#peerEnded = true;
    if (this.#phase === "answering") this.#exchange?.live.peerEnded?.();
    else if (!this.#blocked) this.#inputEnded();
  }

  timedOut(): void {
    const { limits, metrics } = this.#service;
    switch (this.#phase) {
      case "between":
        if (this.#service.draining) this.#service.idleClosed++;
        else metrics.limitHit("idle-timeout");
        this.#close();
        return;
      case "head":
        metrics.limitHit("header-timeout");
        this.#giveUp(408, "the request head was not complete in time");
        return;
      case "body":
        // A body that we do not read, because its sender does not read our answer, is no stall of the body.
        if (this.wire.flow === "flowing" && this.#windowBytes < this.#service.stallBytes) {
          metrics.limitHit("stall-timeout");
          this.#giveUp(408, "the request body came too slowly");
          return;
        }
        this.#windowBytes = 0;
        this.wire.setTimeout(limits.stallTimeoutMs);
        return;
      case "answering":
        metrics.limitHit("idle-timeout");
        this.wire.reset();
        return;
      case "over":
        return;
      default:
        assertNever(this.#phase);
    }
  }

  drain(): void {
    if (!this.#begun) this.wire.setTimeout(this.#service.idleTimeoutMs);
  }

  closed(): void {
    this.#phase = "over";
    this.#dropExchange();
    if (this.#begun && this.#service.ending) this.#service.abandoned++;
    this.#finish();
  }

  /** An exchange sent the last of its answer: in `#pump`, or from a timer or a drained write. */
  answered(exchange: Http1Exchange): void {
    const { route } = this.#resolved!;
    route.requests(exchange.status).value++;
    route.recordUs(nowUs() - exchange.startUs);
    exchange.live.closed?.();
    if (!this.#pumping && this.#phase === "answering" && this.#exchangeEnded()) this.#goOn();
  }

  #pump(parser: RequestParser, chunk: Buffer): void {
    this.#pumping = true;
    this.#parse(parser, chunk);
    this.#pumping = false;
    if (parser !== this.#parser) this.#service.giveParser(parser);
  }

  #parse(parser: RequestParser, chunk: Buffer): void {
    let parsed = false;
    for (;;) {
      const event = parser.next();
      switch (event.kind) {
        case "head":
          parsed = true;
          if (!this.#headCame(event.head)) return;
          break;
        case "data":
          this.#dataCame(event);
          if (this.#phase === "over") return;
          break;
        case "end":
          if (!this.#messageEnded(parser, chunk)) return;
          break;
        case "need-more":
          this.#wait(parser, parsed);
          return;
        case "violation":
          this.#violated(event);
          return;
        default:
          assertNever(event);
      }
    }
  }

  /** The chunk is used up. */
  #wait(parser: RequestParser, parsed: boolean): void {
    if (parser.idle) {
      // One that saw only empty lines has counted them: it stays with whom they came from.
      this.#parser = parsed ? undefined : parser;
      this.wire.refresh(this.#service.idleTimeoutMs);
      return;
    }
    this.#parser = parser;
    if (this.#phase !== "between") return;
    this.#phase = "head";
    this.#begin();
    this.wire.setTimeout(this.#service.limits.headerTimeoutMs);
  }

  /** False when nothing more is to be parsed. */
  #headCame(head: RequestHead): boolean {
    const resolved = this.#router.resolve(head);
    this.#resolved = resolved;
    if (resolved.kind === "answer" && head.body.kind === "length" && head.body.length === 0) return true;
    return this.#admit(head) ? this.#slowHead(head, resolved) : false;
  }

  /** However its head was split, a request that is not answered on the spot needs a place. */
  #admit(head: RequestHead): boolean {
    this.#admitted = this.#service.admit();
    if (this.#admitted) return true;
    this.#refuse(this.#router.refusal(head, overloaded()));
    return false;
  }

  /** A request with a body, or one whose answer takes time. */
  #slowHead(head: RequestHead, resolved: Resolved): boolean {
    this.#phase = "body";
    this.#windowBytes = 0;
    this.#begin();
    this.wire.setTimeout(this.#service.limits.stallTimeoutMs);
    if (resolved.kind === "answer" && refusedBeforeBody(head, resolved)) {
      this.#refuse(resolved);
      return false;
    }
    if (head.expectContinue) this.wire.send(CONTINUE);
    if (resolved.kind === "answer") return true;
    const exchange = new Http1Exchange(this, head, resolved.persistence, this.#service.turn.startUs);
    this.#exchange = exchange;
    exchange.live = resolved.start(exchange);
    if (exchange.over) exchange.live.closed?.();
    return this.#open;
  }

  get #open(): boolean {
    return this.wire.state === "open" && this.#phase !== "over";
  }

  #dataCame(event: DataEvent): void {
    this.#windowBytes += event.end - event.start;
    const exchange = this.#exchange;
    if (exchange !== undefined && !exchange.over) exchange.live.data?.(event.chunk, event.start, event.end);
  }

  #messageEnded(parser: RequestParser, chunk: Buffer): boolean {
    const resolved = this.#resolved!;
    if (resolved.kind === "answer") {
      if (!this.#answer(resolved, parser)) return false;
    } else {
      const exchange = this.#exchange!;
      exchange.bodyComplete = true;
      if (!exchange.over) exchange.live.bodyEnded?.();
      if (!exchange.over) {
        this.#phase = "answering";
        this.wire.setTimeout(Number.POSITIVE_INFINITY);
        this.#block(parser, chunk);
        return false;
      }
      if (exchange.successor !== undefined) {
        this.#phase = "over";
        this.#parser = undefined;
        this.#exchange = undefined;
        this.#finish();
        const rest = chunk.subarray(parser.restStart, parser.restEnd);
        handOver(this.wire, exchange.successor, rest, this.#peerEnded);
        return false;
      }
      if (!this.#exchangeEnded()) return false;
    }
    if (this.wire.flow === "flowing") return true;
    // The client asks and does not read: it gets no more answers before it has read some.
    this.#block(parser, chunk);
    this.wire.pause();
    return false;
  }

  /** Sends a prepared answer; false when it was the last one. */
  #answer(resolved: ResolvedAnswer, parser: RequestParser): boolean {
    const service = this.#service;
    resolved.requests.value++;
    service.turn.tally(resolved.route.tally);
    // Answered on the spot it needs no count, but a drain reports it.
    if (service.draining) this.#begin();
    const { persistence } = resolved;
    // During a drain the last request of a pipelined batch is the one that closes.
    if (persistence === "close" || (service.draining && parser.restStart === parser.restEnd)) {
      this.wire.send(resolved.prepared.closingBytes());
      this.#close();
      return false;
    }
    this.wire.send(resolved.prepared.bytes(persistence));
    if (this.#phase !== "between" || service.draining) this.#messageDone();
    return true;
  }

  /** Answers before the body was read, and closes. */
  #refuse(resolved: ResolvedAnswer): void {
    resolved.requests.value++;
    this.#service.turn.tally(resolved.route.tally);
    this.wire.send(resolved.prepared.closingBytes());
    this.#close();
  }

  /** Request and answer are both complete; false when the connection is over. */
  #exchangeEnded(): boolean {
    const { persistence } = this.#exchange!;
    this.#exchange = undefined;
    if (persistence === "close") {
      this.#close();
      return false;
    }
    this.#messageDone();
    return this.#open;
  }

  #messageDone(): void {
    this.#phase = "between";
    this.#finish();
    this.wire.setTimeout(this.#service.idleTimeoutMs);
  }

  /** Nothing more is parsed for now; bytes that came along are kept. */
  #block(parser: RequestParser, chunk: Buffer): void {
    this.#blocked = true;
    this.#parser = undefined;
    const { restStart, restEnd } = parser;
    if (restStart < restEnd) this.#hold(chunk, restStart, restEnd);
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const rest = chunk.subarray(start, end);
    this.#held = this.#held === undefined ? Buffer.from(rest) : Buffer.concat([this.#held, rest]);
    if (this.#held.length < HOLD_BYTES) return;
    this.wire.pause();
    // Who does not read cannot see the client go: without a bound this could last for ever.
    if (this.#phase === "answering") this.wire.setTimeout(this.#service.limits.idleTimeoutMs);
  }

  /** Goes on with what was held, then with what comes. */
  #goOn(): void {
    if (!this.#open || this.#phase === "answering") return;
    if (this.wire.flow === "paused") {
      this.#blocked = true;
      this.wire.pause();
      return;
    }
    this.#blocked = false;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.received(held, 0, held.length);
    if (!this.#open || this.#blocked) return;
    if (this.#peerEnded) this.#inputEnded();
    else this.wire.resume();
  }

  /** The client closed its side, and all it sent was looked at. */
  #inputEnded(): void {
    const event = this.#parser?.finish();
    if (event?.kind === "violation") this.#violated(event);
    else this.#close();
  }

  #violated(violation: HttpViolation): void {
    const { reason, status, detail, rfc } = violation;
    this.#service.metrics.violation(reason);
    this.#giveUp(status, detail, rfc);
  }

  /** Tells the client why, if that can still be told, and closes. */
  #giveUp(status: number, error: string, rfc?: string): void {
    const answerBegun = this.#exchange !== undefined && this.#exchange.status !== 0;
    this.#dropExchange();
    if (answerBegun) {
      this.wire.reset();
      return;
    }
    const { router, date } = this.#service;
    router.unrouted.requests(status).value++;
    this.wire.send(new PreparedAnswer(jsonAnswer(status, { error, rfc }), "GET", date).closingBytes());
    this.#close();
  }

  #dropExchange(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined || exchange.over) return;
    exchange.over = true;
    exchange.live.closed?.();
  }

  /** No more requests: what is queued is written, then the connection is closed. */
  #close(): void {
    this.#phase = "over";
    this.#parser = undefined;
    this.#held = undefined;
    this.#finish();
    this.wire.finish();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#service.begin();
  }

  #finish(): void {
    if (this.#admitted) this.#service.leave();
    this.#admitted = false;
    if (!this.#begun) return;
    this.#begun = false;
    this.#service.finish();
  }
}
