/**
 * An exchange over HTTP/1: the framing of the answer (length, chunked, or until close for HTTP/1.0), HEAD and
 * keep-alive are settled here.
 */
import type { Flow } from "../../../core/backpressure/watermark.ts";
import type { RequestHead } from "../../../core/framing/http1/types.ts";
import type { Live } from "../handlers/handler.ts";
import {
  type Answer,
  connectionField,
  type Persistence,
  PreparedAnswer,
  statusHasBody,
  statusLine,
} from "../http/answer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";

const LAST_CHUNK = Buffer.from("0\r\n\r\n", "latin1");
const CRLF = Buffer.from("\r\n", "latin1");

/** How the end of the answer is told; `none` for HEAD, 204 and 304. */
type AnswerFraming = "length" | "chunked" | "until-close" | "none";

/** The connection, as far as an exchange may command it. */
export interface ExchangeHost {
  readonly wire: Wire;
  /** The answer is complete. */
  answered(exchange: Http1Exchange): void;
}

export class Http1Exchange implements Exchange {
  readonly head: RequestHead;
  /** When the head was complete, in microseconds of the process clock. */
  readonly startUs: number;
  live: Live = {};
  /** 0 until the answer has begun. */
  status = 0;
  /** The whole request body has come in. */
  bodyComplete = false;
  over = false;
  persistence: Persistence;
  /** Who has the connection after this answer; undefined: HTTP goes on. */
  successor: ((wire: Wire) => WireOwner) | undefined;
  readonly #host: ExchangeHost;
  #framing: AnswerFraming = "none";

  constructor(host: ExchangeHost, head: RequestHead, persistence: Persistence, startUs: number) {
    this.#host = host;
    this.head = head;
    this.persistence = persistence;
    this.startUs = startUs;
  }

  get flow(): Flow {
    return this.#host.wire.flow;
  }

  get bodyWanted(): boolean {
    return this.#framing !== "none";
  }

  start(status: number, headers: Answer["headers"], length: number | undefined): void {
    if (this.over || this.status !== 0) return;
    const { wire } = this.#host;
    if (wire.service.draining) this.persistence = "close";
    this.status = status;
    let text = statusLine(status);
    for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
    if (!statusHasBody(status)) {
      this.#framing = "none";
    } else {
      if (length !== undefined) {
        text += `Content-Length: ${length}\r\n`;
        this.#framing = "length";
      } else if (this.head.minor === 1) {
        text += "Transfer-Encoding: chunked\r\n";
        this.#framing = "chunked";
      } else {
        this.persistence = "close";
        this.#framing = "until-close";
      }
      if (this.head.method === "HEAD") this.#framing = "none";
    }
    text += `${connectionField(this.persistence)}${wire.service.date.line}\r\n`;
    wire.send(Buffer.from(text, "latin1"));
  }

  send(bytes: Uint8Array): void {
    if (this.over || this.#framing === "none" || bytes.length === 0) return;
    const { wire } = this.#host;
    if (this.#framing === "chunked") wire.send(chunkLine(bytes.length));
    wire.send(bytes);
    if (this.#framing === "chunked") wire.send(CRLF);
  }

  sendCopy(chunk: Uint8Array, start: number, end: number): void {
    if (this.over || this.#framing === "none") return;
    this.send(this.#host.wire.service.stage.copy(chunk, start, end));
  }

  end(): void {
    if (this.over) return;
    if (this.#framing === "chunked") this.#host.wire.send(LAST_CHUNK);
    this.over = true;
    this.#host.answered(this);
  }

  answer(answer: Answer): void {
    if (this.over || this.status !== 0) return;
    const { wire } = this.#host;
    this.status = answer.status;
    if (wire.service.draining) this.persistence = "close";
    const prepared = new PreparedAnswer(answer, this.head.method, wire.service.date);
    wire.send(this.persistence === "close" ? prepared.closingBytes() : prepared.bytes(this.persistence));
    this.over = true;
    this.#host.answered(this);
  }

  upgrade(response: Uint8Array, successor: (wire: Wire) => WireOwner): void {
    if (this.over || this.status !== 0) return;
    this.status = 101;
    this.successor = successor;
    this.#host.wire.send(response);
    this.over = true;
    this.#host.answered(this);
  }

  pauseBody(): void {
    if (!this.bodyComplete) this.#host.wire.pause();
  }

  resumeBody(): void {
    if (!this.bodyComplete) this.#host.wire.resume();
  }

  close(): void {
    this.#host.wire.finish();
  }

  reset(): void {
    this.#host.wire.reset();
  }
}

function chunkLine(length: number): Buffer {
  return Buffer.from(`${length.toString(16)}\r\n`, "latin1");
}
