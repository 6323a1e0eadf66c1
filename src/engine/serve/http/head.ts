/** A request's head as handlers see it, whichever version of HTTP it came in. */
import type { BodyFraming, HttpHeaders, RequestHead } from "../../../core/framing/http1/types.ts";

/** One that came over HTTP/2: the same questions, and nothing of a connection. */
export interface StreamHead {
  readonly kind: "stream-request";
  readonly method: string;
  readonly target: string;
  /** `:authority` stands as `host` (RFC 9113 section 8.3.1). */
  readonly headers: HttpHeaders;
  /** "chunked": a body whose length is not told. */
  readonly body: BodyFraming;
  readonly expectContinue: boolean;
}

export type ServedHead = RequestHead | StreamHead;

/** As `/headers` tells it. */
export function versionOf(head: ServedHead): string {
  return head.kind === "stream-request" ? "2" : `1.${head.minor}`;
}
