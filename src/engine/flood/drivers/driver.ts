/**
 * The contract between a generator and one connection speaking one protocol. The driver tells by number what
 * happened and when; it knows nothing of schedules, statistics or other connections.
 *
 *   open() ─► opened ─► send(target, seat)… flush() … answered* failed* settled … ─► lost
 *        └──► lost (could not be opened)
 *
 * After `lost` the connection is dead and says nothing more. `close()` is silent. A seat is the number, from 0, under
 * which a request is in flight on its connection: protocols that answer in order need not look at it.
 */

import type { NetkitError } from "../../../core/errors.ts";

export interface Failure {
  /** Stable and short: `connect-refused`, `reset`, `closed`, `protocol`, `tls` … */
  readonly kind: string;
  /** One sentence for people. */
  readonly example: string;
  /** Where it came from, when it could end a run. */
  readonly error?: NetkitError;
}

/** `NK_CONNECT_REFUSED` becomes the kind `connect-refused`. */
export function failureOf(error: NetkitError): Failure {
  return {
    kind: error.code.slice("NK_".length).toLowerCase().replaceAll("_", "-"),
    example: error.why === undefined ? error.message : `${error.message}: ${error.why}`,
    error,
  };
}

/**
 * Why a connection ended. `finished`: the peer announced it (`Connection: close`, GOAWAY), nothing went wrong, and what
 * it has not answered it has not begun.
 */
export type Loss = { readonly kind: "finished" } | { readonly kind: "failed"; readonly failure: Failure };

export const FINISHED: Loss = { kind: "finished" };

/**
 * An answer without a request: no answer at all, and the end of the connection (RFC 9112 §9.2). No request fails
 * by it, but what comes after it could be taken for the answer to the wrong one.
 */
export const UNSOLICITED: Failure = {
  kind: "unsolicited",
  example: "the server sent an answer that no request had asked for",
};

/** Of a connection on which nothing was asked: what is said of a request that waited is not said here. */
export function lossOfIdle(loss: Loss): Failure {
  const isOrderly = loss.kind === "finished" || loss.failure.kind === "closed";
  return isOrderly ? { kind: "closed", example: "the peer closed the connection" } : loss.failure;
}

/** For `answered`: the request that has been in flight for longest. */
export const OLDEST = -1;

/** What a handshake came to. */
export interface Agreed {
  /** By ALPN; undefined for nothing. */
  readonly protocol: string | undefined;
  /** A session of before was taken up. */
  readonly resumed: boolean;
}

export interface DriverEvents {
  /** `tlsUs` is NaN without TLS, and then nothing was agreed. */
  opened(slot: number, nowUs: number, connectUs: number, tlsUs: number, agreed?: Agreed): void;
  /** The peer takes at most this many requests at once, from now on; more stay in flight until they end. */
  room(slot: number, places: number): void;
  /** A request was answered in full. `status` is 0 where the protocol has none. */
  answered(slot: number, seat: number, status: number, firstByteUs: number, nowUs: number): void;
  /** One request failed, and the connection goes on. */
  failed(slot: number, seat: number, nowUs: number, failure: Failure): void;
  /** Bytes of no request were taken by the system. */
  sent(bytes: number, nowUs: number): void;
  /** All bytes of one read were used: the moment to send more, once a read. */
  settled(slot: number, nowUs: number): void;
  lost(slot: number, nowUs: number, loss: Loss): void;
  /** Bytes read off the wire, before anything else is told of them. */
  received(bytes: number, nowUs: number): void;
}

export interface Driver {
  open(): void;
  /** A request to a target; it leaves with the next `flush` at the latest. Returns its size on the wire in bytes. */
  send(target: number, seat: number): number;
  flush(): void;
  /** Gives up one request and keeps the connection; false where the protocol cannot, and the connection has to go. */
  abandon(seat: number): boolean;
  /** Ends the connection at once and silently. */
  close(): void;
  /** Opening took longer than the time-out: ends it silently, and tells what did not come. */
  expire(timeoutMs: number): Failure;
}
