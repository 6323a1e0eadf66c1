/**
 * WebSocket on one connection (RFC 6455): the upgrade, messages in and out, pings answered, a close given back. What the
 * messages are for is a `MessageUse`'s: requests and their answers (`websocket-echo.ts`), or a fan-out (`fan-out.ts`).
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { assertNever } from "../../../core/exhaustive.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import { closeBody, closeCodeText } from "../../../core/framing/websocket/close.ts";
import { DEFLATE_NAME, DEFLATE_OFFER, deflateAnswerFault } from "../../../core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { keyOf, readUpgradeAnswer, upgradeFields } from "../../../core/framing/websocket/handshake.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder, type MessageEvent } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import type { RequestPlan, TargetPlan } from "../plan.ts";
import { type Conversation, closedBy, failed, type Line } from "./conversation.ts";
import type { Loss } from "./driver.ts";
import { encodeRequest } from "./http1-requests.ts";
import { Owed } from "./owed.ts";

/** What opens a WebSocket. */
export interface WebSocketOpening {
  readonly target: TargetPlan;
  /** Its headers go with the upgrade. */
  readonly request: RequestPlan;
  /** Messages are compressed by permessage-deflate (RFC 7692), and the server has to agree on it. */
  readonly deflate: boolean;
}

/** What the messages of an open WebSocket are for. */
export interface MessageUse {
  /** What a message comes to that came with the answer to the upgrade; undefined: it is one like any other. */
  readonly spokeFirst?: Loss;
  /** Before anything is asked of it. */
  opened?(): void;
  /** As `Conversation.send`, without a target. */
  send(seat: number): number;
  flush(): void;
  abandon(seat: number): boolean;
  message(message: MessageEvent, firstByteUs: number, nowUs: number): void;
  gone?(nowUs: number): void;
}

/** Larger answers are refused. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** `upgrading` until the server has agreed; `closing` once it has asked for the end. */
type State =
  | { readonly kind: "upgrading"; readonly parser: ResponseParser; readonly key: string }
  | { readonly kind: "open" }
  | { readonly kind: "closing" };

const OPEN: State = { kind: "open" };
const CLOSING: State = { kind: "closing" };

export class WebSocketConversation implements Conversation {
  readonly #line: Line;
  readonly #opening: WebSocketOpening;
  readonly #use: MessageUse;
  readonly #decoder: MessageDecoder;
  readonly #owed: Owed;
  readonly #keys = new MaskKeys();
  #state: State;
  #firstByteUs = 0;

  constructor(line: Line, opening: WebSocketOpening, use: MessageUse) {
    this.#line = line;
    this.#opening = opening;
    this.#use = use;
    this.#decoder = new MessageDecoder("client", MAX_MESSAGE_BYTES, opening.deflate);
    this.#owed = new Owed(line);
    this.#state = {
      kind: "upgrading",
      parser: new ResponseParser({ method: "GET" }),
      key: keyOf(randomBytes(16)),
    };
  }

  begin(): boolean {
    if (this.#state.kind !== "upgrading") return true;
    const { target, request, deflate } = this.#opening;
    const extensions = deflate ? DEFLATE_OFFER : undefined;
    const headers = [...request.headers, ...upgradeFields(this.#state.key, [], extensions)];
    this.#line.write(encodeRequest(target, { method: "GET", headers, body: undefined }, false));
    return false;
  }

  send(_target: number, seat: number): number {
    return this.#use.send(seat);
  }

  flush(): void {
    this.#use.flush();
  }

  abandon(seat: number): boolean {
    return this.#use.abandon(seat);
  }

  gone(now: number): void {
    if (this.#state.kind !== "upgrading") this.#use.gone?.(now);
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
    const loss = this.#read(buffer, bytes, now);
    const unread = this.#line.closed ? undefined : this.#owed.flush();
    return loss ?? unread;
  }

  #read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
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
          const { deflate } = this.#opening;
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
          this.#use.opened?.();
          // Frames that came with the answer.
          const loss = this.#messages(buffer, parser.restStart, parser.restEnd, now, this.#use.spokeFirst);
          if (loss === undefined) this.#line.ready(now);
          return loss;
        }
        case "need-more":
          return undefined;
        case "data":
        case "end":
          // Of an interim answer, which has no content; the one that counts may lie right behind it.
          break;
        case "violation":
          return failed("protocol", `${event.detail} (${event.rfc})`);
        default:
          assertNever(event);
      }
    }
  }

  /** @param spoken what a message comes to, where it can be nobody's answer */
  #messages(buffer: Buffer, start: number, end: number, now: number, spoken?: Loss): Loss | undefined {
    const decoder = this.#decoder;
    decoder.feed(buffer, start, end);
    if (this.#firstByteUs === 0) this.#firstByteUs = now;
    for (;;) {
      const event = decoder.next();
      switch (event.kind) {
        case "message":
          if (spoken !== undefined) return spoken;
          this.#use.message(event, this.#firstByteUs, now);
          this.#firstByteUs = now;
          if (this.#line.closed) return undefined;
          break;
        case "ping":
          this.#control(OPCODE.pong, event.chunk.subarray(event.start, event.end));
          this.#firstByteUs = now;
          break;
        case "pong":
          this.#firstByteUs = now;
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
    this.#owed.say(encodeFrame(opcode, payload, { key: this.#keys.next() }));
  }
}

/** What was measured would not be what was asked for. */
function deflateFault(agreed: string | undefined): Loss | undefined {
  if (agreed === undefined) return failed("no-deflate", "the server did not agree on permessage-deflate");
  const fault = deflateAnswerFault(agreed);
  return fault === undefined ? undefined : failed("protocol", `${fault} (RFC 7692 §7.1)`);
}
