/** What a server's session grants its client. */
import { SERVER_LIMITS, type SessionLimits } from "../../../core/framing/http2/limits.ts";
import type { ServeLimits } from "../plan.ts";

/** Octets of one request's body in flight: what a paused handler may be given. */
const STREAM_WINDOW = 256 * 1024;
/** And of all bodies of a connection. */
const CONNECTION_WINDOW = 1024 * 1024;

/** Fields beyond `maxHeaderBytes` get 431; far beyond them, and before they are kept, the connection ends. */
export function sessionLimits({ maxHeaderBytes, maxHeaders }: ServeLimits): SessionLimits {
  const maxListBytes = 4 * maxHeaderBytes + 32 * maxHeaders;
  return {
    ...SERVER_LIMITS,
    streamWindow: STREAM_WINDOW,
    connectionWindow: CONNECTION_WINDOW,
    maxListBytes,
    maxBlockBytes: Math.max(SERVER_LIMITS.maxBlockBytes, maxListBytes),
    manualFlow: true,
  };
}
