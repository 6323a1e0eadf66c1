/**
 * Payloads to bytes on the wire and back, for the protocols that a pipe speaks: bytes as they are, or messages
 * in length-prefixed frames. WebSocket's stands in `websocket-wire.ts`.
 */
import type { Buffer } from "node:buffer";
import { NetkitError } from "../../../core/errors.ts";
import { encodeFrame, LengthPrefixedDecoder } from "../../../core/framing/length-prefixed.ts";

export interface WireCodec {
  encode(payload: Uint8Array): Uint8Array;
  /** The message that ends our side; undefined where the connection's own half-close says it. */
  farewell(): Uint8Array | undefined;
  /**
   * Payloads that are complete, each valid until the next is asked for. What has to be answered by the protocol
   * itself (a ping) goes to `reply`. @throws NetkitError of stage `protocol`
   */
  decode(bytes: Buffer, reply: (bytes: Uint8Array) => void): Iterable<Uint8Array>;
  /** The peer has said that this was all: nothing is read after it. */
  readonly over: boolean;
  /** The peer has ended. @throws NetkitError when it did so in the middle of a message, or says that it failed */
  finish(): void;
}

export function rawWire(): WireCodec {
  return {
    encode: (payload) => payload,
    farewell: () => undefined,
    decode: (bytes) => [bytes],
    over: false,
    finish: () => undefined,
  };
}

/** 4 bytes big-endian, then the payload. @param subject for messages */
export function framedWire(subject: string): WireCodec {
  const decoder = new LengthPrefixedDecoder();
  const broken = (why: string): NetkitError =>
    new NetkitError("protocol", "NK_PROTOCOL_BAD_FRAME", `${subject} sent what is no frame`, {
      subject,
      why,
      next: "check that the peer speaks 4-byte big-endian lengths; tcp: shows its bytes as they are",
    });
  return {
    encode: (payload) => encodeFrame(payload),
    farewell: () => undefined,
    *decode(bytes) {
      decoder.feed(bytes, 0, bytes.length);
      for (;;) {
        const event = decoder.next();
        if (event.kind === "need-more") return;
        if (event.kind === "violation") throw broken(event.detail);
        yield event.chunk.subarray(event.start, event.end);
      }
    },
    over: false,
    finish() {
      if (!decoder.idle) throw broken("it ended in the middle of a frame");
    },
  };
}
