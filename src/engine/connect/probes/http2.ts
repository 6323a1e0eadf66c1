/**
 * HTTP/2 (RFC 9113) by node:http2 over the wire's stream: after ALPN, or by prior knowledge without TLS. The session
 * lives as long as its stream, so that a second request goes over the same one.
 */
import type { Buffer } from "node:buffer";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import { NetkitError, systemCodeOf, wrapSystemError } from "../../../core/errors.ts";
import type { ProbeFacts } from "../result.ts";
import { requestFields, shownFields } from "./http-fields.ts";
import { MAX_BODY_BYTES } from "./http1.ts";
import { ObservedStream } from "./observed-stream.ts";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import {
  broken,
  cutShort,
  notTheProtocol,
  type Peer,
  peerOf,
  refused,
  silent,
  tlsExpected,
  tooLarge,
  wordsOfTls,
} from "./unexpected.ts";

interface Session {
  readonly session: ClientHttp2Session;
  /** Only where nobody promised that HTTP/2 would come back. */
  readonly observed: ObservedStream | undefined;
  /** The session's own end, which its streams may not tell. */
  failure: Error | undefined;
}

const SESSIONS = new WeakMap<Duplex, Session>();
/** Header bytes that we take, told by SETTINGS and held by nghttp2. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Fields of a connection, which HTTP/2 does not have (RFC 9113 section 8.2.2). */
const OF_CONNECTIONS = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade|host)$/i;
/** RFC 9113 section 3.4, without which it is not HTTP/2. */
const SETTINGS_TYPE = 4;

export const http2: Probe = {
  id: "http2",
  protocol: "http",
  greets: false,
  reusable: true,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "HTTP/2");
    if (wire.secured && wire.alpn !== "h2") {
      throw refused(
        peer,
        "UPGRADE_",
        "did not agree to HTTP/2",
        undefined,
        "leave --http away, or use --http 1.1: the server's TLS does not offer h2 (ALPN)",
      );
    }
    const session = SESSIONS.get(wire.stream) ?? begin(wire, plan);
    return ask(session, wire, plan, peer);
  },
};

function begin(wire: ProbeWire, plan: ProbePlan): Session {
  const observed = wire.alpn === "h2" ? undefined : new ObservedStream(wire.stream);
  const session = connect(`${wire.secured ? "https" : "http"}://${plan.endpoint.authority}`, {
    createConnection: () => observed ?? wire.stream,
    settings: { enablePush: false, maxHeaderListSize: MAX_HEADER_BYTES },
  });
  const held: Session = { session, observed, failure: undefined };
  // Kept for who asks next: between requests nobody listens, and an error must not end the process.
  session.on("error", (error) => {
    held.failure ??= error;
  });
  session.on("goaway", (code) => {
    if (code !== constants.NGHTTP2_NO_ERROR) wire.note(`GOAWAY: ${codeName(code)}`);
  });
  SESSIONS.set(wire.stream, held);
  return held;
}

function ask(held: Session, wire: ProbeWire, plan: ProbePlan, peer: Peer): Promise<ProbeFacts> {
  const { method, body } = plan.request;
  return new Promise((resolve, reject) => {
    let request: ClientHttp2Stream;
    try {
      request = held.session.request(fieldsOf(wire, plan), { endStream: body === undefined });
    } catch (error) {
      reject(explained(held, peer, error, false));
      return;
    }
    let facts: Extract<ProbeFacts, { kind: "http" }> | undefined;
    let bodyBytes = 0;
    let sent = false;
    const markSent = (): void => {
      if (!sent) wire.mark("sent");
      sent = true;
    };
    wire.note(`HEADERS: ${method} ${plan.endpoint.path}`);
    if (body === undefined) markSent();
    else request.end(body, markSent);

    request.on("response", (headers) => {
      markSent();
      wire.mark("first-byte");
      facts = factsOf(headers);
      wire.note(`HEADERS: ${facts.status}`);
    });
    request.on("data", (chunk: Buffer) => {
      bodyBytes += chunk.length;
      if (bodyBytes > MAX_BODY_BYTES) {
        reject(tooLarge(peer, `a body of more than ${MAX_BODY_BYTES} bytes`));
        request.close(constants.NGHTTP2_CANCEL);
      }
    });
    request.once("error", (error) => reject(explained(held, peer, error, facts !== undefined)));
    request.once("close", () => {
      if (facts !== undefined && request.readableEnded) resolve({ ...facts, bodyBytes });
      else reject(explained(held, peer, held.failure, facts !== undefined));
    });
  });
}

function fieldsOf(wire: ProbeWire, plan: ProbePlan): OutgoingHttpHeaders {
  const { endpoint, request } = plan;
  const fields: OutgoingHttpHeaders = {
    ":method": request.method,
    ":path": endpoint.path,
    ":scheme": wire.secured ? "https" : "http",
    ":authority": endpoint.authority,
  };
  for (const [name, value] of requestFields(plan)) {
    if (name.toLowerCase() === "host") fields[":authority"] = value;
    if (OF_CONNECTIONS.test(name)) continue;
    const key = name.toLowerCase();
    const earlier = fields[key];
    fields[key] = earlier === undefined ? value : [earlier, value].flat().map(String);
  }
  return fields;
}

function factsOf(
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
): Extract<ProbeFacts, { kind: "http" }> {
  const fields = Object.entries(headers)
    .filter(([name]) => !name.startsWith(":"))
    .flatMap(([name, value]) => [value ?? ""].flat().map((one) => [name, one] as const));
  return {
    kind: "http",
    version: "2",
    status: headers[":status"] ?? 0,
    // HTTP/2 has none (RFC 9113 section 8.3.2).
    reason: "",
    headers: shownFields(fields),
    bodyBytes: 0,
  };
}

/** What an error of the library, or an end without one, means. */
function explained(held: Session, peer: Peer, thrown: unknown, begun: boolean): Error {
  const error = held.failure ?? thrown;
  if (error instanceof NetkitError) return error;
  const first = held.observed?.first;
  if (first !== undefined && first.length > 0 && !isSettings(first)) {
    const words = wordsOfTls(first.toString("latin1"));
    return words === undefined ? notTheProtocol(peer, first) : tlsExpected(peer, words);
  }
  const code = systemCodeOf(error);
  const words = error instanceof Error ? error.message : undefined;
  if (code === "ERR_HTTP2_STREAM_ERROR" || code === "ERR_HTTP2_SESSION_ERROR") {
    return refused(
      peer,
      "",
      code === "ERR_HTTP2_STREAM_ERROR" ? "gave the stream up" : "gave the session up",
      words,
      "look at the server's log; --http 1.1 shows whether it is about HTTP/2",
    );
  }
  if (code === "ERR_HTTP2_ERROR") return broken(peer, words ?? "a protocol error", "RFC 9113");
  if (
    error === undefined ||
    code?.startsWith("ERR_HTTP2") === true ||
    code === "ERR_STREAM_PREMATURE_CLOSE"
  ) {
    return begun ? cutShort(peer, "its stream had begun and did not end") : silent(peer);
  }
  return wrapSystemError(error, "read the answer of", peer.subject);
}

/** Three bytes of length, then the type of the frame. */
function isSettings(bytes: Buffer): boolean {
  return bytes.length < 4 ? bytes[0] === 0 : bytes[3] === SETTINGS_TYPE;
}

function codeName(code: number): string {
  const names = Object.entries(constants).filter(([name]) => /^NGHTTP2_[A-Z_]+$/.test(name));
  const known = names.find(([name, value]) => value === code && !/_(FLAG|SETTINGS|STREAM_STATE)_/.test(name));
  return known?.[0].replace("NGHTTP2_", "") ?? String(code);
}
