/**
 * PostgreSQL's simple query protocol over a connection that a driver has opened and that is nobody else's any more:
 * one message a query, prebuilt, and its answer counted past. It costs a third of what the driver's own query does,
 * which makes objects of rows that a load test throws away.
 *
 * Guarantees: one query at a time; each ends once; an answer that does not come within the time-out ends the connection.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { NetkitError } from "../../../core/errors.ts";
import { driverError, goneError, timeoutError } from "./failures.ts";
import { AnswerReader } from "./postgres-answer.ts";
import { QuickSocket } from "./quick-socket.ts";
import type { WorkDone } from "./target.ts";

/** "Query": type, length with itself, text, zero. */
export function queryMessage(text: string): Buffer {
  return message("Q", text);
}

/** "CopyFail": there are no rows to send. */
const NO_ROWS = message("f", "netkit sends no rows");

function message(type: string, text: string): Buffer {
  const body = Buffer.from(`${text}\0`, "utf8");
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export class PostgresWire {
  readonly #socket: Socket;
  readonly #subject: string;
  readonly #timeoutMs: number;
  readonly #reader = new AnswerReader();
  #resolve: ((done: WorkDone) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #bytes = 0;
  #askedAtMs = 0;
  /** Set once for many questions: moved on only when it goes off. */
  #timer: NodeJS.Timeout | undefined;
  #cause: unknown;

  /** Takes the socket over: whoever read from it does so no more. */
  constructor(socket: Socket, subject: string, timeoutMs: number) {
    this.#socket = socket;
    this.#subject = subject;
    this.#timeoutMs = timeoutMs;
    socket.removeAllListeners("data");
    const take = (chunk: Buffer): void => this.#take(chunk);
    if (socket instanceof QuickSocket) socket.taker = take;
    else socket.on("data", take);
    socket.once("close", () => {
      clearTimeout(this.#timer);
      this.#settle(this.#cause ?? goneError(subject));
    });
  }

  /** What it ended of, when that is known. */
  get cause(): unknown {
    return this.#cause;
  }

  /** @param question a whole message */
  ask(question: Buffer): Promise<WorkDone> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(this.#cause ?? goneError(this.#subject));
      this.#resolve = resolve;
      this.#reject = reject;
      this.#bytes = 0;
      this.#askedAtMs = performance.now();
      this.#timer ??= setTimeout(this.#look, this.#timeoutMs);
      this.#reader.begin();
      this.#socket.write(question);
    });
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const reader = this.#reader;
    const isReady = reader.take(chunk);
    if (isReady === undefined) {
      this.#end(this.#broken("its messages have no length"));
      return;
    }
    if (this.#resolve === undefined) {
      // It may say why it is about to end, and what it is set to.
      if (reader.failure !== undefined) this.#cause ??= goneError(this.#subject, reader.failure);
      else if (reader.spoke) this.#end(this.#broken("it spoke although nothing was asked"));
      return;
    }
    if (reader.wantsRows) {
      reader.wantsRows = false;
      this.#socket.write(NO_ROWS);
    }
    const { failure } = reader;
    if (failure?.isFatal === true) this.#cause ??= goneError(this.#subject, failure);
    if (!isReady) return;
    reader.spoke = false;
    if (failure !== undefined) {
      this.#settle(driverError(failure, "query", this.#subject));
      return;
    }
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#reject = undefined;
    resolve({ bytesReceived: this.#bytes });
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#resolve === undefined) return;
    const leftMs = this.#askedAtMs + this.#timeoutMs - performance.now();
    // Timers may come a little early.
    if (leftMs < 1) this.#end(timeoutError(this.#subject, this.#timeoutMs));
    else this.#timer = setTimeout(this.#look, leftMs);
  };

  #end(error: NetkitError): void {
    this.#cause ??= error;
    this.#settle(error);
    this.#socket.destroy();
  }

  #settle(error: unknown): void {
    const reject = this.#reject;
    this.#resolve = undefined;
    this.#reject = undefined;
    reject?.(error);
  }

  #broken(why: string): NetkitError {
    return new NetkitError("protocol", "NK_PROTOCOL_VIOLATION", `${this.#subject} breaks the protocol`, {
      subject: this.#subject,
      why,
      next: "check that PostgreSQL listens there",
    });
  }
}
