/**
 * What the WebSocket codec (RFC 6455) speaks: opcodes, roles, limits, violations and the two events that both
 * decoders give. Of the three reserved bits the first marks a compressed message, where that was agreed on (RFC 7692).
 */
import type { Buffer } from "node:buffer";

/** RFC 6455 section 5.2. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

/** Who reads: a client refuses masked frames, a server those that are not (section 5.1). */
export type Role = "client" | "server";

/** The longest payload of a control frame (section 5.5), and so the longest close body. */
export const MAX_CONTROL_BYTES = 125;

/** Broken protocol, as a value. A decoder that has given one gives nothing else any more. */
export interface WebSocketViolation {
  readonly kind: "violation";
  /** What a closing frame says of it: 1002 protocol error, 1007 not UTF-8, 1009 too large (section 7.4.1). */
  readonly closeCode: 1002 | 1007 | 1009;
  /** One word, stable, for counting. */
  readonly reason:
    | "reserved-bits"
    | "reserved-opcode"
    | "masked"
    | "not-masked"
    | "long-control-frame"
    | "fragmented-control-frame"
    | "bad-length"
    | "frame-too-large"
    | "message-too-large"
    | "bad-sequence"
    | "bad-close"
    | "not-utf-8"
    | "bad-deflate"
    | "truncated";
  /** Plain words. */
  readonly detail: string;
  /** For example `RFC 6455 §5.2`. */
  readonly rfc: string;
}

export function violation(
  closeCode: WebSocketViolation["closeCode"],
  reason: WebSocketViolation["reason"],
  detail: string,
  section: string,
): WebSocketViolation {
  return { kind: "violation", closeCode, reason, detail, rfc: `RFC 6455 §${section}` };
}

/** A ping or a pong: its payload is bytes `start` to `end` of `chunk`, unmasked. Valid until the next call. */
export interface ControlEvent {
  readonly kind: "ping" | "pong";
  chunk: Buffer;
  start: number;
  end: number;
}

/** The peer closes: nothing more is read after it (section 5.5.1). */
export interface CloseEvent {
  readonly kind: "close";
  /** Undefined when the peer gave none, which counts as 1005 (section 7.1.5). */
  readonly code: number | undefined;
  readonly reason: string;
}

export interface NeedMore {
  readonly kind: "need-more";
}

export const NEED_MORE: NeedMore = { kind: "need-more" };
