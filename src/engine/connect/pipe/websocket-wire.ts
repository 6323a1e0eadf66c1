/**
 * WebSocket messages (RFC 6455) as payloads of a pipe, after the upgrade: text when it is UTF-8, else binary; pings
 * are answered, and the end of the input is a Close, since a WebSocket has no half-close.
 */
import { type Buffer, isUtf8 } from "node:buffer";
import { NetkitError } from "../../../core/errors.ts";
import { closeBody, closeCodeText } from "../../../core/framing/websocket/close.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder } from "../../../core/framing/websocket/message-decoder.ts";
import { type CloseEvent, OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import type { WireCodec } from "./wire-codec.ts";

const NORMAL = 1000;
/** A peer that closes with one of these, or with none, has nothing to complain of (section 7.4.1). */
const ORDERLY: readonly (number | undefined)[] = [undefined, NORMAL, 1001];
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export interface WebSocketWireOptions {
  /** Of the peer, for messages. */
  readonly subject: string;
  /** Payloads are bytes that somebody spelled out: sent as binary messages, whatever they look like. */
  readonly binary: boolean;
}

export function websocketWire(options: WebSocketWireOptions): WireCodec {
  return new WebSocketWire(options);
}

class WebSocketWire implements WireCodec {
  readonly #subject: string;
  readonly #binary: boolean;
  readonly #keys = new MaskKeys();
  readonly #decoder = new MessageDecoder("client", MAX_MESSAGE_BYTES);
  #closing = false;
  #closed: CloseEvent | undefined;

  constructor({ subject, binary }: WebSocketWireOptions) {
    this.#subject = subject;
    this.#binary = binary;
  }

  get over(): boolean {
    return this.#closed !== undefined;
  }

  encode(payload: Uint8Array): Uint8Array {
    return this.#frame(this.#binary || !isUtf8(payload) ? OPCODE.binary : OPCODE.text, payload);
  }

  farewell(): Uint8Array {
    this.#closing = true;
    return this.#frame(OPCODE.close, closeBody(NORMAL));
  }

  *decode(bytes: Buffer, reply: (bytes: Uint8Array) => void): Generator<Uint8Array, void, undefined> {
    this.#decoder.feed(bytes, 0, bytes.length);
    while (!this.over) {
      const event = this.#decoder.next();
      switch (event.kind) {
        case "message":
          yield event.chunk.subarray(event.start, event.end);
          break;
        case "ping":
          // After a Close of ours nothing more may be sent (section 5.5.1).
          if (!this.#closing) reply(this.#frame(OPCODE.pong, event.chunk.subarray(event.start, event.end)));
          break;
        case "pong":
          break;
        case "close":
          this.#closed = event;
          if (!this.#closing) reply(this.#frame(OPCODE.close, closeBody(event.code ?? NORMAL)));
          break;
        case "violation":
          if (!this.#closing) reply(this.#frame(OPCODE.close, closeBody(event.closeCode)));
          throw this.#broken(event.detail, event.rfc);
        case "need-more":
          return;
      }
    }
  }

  finish(): void {
    const closed = this.#closed;
    if (closed === undefined) {
      throw this.#broken("it ended the connection without a Close", "RFC 6455 §7.1.5");
    }
    if (ORDERLY.includes(closed.code)) return;
    const code = closeCodeText(closed.code ?? NORMAL);
    throw new NetkitError(
      "request",
      "NK_WEBSOCKET_CLOSED",
      `${this.#subject} closed the WebSocket with ${code}`,
      {
        subject: this.#subject,
        why: closed.reason === "" ? "it gave no reason" : closed.reason,
        next: "look at what was sent last, and at the server's log",
      },
    );
  }

  #frame(opcode: Opcode, payload: Uint8Array): Buffer {
    return encodeFrame(opcode, payload, { key: this.#keys.next() });
  }

  #broken(detail: string, rfc: string): NetkitError {
    return new NetkitError(
      "protocol",
      "NK_PROTOCOL_WEBSOCKET",
      `${this.#subject} broke the WebSocket protocol`,
      {
        subject: this.#subject,
        why: `${detail} (${rfc})`,
        next: "look at the server, or at a proxy between that does not know WebSockets",
      },
    );
  }
}
