/**
 * One HTTP/2 connection of the server (RFC 9113): streams in, answers out in whatever order they are ready.
 *
 *   ► serving ──drain: GOAWAY announced──► leaving ──GOAWAY, last stream done──► over
 *        └──────── violation, limit, idle, close ─────────────────────────────────▲
 *
 * A request that comes whole and whose answer depends on nothing else is answered where it is read: no object, promise
 * or closure. All others are an Http2Exchange. Frames are written into a sink that all connections of the thread share,
 * so it is emptied before anybody else can write: `enter` and `leave` stand around everything that may.
 */
import type { Buffer } from "node:buffer";
import type { Flow } from "../../../core/backpressure/watermark.ts";
import { nowUs } from "../../../core/clock.ts";
import { assertNever } from "../../../core/exhaustive.ts";
import { ERROR, errorName, type Http2Violation, PREFACE } from "../../../core/framing/http2/codes.ts";
import type { HeaderBlock } from "../../../core/framing/http2/header-block.ts";
import { Session } from "../../../core/framing/http2/session.ts";
import { BY_US, type SessionEvents } from "../../../core/framing/http2/session-sender.ts";
import { type DateField, jsonAnswer, overloaded, PreparedAnswer, textAnswer } from "../http/answer.ts";
import type { StreamHead } from "../http/head.ts";
import { refusedBeforeBody } from "../http/router.ts";
import type { RouteMetrics } from "../metrics.ts";
import type { Service } from "../service.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";
import { CONTINUE, StreamAnswer } from "./answer.ts";
import { Http2Exchange, type StreamHost } from "./exchange.ts";
import type { StreamRoute } from "./routes.ts";

/** The preface's first line tells it from a request of HTTP/1. */
const VERSION_BYTES = PREFACE.indexOf("\r");
/** How often streams are looked at, and budgets against floods filled, while there is something under way. */
const LOOK_MS = 1000;

const WRONG_VERSION = textAnswer(505, "this port speaks HTTP/2 only: curl --http2-prior-knowledge\n");

export class Http2Connection implements WireOwner, SessionEvents, StreamHost {
  readonly session: Session;
  readonly #wire: Wire;
  readonly #service: Service;
  readonly #streams = new Map<number, Http2Exchange>();
  readonly #lookMs: number;
  /** Calls of `enter` without their `leave`. */
  #within = 0;
  #over = false;
  #peerEnded = false;
  #renewedUs = 0;
  /** The head that is not complete (see `partialHead`), and since when. */
  #partial = 0;
  #partialSinceMs = 0;
  /** Whose turn it is first when the connection takes more. */
  #turn = 0;
  /** Something is under way, so it is looked at now and then. */
  #working = false;
  /** Our SETTINGS: they go out when the client has shown that it speaks HTTP/2. */
  #greeting: Buffer | undefined;
  /** When a drain lets no more streams in, in time of the deadlines. */
  #shutAtMs = Number.POSITIVE_INFINITY;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#service = wire.service;
    const { headerTimeoutMs, stallTimeoutMs, sendTimeoutMs } = wire.service.limits;
    this.#lookMs = Math.min(LOOK_MS, headerTimeoutMs, stallTimeoutMs, sendTimeoutMs);
    this.session = new Session("server", this, wire.service.frames, wire.service.sessionLimits);
    this.#greeting = this.session.sink.take();
  }

  get date(): DateField {
    return this.#service.date;
  }

  get flow(): Flow {
    // What has not left the sink yet counts, too.
    const { pending } = this.session.sink;
    return this.#wire.flow === "paused" || this.#wire.wouldPause(pending) ? "paused" : "flowing";
  }

  received(chunk: Buffer, start: number, end: number): void {
    if (this.#over) return;
    if (this.#greeting !== undefined) {
      if (!speaksHttp2(chunk, start, end)) {
        this.#wrongVersion();
        return;
      }
      this.#wire.send(this.#greeting);
      this.#greeting = undefined;
    }
    const { startUs } = this.#service.turn;
    if (startUs - this.#renewedUs > LOOK_MS * 1000) {
      this.#renewedUs = startUs;
      this.session.renew();
    }
    this.enter();
    if (this.#shutAtMs !== Number.POSITIVE_INFINITY) this.#shutWhenDue();
    const wrong = this.session.receive(chunk, start, end);
    if (wrong !== null) this.#violated(wrong);
    this.leave();
    if (this.#over) return;
    this.#watch();
    // The client asks and does not read: it is read again when it does.
    if (this.#wire.flow === "paused") this.#wire.pause();
  }

  drained(): void {
    this.enter();
    const waiting = [...this.#streams.values()];
    const first = this.#turn++ % Math.max(1, waiting.length);
    for (let at = 0; at < waiting.length && this.flow === "flowing"; at++) {
      waiting[(first + at) % waiting.length]!.goOn();
    }
    this.leave();
    if (!this.#over && this.#wire.flow === "flowing") this.#wire.resume();
  }

  /** What is under way is still answered: a half-closed client reads. */
  peerEnded(): void {
    this.#peerEnded = true;
    this.enter();
    for (const exchange of [...this.#streams.values()]) {
      // The rest of a body will not come any more.
      if (exchange.bodyComplete) exchange.live.peerEnded?.();
      else exchange.dropped();
    }
    this.leave();
  }

  timedOut(): void {
    const { draining, deadlines, metrics, limits } = this.#service;
    const { nowMs } = deadlines;
    this.enter();
    this.#shutWhenDue();
    if (this.#partial !== 0 && nowMs - this.#partialSinceMs >= limits.headerTimeoutMs) {
      metrics.limitHit("header-timeout");
      this.#end(ERROR.enhanceYourCalm);
    } else if (this.#streams.size > 0 || this.#partial !== 0) {
      for (const exchange of [...this.#streams.values()]) this.#look(exchange, nowMs);
      this.#wire.setTimeout(this.#lookMs);
    } else if (this.#working && !draining) {
      this.#working = false;
      this.#wire.setTimeout(limits.idleTimeoutMs);
    } else {
      if (draining) this.#service.idleClosed++;
      else metrics.limitHit("idle-timeout");
      this.#end(ERROR.noError);
    }
    this.leave();
  }

  drain(): void {
    const { idleTimeoutMs, deadlines } = this.#service;
    this.#shutAtMs = deadlines.nowMs + idleTimeoutMs;
    this.enter();
    this.session.announceShutdown();
    this.leave();
    this.#wire.setTimeout(idleTimeoutMs);
  }

  closed(): void {
    this.#over = true;
    this.enter();
    this.session.ended();
    this.leave();
  }

  enter(): void {
    this.#within++;
  }

  leave(): void {
    if (--this.#within > 0) return;
    if (!this.#over && this.#streams.size === 0 && (this.#peerEnded || this.session.leaving)) {
      this.#within++;
      this.#end(ERROR.noError);
      this.#within--;
    }
    this.#flush();
    if (this.#over) this.#wire.finish();
  }

  headers(id: number, block: HeaderBlock, endStream: boolean): void {
    const route = this.#service.streamRoutes.resolve(block, endStream);
    const { head, resolved, answer } = route;
    if (!endStream || resolved.kind === "live") {
      this.#begin(id, route, endStream);
      return;
    }
    const service = this.#service;
    resolved.requests.value++;
    service.turn.tally(resolved.route.tally);
    // Answered on the spot it needs no count, but a drain reports it.
    if (service.draining) {
      service.begin();
      service.finish();
    }
    this.#answer(id, head, resolved.route, answer!);
  }

  data(id: number, chunk: Buffer, start: number, end: number, endStream: boolean): void {
    const exchange = this.#streams.get(id);
    if (exchange === undefined) {
      this.session.consume(id, end - start);
      return;
    }
    exchange.received(chunk, start, end);
    if (exchange.receivedBytes > this.#service.limits.maxBodyBytes) {
      this.#service.metrics.limitHit("body-bytes");
      exchange.giveUp(jsonAnswer(413, { error: "the request body is too large" }));
    } else if (endStream) exchange.receivedAll();
  }

  trailers(id: number): void {
    this.#streams.get(id)?.receivedAll();
  }

  failed(id: number, code: number, why: number): void {
    const exchange = this.#streams.get(id);
    if (exchange === undefined) return;
    if (why === BY_US) this.#service.metrics.violation(`stream-${codeName(code)}`);
    if (this.#service.ending) this.#service.abandoned++;
    exchange.dropped();
  }

  writable(id: number): void {
    this.#streams.get(id)?.goOn();
  }

  interim(): void {}
  settings(): void {}
  goaway(): void {}
  pong(): void {}

  answered(exchange: Http2Exchange): void {
    const { route, status, startUs } = exchange;
    route.requests(status).value++;
    route.recordUs(nowUs() - startUs);
    exchange.live.closed?.();
  }

  done(exchange: Http2Exchange): void {
    if (!this.#streams.delete(exchange.id)) return;
    if (exchange.admitted) this.#service.leave();
    this.#service.finish();
  }

  closeConnection(): void {
    this.enter();
    this.#end(ERROR.noError);
    this.leave();
  }

  resetConnection(): void {
    this.#over = true;
    this.#wire.reset();
    this.enter();
    this.session.ended();
    this.leave();
  }

  #begin(id: number, { head, resolved, answer, beyondLimits }: StreamRoute, endStream: boolean): void {
    const service = this.#service;
    if (!service.admit()) {
      const refusal = service.router.refusal(head, overloaded());
      refusal.requests.value++;
      this.#answer(id, head, refusal.route, new StreamAnswer(overloaded(), head.method, service.date));
      if (!endStream) this.session.reset(id, ERROR.noError);
      return;
    }
    const exchange = this.#exchange(id, head, resolved.route, true);
    exchange.bodyComplete = endStream;
    if (resolved.kind === "answer") {
      const give = (): void => exchange.answerWith(resolved.prepared.answer.status, answer!);
      if (beyondLimits || refusedBeforeBody(head, resolved)) {
        give();
        return;
      }
      exchange.live = { bodyEnded: give };
    }
    if (head.expectContinue && !endStream) this.session.respond(id, CONTINUE, false);
    if (resolved.kind === "live") {
      exchange.live = resolved.start(exchange);
      if (exchange.over) exchange.live.closed?.();
    }
    if (endStream && !exchange.over) exchange.live.bodyEnded?.();
  }

  #exchange(id: number, head: StreamHead, route: RouteMetrics, admitted: boolean): Http2Exchange {
    const { turn, deadlines } = this.#service;
    const exchange = new Http2Exchange(this, id, head, route, admitted, turn.startUs, deadlines.nowMs);
    this.#streams.set(id, exchange);
    this.#service.begin();
    return exchange;
  }

  /**
   * An answer at once. What the windows have no room for is owed, and so is all of it to a client that does not read:
   * its stream stays open then, and of those there are at most so many.
   */
  #answer(id: number, head: StreamHead, route: RouteMetrics, { block, body }: StreamAnswer): void {
    this.session.respond(id, block, body.length === 0);
    if (body.length === 0) return;
    const sent = this.flow === "paused" ? 0 : this.session.sendData(id, body, 0, body.length, true);
    if (sent < 0 || sent === body.length) return;
    this.#exchange(id, head, route, false).owe(body.subarray(sent));
  }

  #look(exchange: Http2Exchange, nowMs: number): void {
    const { limits, stallBytes, metrics } = this.#service;
    const seen = exchange.look(nowMs, limits, stallBytes);
    switch (seen) {
      case "fine":
        return;
      case "stuck":
        metrics.limitHit("send-timeout");
        this.session.reset(exchange.id, ERROR.cancel);
        exchange.dropped();
        return;
      case "slow-body":
        metrics.limitHit("stall-timeout");
        exchange.giveUp(jsonAnswer(408, { error: "the request body came too slowly" }));
        return;
      default:
        assertNever(seen);
    }
  }

  #watch(): void {
    const { nowMs } = this.#service.deadlines;
    const { partialHead } = this.session;
    if (partialHead !== this.#partial) {
      this.#partial = partialHead;
      this.#partialSinceMs = nowMs;
    }
    const work = this.#streams.size > 0 || partialHead !== 0;
    if (work === this.#working) {
      if (!work) this.#wire.refresh(this.#service.idleTimeoutMs);
      return;
    }
    this.#working = work;
    this.#wire.setTimeout(work ? this.#lookMs : this.#service.idleTimeoutMs);
  }

  /** A drain's time of grace is over: no more streams. */
  #shutWhenDue(): void {
    if (this.#service.deadlines.nowMs >= this.#shutAtMs) this.session.shutdown();
  }

  #violated({ code }: Http2Violation): void {
    this.#service.metrics.violation(`http2-${codeName(code)}`);
    this.#over = true;
  }

  /** A client of HTTP/1 gets an answer that it can read. */
  #wrongVersion(): void {
    this.#service.metrics.violation("http2-preface");
    this.#wire.send(new PreparedAnswer(WRONG_VERSION, "GET", this.date).closingBytes());
    this.#over = true;
    this.session.ended();
    this.#wire.finish();
  }

  #end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.session.close(code);
  }

  #flush(): void {
    const { sink } = this.session;
    if (sink.pending > 0) this.#wire.send(sink.take());
  }
}

/** `PROTOCOL_ERROR` as a label: `protocol-error`. */
function codeName(code: number): string {
  return errorName(code).toLowerCase().replaceAll(/[_ ]/g, "-");
}

function speaksHttp2(chunk: Buffer, start: number, end: number): boolean {
  return PREFACE.startsWith(chunk.toString("latin1", start, Math.min(end, start + VERSION_BYTES)));
}
