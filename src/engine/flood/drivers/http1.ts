/**
 * HTTP/1.1 on one connection, plain or TLS: writes prebuilt requests, parses every answer in full, and tells
 * the generator by number. No object, closure, promise or string is made per request.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError, systemCodeOf, wrapSystemError } from "../../../core/errors.ts";
import { assertNever } from "../../../core/exhaustive.ts";
import type { HeadMemo } from "../../../core/framing/http1/head-memo.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import { handshakeTimeout, translateTlsError } from "../../../core/tls/errors.ts";
import type { SocketSource } from "../connector.ts";
import type { Driver, DriverEvents, Failure, Loss } from "./driver.ts";

export interface Http1Options {
  readonly host: string;
  readonly method: string;
  readonly memo: HeadMemo<ResponseHead>;
}

// How long an answered connection waits for the server's FIN before this side closes.
const LINGER_MS = 1_000;

const FINISHED: Loss = { kind: "finished" };

/**
 *   idle ─open─► connecting ─► securing ─► open ─► closed
 *                     └────────────┴────────┴──────► closed
 */
type State = "idle" | "connecting" | "securing" | "open" | "closed";

export class Http1Driver implements Driver {
  readonly #slot: number;
  readonly #events: DriverEvents;
  readonly #connector: SocketSource;
  readonly #options: Http1Options;
  readonly #parser: ResponseParser;
  #socket: Socket | TLSSocket | undefined;
  #state: State = "idle";
  #attempt = 0;
  #addressIndex = 0;
  #startUs = 0;
  #connectedUs = 0;
  /** First byte of the answer that is being read; 0 between answers. */
  #firstByteUs = 0;
  /** Status of the answer that is being read. */
  #status = 0;
  /** The answer that is being read is the last on this connection. */
  #last = false;
  #silent = false;

  constructor(slot: number, events: DriverEvents, connector: SocketSource, options: Http1Options) {
    this.#slot = slot;
    this.#events = events;
    this.#connector = connector;
    this.#options = options;
    this.#parser = new ResponseParser({ memo: options.memo, method: options.method });
  }

  open(): void {
    this.#startUs = nowUs();
    this.#dial();
  }

  write(bytes: Buffer): void {
    this.#socket!.write(bytes);
  }

  close(): void {
    this.#silent = true;
    this.#state = "closed";
    this.#socket?.destroy();
  }

  expire(timeoutMs: number): Failure {
    const silent = this.#state === "securing";
    // A name may have several addresses, and the next one may answer.
    if (!silent) this.#connector.avoid(this.#addressIndex);
    this.close();
    const { host } = this.#options;
    return failureOf(silent ? handshakeTimeout(host, timeoutMs) : connectTimeout(host, timeoutMs));
  }

  #dial(): void {
    this.#state = "connecting";
    this.#addressIndex = this.#connector.addressIndex(this.#attempt);
    const socket = this.#connector.connect(this.#addressIndex, this.#read);
    this.#socket = socket;
    socket.on("error", this.#failed);
    socket.on("end", this.#ended);
    socket.on("close", this.#ended);
    socket.once("connect", this.#connected);
    if (this.#connector.secure) socket.once("secureConnect", this.#ready);
  }

  readonly #connected = (): void => {
    this.#connectedUs = nowUs();
    if (this.#connector.secure) this.#state = "securing";
    else this.#ready();
  };

  readonly #ready = (): void => {
    if (this.#state === "closed") return;
    const now = nowUs();
    this.#state = "open";
    this.#connector.prefer(this.#addressIndex);
    const tlsUs = this.#connector.secure ? now - this.#connectedUs : Number.NaN;
    this.#events.opened(this.#slot, now, this.#connectedUs - this.#startUs, tlsUs);
  };

  readonly #read = (bytes: number, buffer: Buffer): void => {
    if (this.#state === "closed") {
      // After its last answer a server has nothing to say; waiting for its end would wait for ever.
      this.#socket!.destroy();
      return;
    }
    const now = nowUs();
    this.#events.received(bytes, now);
    const parser = this.#parser;
    parser.feed(buffer, 0, bytes);
    if (this.#firstByteUs === 0) this.#firstByteUs = now;
    for (;;) {
      const event = parser.next();
      switch (event.kind) {
        case "head":
          this.#status = event.head.status;
          // An interim answer (1xx) is followed by the final one to the same request.
          if (event.head.status >= 200) this.#last = !event.head.keepAlive;
          if (this.#firstByteUs === 0) this.#firstByteUs = now;
          if (event.head.body.kind !== "tunnel") break;
          // 101, or 2xx to CONNECT: the answer is complete, and what follows is another protocol.
          this.#events.answered(this.#slot, this.#status, this.#firstByteUs, now);
          this.#lose(now, FINISHED);
          return;
        case "data":
          break;
        case "end": {
          if (this.#status < 200) break;
          const firstByteUs = this.#firstByteUs;
          this.#firstByteUs = 0;
          this.#events.answered(this.#slot, this.#status, firstByteUs, now);
          if (this.#last) {
            this.#lose(now, FINISHED);
            return;
          }
          if (this.#silent) return;
          break;
        }
        case "need-more":
          if (parser.idle) this.#firstByteUs = 0;
          else if (this.#firstByteUs === 0) this.#firstByteUs = now;
          this.#events.settled(this.#slot, now);
          return;
        case "violation":
          this.#lose(now, {
            kind: "failed",
            failure: {
              kind: "protocol",
              example: `${event.detail} (${event.rfc})`,
            },
          });
          return;
        default:
          assertNever(event);
      }
    }
  };

  readonly #ended = (): void => {
    if (this.#state === "closed") {
      this.#socket?.destroy();
      return;
    }
    if (this.#state !== "open") {
      this.#failed(new Error("the peer closed the connection before it was ready"));
      return;
    }
    const now = nowUs();
    const wasIdle = this.#parser.idle;
    const event = this.#parser.finish();
    if (event.kind === "end") {
      const firstByteUs = this.#firstByteUs;
      this.#events.answered(this.#slot, this.#status, firstByteUs, now);
      this.#lose(now, FINISHED);
      return;
    }
    this.#lose(now, {
      kind: "failed",
      failure: wasIdle
        ? { kind: "closed", example: "the peer closed the connection while a request waited for its answer" }
        : { kind: "closed-mid-answer", example: "the peer closed the connection in the middle of an answer" },
    });
  };

  readonly #failed = (error: Error): void => {
    if (this.#state === "closed") return;
    const opening = this.#state !== "open";
    if (this.#state === "connecting" && this.#attempt + 1 < this.#connector.addressCount) {
      this.#attempt++;
      this.#detach();
      this.#dial();
      return;
    }
    const wrapped: NetkitError =
      this.#state === "securing" || systemCodeOf(error)?.startsWith("ERR_SSL") === true
        ? translateTlsError(error, this.#options.host)
        : wrapSystemError(error, opening ? "connect to" : "keep the connection to", this.#options.host);
    this.#lose(nowUs(), { kind: "failed", failure: failureOf(wrapped) });
  };

  #detach(): void {
    const socket = this.#socket!;
    socket.removeAllListeners();
    socket.on("error", ignore);
    socket.destroy();
  }

  #lose(now: number, loss: Loss): void {
    this.#state = "closed";
    // Who closes first keeps the port in TIME_WAIT; a server that announced the end is given time to do it.
    if (loss.kind === "finished") this.#socket!.setTimeout(LINGER_MS, this.#ended);
    else this.#socket!.destroy();
    if (!this.#silent) this.#events.lost(this.#slot, now, loss);
  }
}

function ignore(): void {}

function connectTimeout(host: string, timeoutMs: number): NetkitError {
  return new NetkitError("connect", "NK_CONNECT_TIMEOUT", `could not connect to ${host}`, {
    subject: host,
    why: `no connection came about within ${timeoutMs} ms; a firewall that drops packets, or a full queue of connections, looks like this`,
    next: "check the address and the route, or raise --timeout",
  });
}

/** `NK_CONNECT_REFUSED` becomes the kind `connect-refused`. */
export function failureOf(error: NetkitError): Failure {
  return {
    kind: error.code.slice("NK_".length).toLowerCase().replaceAll("_", "-"),
    example: error.why === undefined ? error.message : `${error.message}: ${error.why}`,
    error,
  };
}
