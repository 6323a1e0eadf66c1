/**
 * What stands behind one path. A handler is a plain object; `catalog.ts` lists them all.
 *
 * `reply` looks at the request's head only and is called once for each distinct head: what it returns is kept
 * and used again for every request with the same bytes. So an "answer" is made once, and a "live" reply
 * must keep its state in what `start` returns.
 */
import type { Answer } from "../http/answer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { ServedHead } from "../http/head.ts";

export interface Asked {
  readonly head: ServedHead;
  /** Values of the `{…}` parts of the pattern, decoded. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** A WebSocket may be compressed, if the client offers it. */
  readonly deflate: boolean;
}

export type Reply =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Needs time, the body, or the connection itself. */
  | { readonly kind: "live"; readonly start: (exchange: Exchange) => Live };

/** What one live exchange listens to. */
export interface Live {
  /** Body bytes, valid until this returns. Without it the body is thrown away. */
  data?(chunk: Uint8Array, start: number, end: number): void;
  /** The body is complete. */
  bodyEnded?(): void;
  /** More can be sent after `exchange.flow` was "paused". */
  drained?(): void;
  /** The exchange is over, finished or cut: stop timers. Called once. */
  closed?(): void;
  /** The client closed its side. Default: the answer is finished, since a half-closed client still reads. */
  peerEnded?(): void;
}

export interface Handler {
  /** Names the route in metrics. */
  readonly id: string;
  /** For example `/status/{code}`. */
  readonly pattern: string;
  /** A request line's path that shows the query it takes. */
  readonly example: string;
  readonly description: string;
  /** HEAD comes with GET, OPTIONS with everything. */
  readonly methods: readonly string[] | "any";
  reply(asked: Asked): Reply;
}

export function answered(answer: Answer): Reply {
  return { kind: "answer", answer };
}
