/**
 * One request whose answer takes time: the handler's side of it, whichever version of HTTP carries it.
 *
 *   start ──► send* ──► end          or `answer` for all three at once
 *
 * After the exchange is over every call is without effect, so a handler's late timer does no harm.
 */
import type { Flow } from "../../../core/backpressure/watermark.ts";
import type { Wire, WireOwner } from "../socket/wire.ts";
import type { Answer } from "./answer.ts";
import type { ServedHead } from "./head.ts";

export interface Exchange {
  readonly head: ServedHead;
  /** "paused": send no more before `drained`. */
  readonly flow: Flow;
  /** False when what is sent is thrown away: HEAD, or a status without content. */
  readonly bodyWanted: boolean;
  /** @param length bytes of the body, or undefined when it is not known beforehand. */
  start(status: number, headers: Answer["headers"], length: number | undefined): void;
  /** Body bytes that never change. */
  send(bytes: Uint8Array): void;
  /** Body bytes that may change after this call. */
  sendCopy(chunk: Uint8Array, start: number, end: number): void;
  end(): void;
  /** The whole answer at once. */
  answer(answer: Answer): void;
  /**
   * 101 (RFC 9110 section 15.2.2): `response` is the whole head, and the connection is the successor's after it. Only
   * for a head that asks for it, which one of HTTP/2 cannot.
   */
  upgrade(response: Uint8Array, successor: (wire: Wire) => WireOwner): void;
  /** No more of the request's body for now. */
  pauseBody(): void;
  resumeBody(): void;
  /** Ends the connection in good order, without an answer or in the middle of one. */
  close(): void;
  /** Ends the connection with a reset. */
  reset(): void;
}
