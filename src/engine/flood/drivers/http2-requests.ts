/** The requests of a flood over HTTP/2: header blocks that are valid on every connection, and their body. */
import { Buffer } from "node:buffer";
import { usageError } from "../../../core/errors.ts";
import { DEFAULT_MAX_FRAME, FRAME_HEAD_BYTES } from "../../../core/framing/http2/codes.ts";
import { encodeHeaderBlock } from "../../../core/framing/http2/hpack/encoder.ts";
import type { FloodPlan, RequestPlan, TargetPlan } from "../plan.ts";

export interface Http2Requests {
  /** One for each target. */
  readonly blocks: readonly Buffer[];
  /** Of each target: octets on the wire, with the heads of frames. */
  readonly sizes: readonly number[];
  /** Undefined for none. */
  readonly body: Buffer | undefined;
  /** HEAD: what content-length names does not come. */
  readonly noContent: boolean;
  /** Requests in flight on a connection at most. */
  readonly depth: number;
}

/** Of one connection in HTTP/1.1, and of no meaning here (RFC 9113 section 8.2.2). */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
]);

/** @throws NetkitError `NK_USAGE` for a method that has no request of this form */
export function encodeHttp2Requests({ targets, request, depth }: FloodPlan): Http2Requests {
  if (request.method === "CONNECT") {
    throw usageError(
      "CONNECT opens a tunnel, and a flood has nothing to send through it",
      "take another -X",
      "-X",
    );
  }
  const blocks = targets.map((target) => encodeHeaderBlock(fieldsOf(target, request)));
  const bodyBytes = request.body?.length ?? 0;
  const body = bodyBytes === 0 ? undefined : Buffer.from(request.body!);
  const frames = 1 + Math.ceil(bodyBytes / DEFAULT_MAX_FRAME);
  return {
    blocks,
    sizes: blocks.map((block) => block.length + bodyBytes + frames * FRAME_HEAD_BYTES),
    body,
    noContent: request.method === "HEAD",
    depth,
  };
}

/** Pseudo-headers first (section 8.3.1), then what was asked for, in lower case. */
function fieldsOf(target: TargetPlan, { method, headers, body }: RequestPlan): string[] {
  const given = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const authority = given.get("host") ?? target.authority;
  const scheme = target.tls ? "https" : "http";
  const fields = [":method", method, ":scheme", scheme, ":authority", authority, ":path", target.path];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!DROPPED.has(lower) && (lower !== "te" || value === "trailers")) fields.push(lower, octets(value));
  }
  const expectsBody = method === "POST" || method === "PUT" || method === "PATCH";
  if ((expectsBody || body !== undefined) && !given.has("content-length")) {
    fields.push("content-length", String(body?.length ?? 0));
  }
  return fields;
}

/** As typed in a terminal: UTF-8, an octet a character. */
function octets(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
