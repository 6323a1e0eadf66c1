/**
 * Messages as requests: each that comes is the answer to the oldest request. Frames are compressed where that is asked for,
 * and masked with random keys, before the run; a thread's frames take turns: what keeps a proxy from being confused (RFC 6455
 * section 10.3) is not at stake where nobody else chooses the payload.
 */
import type { Buffer } from "node:buffer";
import { deflateMessage } from "../../../core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import type { MessageEvent } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../core/framing/websocket/types.ts";
import { failed, type Line, type Telling, WRONG_ANSWER } from "./conversation.ts";
import { OLDEST } from "./driver.ts";
import { bindRequests, Outbox, type RequestBook } from "./request-book.ts";
import type { MessageUse } from "./websocket.ts";

export interface MessageOptions {
  /** They take turns; one at least. */
  readonly payloads: readonly Buffer[];
  readonly text: boolean;
  readonly depth: number;
  /** An answer has to be what was sent. */
  readonly echo: boolean;
  readonly deflate: boolean;
}

/** What all connections of a thread share. */
export interface MessageBook {
  readonly options: MessageOptions;
  /** All messages under one mask each, then all under another, and so on; sent in turn. */
  readonly frames: RequestBook;
}

/** Who answers in order cannot be held to it when it speaks first: what came next would be taken for the wrong answer. */
const SPOKE_FIRST = failed(
  "unsolicited",
  "the server sent a message with its answer to the upgrade, before any request",
);

/** Masks of one message, at most, and as many bytes of them as are kept. */
const MASKS = 64;
const MASKED_BYTES = 256 * 1024;

export function bindMessages(options: MessageOptions): MessageBook {
  const { payloads, text, depth, deflate: compressed } = options;
  const keys = new MaskKeys();
  const opcode = text ? OPCODE.text : OPCODE.binary;
  const bytes = payloads.reduce((sum, payload) => sum + payload.length + 14, 0);
  const few = Math.floor(MASKS / payloads.length);
  const masks = Math.max(2, Math.min(few, Math.floor(MASKED_BYTES / bytes)));
  const sent = compressed ? payloads.map((payload) => deflateMessage(payload)) : payloads;
  const frames = Array.from({ length: masks }, () =>
    sent.map((payload) => encodeFrame(opcode, payload, { key: keys.next(), compressed })),
  ).flat();
  return { options, frames: bindRequests(frames, depth) };
}

export class MessageEcho implements MessageUse {
  readonly spokeFirst = SPOKE_FIRST;
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #book: MessageBook;
  readonly #outbox: Outbox;
  /** Whose turn it is to be sent, and what the next answer has to be. */
  #frame: number;
  #answer: number;

  constructor(line: Line, tell: Telling, book: MessageBook) {
    this.#line = line;
    this.#tell = tell;
    this.#book = book;
    this.#outbox = new Outbox(book.frames, (bytes) => line.write(bytes));
    this.#frame = line.slot % book.frames.targets;
    this.#answer = line.slot % book.options.payloads.length;
  }

  send(): number {
    const frame = this.#frame;
    this.#frame = frame + 1 === this.#book.frames.targets ? 0 : frame + 1;
    return this.#outbox.send(frame);
  }

  flush(): void {
    this.#outbox.flush();
  }

  /** What comes after it could not be told from its answer. */
  abandon(): boolean {
    return false;
  }

  message({ text, chunk, start, end }: MessageEvent, firstByteUs: number, nowUs: number): void {
    const { options } = this.#book;
    const { payloads } = options;
    const expected = payloads[this.#answer]!;
    this.#answer = this.#answer + 1 === payloads.length ? 0 : this.#answer + 1;
    const wrong = options.echo && (text !== options.text || expected.compare(chunk, start, end) !== 0);
    if (wrong) this.#tell.failed(this.#line.slot, OLDEST, nowUs, WRONG_ANSWER);
    else this.#tell.answered(this.#line.slot, OLDEST, 0, firstByteUs, nowUs);
  }
}
