/**
 * The contract between a generator and one connection speaking one protocol. The driver tells by number what
 * happened and when; it knows nothing of schedules, statistics or other connections.
 *
 *   open() ─► opened ─► write(bytes) … answered* settled … ─► lost
 *        └──► lost (could not be opened)
 *
 * After `lost` the connection is dead and says nothing more. `close()` is silent.
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

/** Why a connection ended. `finished`: the peer announced it (`Connection: close`), nothing went wrong. */
export type Loss = { readonly kind: "finished" } | { readonly kind: "failed"; readonly failure: Failure };

/**
 * An answer without a request: no answer at all, and the end of the connection (RFC 9112 §9.2). No request fails
 * by it, but what comes after it could be taken for the answer to the wrong one.
 */
export const UNSOLICITED: Failure = {
  kind: "unsolicited",
  example: "the server sent an answer that no request had asked for",
};

export interface DriverEvents {
  /** `tlsUs` is NaN without TLS. */
  opened(slot: number, nowUs: number, connectUs: number, tlsUs: number): void;
  /** The oldest request in flight was answered in full. */
  answered(slot: number, status: number, firstByteUs: number, nowUs: number): void;
  /** All bytes of one read were used: the moment to send more, once a read. */
  settled(slot: number, nowUs: number): void;
  lost(slot: number, nowUs: number, loss: Loss): void;
  /** Bytes read off the wire, before anything else is told of them. */
  received(bytes: number, nowUs: number): void;
}

export interface Driver {
  open(): void;
  write(bytes: Buffer): void;
  /** Ends the connection at once and silently. */
  close(): void;
  /** Opening took longer than the time-out: ends it silently, and tells what did not come. */
  expire(timeoutMs: number): Failure;
}
