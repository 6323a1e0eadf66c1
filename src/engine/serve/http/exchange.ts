/**
 * One request whose answer takes time: the handler's side of it.
 *
 *   start ──► send* ──► end          or `answer` for all three at once
 *
 * The framing of the answer (length, chunked, or until close for HTTP/1.0), HEAD and keep-alive are settled
 * here. After the exchange is over every call is without effect, so a handler's late timer does no harm.
 */
import type { Flow } from "../../../core/backpressure/watermark.ts";
import type { RequestHead } from "../../../core/framing/http1/types.ts";
import type { Live } from "../handlers/handler.ts";
import type { Wire } from "../socket/wire.ts";
import {
  type Answer,
  connectionField,
  type Persistence,
  PreparedAnswer,
  statusHasBody,
  statusLine,
} from "./answer.ts";

const LAST_CHUNK = Buffer.from("0\r\n\r\n", "latin1");
const CRLF = Buffer.from("\r\n", "latin1");

/** How the end of the answer is told; `none` for HEAD, 204 and 304. */
type AnswerFraming = "length" | "chunked" | "until-close" | "none";

/** The connection, as far as an exchange may command it. */
export interface ExchangeHost {
  readonly wire: Wire;
  /** The answer is complete. */
  answered(exchange: Exchange): void;
}

export class Exchange {
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
  readonly #host: ExchangeHost;
  #framing: AnswerFraming = "none";

  constructor(host: ExchangeHost, head: RequestHead, persistence: Persistence, startUs: number) {
    this.#host = host;
    this.head = head;
    this.persistence = persistence;
    this.startUs = startUs;
  }

  /** "paused": send no more before `drained`. */
  get flow(): Flow {
    return this.#host.wire.flow;
  }

  /** False when what is sent is thrown away: HEAD, or a status without content. */
  get bodyWanted(): boolean {
    return this.#framing !== "none";
  }

  /** @param length bytes of the body, or undefined when it is not known beforehand. */
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

  /** Body bytes that never change. */
  send(bytes: Uint8Array): void {
    if (this.over || this.#framing === "none" || bytes.length === 0) return;
    const { wire } = this.#host;
    if (this.#framing === "chunked") wire.send(chunkLine(bytes.length));
    wire.send(bytes);
    if (this.#framing === "chunked") wire.send(CRLF);
  }

  /** Body bytes that may change after this call. */
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

  /** The whole answer at once. */
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

  /** No more of the request's body for now. */
  pauseBody(): void {
    if (!this.bodyComplete) this.#host.wire.pause();
  }

  resumeBody(): void {
    if (!this.bodyComplete) this.#host.wire.resume();
  }

  /** Ends the connection in good order, without an answer or in the middle of one. */
  close(): void {
    this.#host.wire.finish();
  }

  /** Ends the connection with a reset. */
  reset(): void {
    this.#host.wire.reset();
  }
}

function chunkLine(length: number): Buffer {
  return Buffer.from(`${length.toString(16)}\r\n`, "latin1");
}
