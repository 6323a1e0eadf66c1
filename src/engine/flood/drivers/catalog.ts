/** The protocols that a flood speaks. A new one is one file and one line here. */
import { Buffer } from "node:buffer";
import { NetkitError } from "../../../core/errors.ts";
import { assertNever } from "../../../core/exhaustive.ts";
import { HeadMemo } from "../../../core/framing/http1/head-memo.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import type { FloodPlan, HttpVersion } from "../plan.ts";
import type { Protocol } from "./conversation.ts";
import { failureOf, type Loss } from "./driver.ts";
import { bindFanOut, fanOutUse } from "./fan-out.ts";
import type { FanOutTally } from "./fan-out-board.ts";
import { bindFrames, Framed } from "./framed.ts";
import { Handshake } from "./handshake.ts";
import { Http1 } from "./http1.ts";
import { encodeRequests } from "./http1-requests.ts";
import { Http2 } from "./http2.ts";
import { encodeHttp2Requests } from "./http2-requests.ts";
import { Raw } from "./raw.ts";
import { bindRequests } from "./request-book.ts";
import { Stream } from "./stream.ts";
import { WebSocketConversation } from "./websocket.ts";
import { bindMessages, MessageEcho } from "./websocket-echo.ts";

/** Who counts for nobody: a rehearsal's. */
const NO_TALLY: FanOutTally = { sent() {}, heard() {}, duplicate() {}, stray() {} };

/** What the connections of one thread share is made here, once. */
export function createProtocol(plan: FloodPlan, tally: FanOutTally = NO_TALLY): Protocol {
  const { protocol, depth, request, targets, connections } = plan;
  const payload = Buffer.from(request.body ?? []);
  const payloads = request.bodies?.map((body) => Buffer.from(body)) ?? [payload];
  switch (protocol.kind) {
    case "http":
      return http(plan, protocol.version);
    case "websocket": {
      const { text, echo, deflate, fanOut } = protocol;
      const opening = { target: targets[0], request, deflate };
      if (fanOut !== undefined) {
        const { markAt } = fanOut;
        const shared = bindFanOut({ payload, markAt, text, deflate, connections, depth }, tally);
        return (line, tell) => new WebSocketConversation(line, opening, fanOutUse(line, tell, shared));
      }
      const shared = bindMessages({ payloads, text, depth, echo, deflate });
      return (line, tell) => new WebSocketConversation(line, opening, new MessageEcho(line, tell, shared));
    }
    case "framed": {
      const { length, id, echo } = protocol;
      const shared = bindFrames({ length, payloads, depth, id, echo });
      return (line, tell) => new Framed(line, tell, shared);
    }
    case "raw": {
      const answer =
        protocol.answer.kind === "until"
          ? ({ kind: "until", terminator: Buffer.from(protocol.answer.terminator) } as const)
          : protocol.answer;
      const options = {
        book: bindRequests([payload], depth),
        answer,
        echo: protocol.echo ? payload : undefined,
      };
      return (line, tell) => new Raw(line, tell, options);
    }
    case "handshake":
      return (line, tell) => new Handshake(line, tell);
    case "stream":
      return (line, tell) => new Stream(line, tell, protocol.send ? payload : undefined);
    case "datagram":
      throw new TypeError("datagrams have a driver of their own");
    default:
      return assertNever(protocol);
  }
}

const NO_HTTP2: Loss = {
  kind: "failed",
  failure: failureOf(
    new NetkitError("tls", "NK_TLS_ALPN", "the server did not agree on HTTP/2", {
      why: "its TLS does not offer h2 (ALPN)",
      next: "leave --http away, or use --http 1.1",
    }),
  ),
};

/** HTTP/2 in clear is known beforehand; over TLS both sides agree on the version (RFC 9113 section 3). */
function http(plan: FloodPlan, version: HttpVersion): Protocol {
  if (version === "1.1") return http1(plan);
  if (!plan.targets[0].tls) return http2(plan);
  const first = version === "agreed" ? http1(plan) : () => NO_HTTP2;
  const second = http2(plan);
  return (line, tell, negotiated) => (negotiated === "h2" ? second : first)(line, tell, negotiated);
}

function http2(plan: FloodPlan): Protocol {
  const requests = encodeHttp2Requests(plan);
  return (line, tell) => new Http2(line, tell, requests);
}

function http1(plan: FloodPlan): Protocol {
  const options = {
    method: plan.request.method,
    memo: new HeadMemo<ResponseHead>(),
    book: encodeRequests(plan),
  };
  return (line, tell) => new Http1(line, tell, options);
}
