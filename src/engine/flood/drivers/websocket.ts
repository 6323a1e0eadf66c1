/**
 * WebSocket on one connection (RFC 6455): the upgrade, then each message that comes is the answer to the oldest request.
 * Pings are answered, a close is given back. Messages are compressed before the run, where that is asked for. Frames are masked with random keys before the run, and a thread's frames
 * take turns: what keeps a proxy from being confused (section 10.3) is not at stake where nobody else chooses the payload.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { assertNever } from "../../../core/exhaustive.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import { closeBody, closeCodeText } from "../../../core/framing/websocket/close.ts";
import {
  DEFLATE_NAME,
  DEFLATE_OFFER,
  deflateAnswerFault,
  deflateMessage,
} from "../../../core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { keyOf, readUpgradeAnswer, upgradeFields } from "../../../core/framing/websocket/handshake.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder, type MessageDecoderEvent } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import type { RequestPlan, TargetPlan } from "../plan.ts";
import {
  type Conversation,
  closedBy,
  failed,
  type Line,
  type Telling,
  WRONG_ANSWER,
} from "./conversation.ts";
import { type Loss, OLDEST } from "./driver.ts";
import { encodeRequest } from "./http1-requests.ts";
import { bindRequests, Outbox, type RequestBook } from "./request-book.ts";

export interface WebSocketOptions {
  readonly target: TargetPlan;
  /** Its headers go with the upgrade, its body is the message. */
  readonly request: RequestPlan;
  readonly text: boolean;
  readonly depth: number;
  /** An answer has to be what was sent. */
  readonly echo: boolean;
  /** Messages are compressed by permessage-deflate (RFC 7692), and the server has to agree on it. */
  readonly deflate: boolean;
}

/** What all connections of a thread share. */
export interface WebSocketBook {
  readonly options: WebSocketOptions;
  readonly payload: Buffer;
  /** The message under many masks, in turn. */
  readonly book: RequestBook;
}

/** Masks of one message, at most, and as many bytes of them as are kept. */
const MASKS = 64;
const MASKED_BYTES = 256 * 1024;
/** Larger answers are refused. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export function bindMessages(options: WebSocketOptions): WebSocketBook {
  const payload = Buffer.from(options.request.body ?? []);
  const keys = new MaskKeys();
  const opcode = options.text ? OPCODE.text : OPCODE.binary;
  const masks = Math.max(2, Math.min(MASKS, Math.floor(MASKED_BYTES / (payload.length + 14))));
  const { deflate: compressed } = options;
  const sent = compressed ? deflateMessage(payload) : payload;
  const frames = Array.from({ length: masks }, () =>
    encodeFrame(opcode, sent, { key: keys.next(), compressed }),
  );
  return { options, payload, book: bindRequests(frames, options.depth) };
}

/** `upgrading` until the server has agreed; `closing` once it has asked for the end. */
type State =
  | { readonly kind: "upgrading"; readonly parser: ResponseParser; readonly key: string }
  | { readonly kind: "open" }
  | { readonly kind: "closing" };

const OPEN: State = { kind: "open" };
const CLOSING: State = { kind: "closing" };

export class WebSocketConversation implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #shared: WebSocketBook;
  readonly #decoder: MessageDecoder;
  readonly #outbox: Outbox;
  readonly #keys = new MaskKeys();
  #state: State;
  /** The mask whose turn it is. */
  #mask = 0;
  #firstByteUs = 0;

  constructor(line: Line, tell: Telling, shared: WebSocketBook) {
    this.#line = line;
    this.#tell = tell;
    this.#shared = shared;
    this.#decoder = new MessageDecoder("client", MAX_MESSAGE_BYTES, shared.options.deflate);
    this.#outbox = new Outbox(shared.book, (bytes) => line.write(bytes));
    this.#state = {
      kind: "upgrading",
      parser: new ResponseParser({ method: "GET" }),
      key: keyOf(randomBytes(16)),
    };
  }

  begin(): boolean {
    if (this.#state.kind !== "upgrading") return true;
    const { target, request, deflate } = this.#shared.options;
    const extensions = deflate ? DEFLATE_OFFER : undefined;
    const headers = [...request.headers, ...upgradeFields(this.#state.key, [], extensions)];
    this.#line.write(encodeRequest(target, { method: "GET", headers, body: undefined }, false));
    return false;
  }

  send(): number {
    const mask = this.#mask;
    this.#mask = mask + 1 === this.#shared.book.targets ? 0 : mask + 1;
    return this.#outbox.send(mask);
  }

  flush(): void {
    this.#outbox.flush();
  }

  abandon(): boolean {
    return false;
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
    const state = this.#state;
    switch (state.kind) {
      case "upgrading":
        return this.#upgrade(state, buffer, bytes, now);
      case "open":
        return this.#messages(buffer, 0, bytes, now);
      case "closing":
        return undefined;
      default:
        return assertNever(state);
    }
  }

  ended(): Loss {
    switch (this.#state.kind) {
      case "upgrading":
        return failed("upgrade", "the peer closed the connection instead of answering the upgrade");
      default:
        return closedBy(!this.#decoder.idle);
    }
  }

  #upgrade(
    { parser, key }: Extract<State, { kind: "upgrading" }>,
    buffer: Buffer,
    bytes: number,
    now: number,
  ): Loss | undefined {
    parser.feed(buffer, 0, bytes);
    for (;;) {
      const event = parser.next();
      switch (event.kind) {
        case "head": {
          if (event.head.status < 200 && event.head.status !== 101) break;
          const { deflate } = this.#shared.options;
          const extensions = deflate ? [DEFLATE_NAME] : [];
          const answer = readUpgradeAnswer(event.head, { key, extensions });
          if (answer.kind === "refused") {
            return failed(
              `status-${answer.status}`,
              `the upgrade to a WebSocket was answered with ${answer.status}`,
            );
          }
          if (answer.kind === "violation") return failed("protocol", `${answer.detail} (${answer.rfc})`);
          const refused = deflate ? deflateFault(answer.extensions) : undefined;
          if (refused !== undefined) return refused;
          this.#state = OPEN;
          this.#line.ready(now);
          if (this.#line.closed) return undefined;
          break;
        }
        case "data": {
          // Messages that came with the answer. The chunk is the connection's, and is unmasked in place.
          const loss = this.#messages(event.chunk, event.start, event.end, now);
          if (loss !== undefined || this.#line.closed) return loss;
          break;
        }
        case "end":
        case "need-more":
          return undefined;
        case "violation":
          return failed("protocol", `${event.detail} (${event.rfc})`);
        default:
          assertNever(event);
      }
    }
  }

  #messages(buffer: Buffer, start: number, end: number, now: number): Loss | undefined {
    const decoder = this.#decoder;
    decoder.feed(buffer, start, end);
    if (this.#firstByteUs === 0) this.#firstByteUs = now;
    for (;;) {
      const event = decoder.next();
      switch (event.kind) {
        case "message":
          this.#answered(event, now);
          if (this.#line.closed) return undefined;
          break;
        case "ping":
          this.#control(OPCODE.pong, event.chunk.subarray(event.start, event.end));
          break;
        case "pong":
          break;
        case "close":
          return this.#close(event.code, event.reason);
        case "need-more":
          if (decoder.idle) this.#firstByteUs = 0;
          return undefined;
        case "violation":
          this.#control(OPCODE.close, closeBody(event.closeCode));
          return failed("protocol", `${event.detail} (${event.rfc})`);
        default:
          assertNever(event);
      }
    }
  }

  #answered(message: Extract<MessageDecoderEvent, { kind: "message" }>, now: number): void {
    const { payload, options } = this.#shared;
    const firstByteUs = this.#firstByteUs;
    this.#firstByteUs = now;
    const { chunk, start, end } = message;
    const wrong = options.echo && (message.text !== options.text || payload.compare(chunk, start, end) !== 0);
    if (wrong) this.#tell.failed(this.#line.slot, OLDEST, now, WRONG_ANSWER);
    else this.#tell.answered(this.#line.slot, OLDEST, 0, firstByteUs, now);
  }

  /** The server ends it (section 5.5.1): its close is given back, and what it has not answered has failed. */
  #close(code: number | undefined, reason: string): Loss {
    this.#state = CLOSING;
    this.#control(OPCODE.close, code === undefined ? Buffer.alloc(0) : closeBody(code));
    const said = code === undefined ? "without a code" : `with ${closeCodeText(code)}`;
    return failed(
      `close-${code ?? 1005}`,
      `the server closed the WebSocket ${said}${reason === "" ? "" : `: ${reason}`}`,
    );
  }

  #control(opcode: Opcode, payload: Uint8Array): void {
    this.#line.write(encodeFrame(opcode, payload, { key: this.#keys.next() }));
  }
}

/** What was measured would not be what was asked for. */
function deflateFault(agreed: string | undefined): Loss | undefined {
  if (agreed === undefined) return failed("no-deflate", "the server did not agree on permessage-deflate");
  const fault = deflateAnswerFault(agreed);
  return fault === undefined ? undefined : failed("protocol", `${fault} (RFC 7692 §7.1)`);
}
