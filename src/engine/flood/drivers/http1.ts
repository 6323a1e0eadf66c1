/**
 * HTTP/1.1 on one connection: writes prebuilt requests, parses every answer in full, in the order of the requests
 * (RFC 9112 §9.3.2), and tells the generator by number. No object, closure, promise or string is made per request.
 */
import { assertNever } from "../../../core/exhaustive.ts";
import type { HeadMemo } from "../../../core/framing/http1/head-memo.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import { type Conversation, closedBy, failed, type Line, type Telling } from "./conversation.ts";
import { FINISHED, type Loss, OLDEST } from "./driver.ts";
import { Outbox, type RequestBook } from "./request-book.ts";

export interface Http1Options {
  readonly method: string;
  readonly memo: HeadMemo<ResponseHead>;
  readonly book: RequestBook;
}

export class Http1 implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #outbox: Outbox;
  readonly #parser: ResponseParser;
  /** First byte of the answer that is being read; 0 between answers. */
  #firstByteUs = 0;
  /** Status of the answer that is being read. */
  #status = 0;
  /** The answer that is being read is the last on this connection. */
  #last = false;

  constructor(line: Line, tell: Telling, { method, memo, book }: Http1Options) {
    this.#line = line;
    this.#tell = tell;
    this.#outbox = new Outbox(book, (bytes) => line.write(bytes));
    this.#parser = new ResponseParser({ memo, method });
  }

  begin(): boolean {
    return true;
  }

  send(target: number): number {
    return this.#outbox.send(target);
  }

  flush(): void {
    this.#outbox.flush();
  }

  /** What is pipelined behind it could not be told from its answer. */
  abandon(): boolean {
    return false;
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
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
          this.#tell.answered(this.#line.slot, OLDEST, this.#status, this.#firstByteUs, now);
          return FINISHED;
        case "data":
          break;
        case "end": {
          if (this.#status < 200) break;
          const firstByteUs = this.#firstByteUs;
          this.#firstByteUs = 0;
          this.#tell.answered(this.#line.slot, OLDEST, this.#status, firstByteUs, now);
          if (this.#last) return FINISHED;
          if (this.#line.closed) return undefined;
          break;
        }
        case "need-more":
          if (parser.idle) this.#firstByteUs = 0;
          else if (this.#firstByteUs === 0) this.#firstByteUs = now;
          return undefined;
        case "violation":
          return failed("protocol", `${event.detail} (${event.rfc})`);
        default:
          assertNever(event);
      }
    }
  }

  ended(now: number): Loss {
    const wasIdle = this.#parser.idle;
    if (this.#parser.finish().kind !== "end") return closedBy(!wasIdle);
    this.#tell.answered(this.#line.slot, OLDEST, this.#status, this.#firstByteUs, now);
    return FINISHED;
  }
}
