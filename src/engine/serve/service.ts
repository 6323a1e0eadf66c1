/**
 * What all connections of one thread share: limits, the read buffer, the turn, deadlines, metrics, and the
 * count of work in flight.
 */
import { Buffer } from "node:buffer";
import { nowUs } from "../../core/clock.ts";
import { HeadMemo } from "../../core/framing/http1/head-memo.ts";
import { RequestParser } from "../../core/framing/http1/request-parser.ts";
import type { RequestHead } from "../../core/framing/http1/types.ts";
import { FrameSink } from "../../core/framing/http2/frame-sink.ts";
import type { SessionLimits } from "../../core/framing/http2/limits.ts";
import { DeadlineWheel } from "../../core/lifecycle/deadline.ts";
import { Shutdown } from "../../core/lifecycle/shutdown.ts";
import { BroadcastGroup } from "./echo/broadcast.ts";
import { broadcast, websocket } from "./handlers/websocket.ts";
import { DateField } from "./http/answer.ts";
import { Router } from "./http/router.ts";
import { StreamRoutes } from "./http2/routes.ts";
import { sessionLimits } from "./http2/session-limits.ts";
import { ServeMetrics } from "./metrics.ts";
import type { ServeLimits, ServePlan } from "./plan.ts";
import { Stage } from "./socket/stage.ts";
import { Turn } from "./socket/turn.ts";
import type { Wire } from "./socket/wire.ts";

/** What libuv would allocate for each read; more in one read is rare, less costs system calls. */
const READ_BUFFER_BYTES = 64 * 1024;
/** Parsers kept for the next straddling message; one alone serves all messages that arrive whole. */
const SPARE_PARSERS = 64;
/**
 * An idle connection lives this long into a drain: a request that was on its way when the drain began, in the
 * network or in the kernel's buffer, is still answered.
 */
const DRAIN_GRACE_MS = 500;

export class Service {
  readonly limits: ServeLimits;
  /** Every plain socket reads into it; its content is valid until the read callback returns. */
  readonly readBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly stage = new Stage();
  readonly turn: Turn = new Turn(
    (startUs) => this.date.update(startUs),
    () => this.stage.endTurn(),
  );
  readonly deadlines = new DeadlineWheel<Wire>((wire) => wire.expire());
  readonly metrics = new ServeMetrics();
  readonly room: BroadcastGroup = new BroadcastGroup(
    this.metrics.broadcastDelivered,
    this.metrics.broadcastDropped,
  );
  readonly date = new DateField();
  readonly router: Router;
  /** Of ws: and wss: listeners: every path is a WebSocket, `/broadcast` of the room. */
  readonly webSocketRouter: Router;
  readonly streamRoutes: StreamRoutes;
  readonly sessionLimits: SessionLimits;
  /** HTTP/2 frames on their way to a wire: whoever writes empties it before he returns. */
  readonly frames = new FrameSink();
  readonly shutdown = new Shutdown();
  readonly wires = new Set<Wire>();
  /** HTTP requests with a complete head and no complete answer: what max-in-flight bounds. */
  requestsInFlight = 0;
  /** True from the first moment of a drain: what is finished from here on is reported. */
  ending = false;
  /** True once nothing is accepted any more: answers say `Connection: close`. */
  draining = false;
  /** Work finished, or given up by its client, since `ending`. */
  drained = 0;
  /** That part of `drained` whose client gave up. */
  abandoned = 0;
  /** Connections the drain closed with nothing under way on them. */
  idleClosed = 0;
  /** Told after a wire has gone. */
  wireGone: () => void = () => {};
  readonly #heads = new HeadMemo<RequestHead>();
  readonly #parsers: RequestParser[] = [];

  constructor(limits: ServeLimits, { websocketDeflate: deflate }: Pick<ServePlan, "websocketDeflate">) {
    this.limits = limits;
    this.router = new Router(this.metrics, this.date, { deflate });
    this.webSocketRouter = new Router(this.metrics, this.date, {
      deflate,
      handlers: [broadcast],
      otherwise: websocket,
    });
    this.streamRoutes = new StreamRoutes(this.router, limits, this.metrics, this.date);
    this.sessionLimits = sessionLimits(limits);
    this.date.update(nowUs());
  }

  /** How long a connection may be silent with nothing under way. */
  get idleTimeoutMs(): number {
    return this.draining ? DRAIN_GRACE_MS : this.limits.idleTimeoutMs;
  }

  /** Fewer bytes than this in a stall window, and a body or a frame counts as stalled. */
  get stallBytes(): number {
    return (this.limits.minBytesPerSecond * this.limits.stallTimeoutMs) / 1000;
  }

  /** Takes a place within max-in-flight; false, and counted, when there is none. */
  admit(): boolean {
    if (this.requestsInFlight >= this.limits.maxInFlight) {
      this.metrics.limitHit("in-flight");
      return false;
    }
    this.requestsInFlight++;
    return true;
  }

  /** Gives the place back; once for each `admit` that was true. */
  leave(): void {
    this.requestsInFlight--;
  }

  /** A request, or a frame, is begun, if only in part: a drain waits for it. */
  begin(): void {
    this.shutdown.begin();
  }

  /** It is over; once for each `begin`. */
  finish(): void {
    if (this.ending) this.drained++;
    this.shutdown.finish();
  }

  /** A parser between messages. */
  takeParser(): RequestParser {
    const { limits } = this;
    return (
      this.#parsers.pop() ??
      new RequestParser({
        memo: this.#heads,
        limits: {
          maxHeadBytes: limits.maxHeaderBytes,
          maxHeaders: limits.maxHeaders,
          maxBodyBytes: limits.maxBodyBytes,
        },
      })
    );
  }

  /** Wherever in a message it is; what it was fed is forgotten. */
  giveParser(parser: RequestParser): void {
    if (this.#parsers.length >= SPARE_PARSERS) return;
    parser.reset();
    this.#parsers.push(parser);
  }
}
