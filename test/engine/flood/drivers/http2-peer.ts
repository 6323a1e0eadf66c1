// The server's side of HTTP/2 for tests of flood's client: a session of our own, and what a script needs to be rude with it.
import { Buffer } from "node:buffer";
import { FrameSink } from "../../../../src/core/framing/http2/frame-sink.ts";
import { encodeHeaderBlock } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import {
  CLIENT_LIMITS,
  SERVER_LIMITS,
  type SessionLimits,
} from "../../../../src/core/framing/http2/limits.ts";
import { Session } from "../../../../src/core/framing/http2/session.ts";
import type { SessionEvents } from "../../../../src/core/framing/http2/session-sender.ts";
import type { PeerCodec } from "./conformance.ts";

const NOTHING = (): void => {};
const BODY = Buffer.from("hello");
const HEAD = encodeHeaderBlock([":status", "200", "content-length", String(BODY.length)]);

function deaf(over: Partial<SessionEvents>): SessionEvents {
  const nothing = { headers: NOTHING, interim: NOTHING, data: NOTHING, trailers: NOTHING, failed: NOTHING };
  return { ...nothing, writable: NOTHING, settings: NOTHING, goaway: NOTHING, pong: NOTHING, ...over };
}

/** A request is the number of its stream, in four bytes. */
export class Http2Peer implements PeerCodec {
  readonly session: Session;
  /** Content of all requests, and what their heads said. */
  content = Buffer.alloc(0);
  readonly heads: (readonly string[])[] = [];
  #asked: Buffer[] = [];

  /** @param whole a request counts once its content is complete; else once its head is there */
  constructor(limits: Partial<SessionLimits> = {}, whole = true) {
    const ask = (id: number): void => {
      const request = Buffer.alloc(4);
      request.writeUInt32BE(id);
      this.#asked.push(request);
    };
    const events = deaf({
      headers: (id, block, ends) => {
        this.heads.push(block.fields);
        if (ends || !whole) ask(id);
      },
      data: (id, buffer, start, end, ends) => {
        this.content = Buffer.concat([this.content, buffer.subarray(start, end)]);
        if (ends && whole) ask(id);
      },
    });
    this.session = new Session("server", events, new FrameSink(), { ...SERVER_LIMITS, ...limits });
  }

  take(chunk: Buffer): { greeting: Buffer; requests: Buffer[] } {
    this.#asked = [];
    const wrong = this.session.receive(chunk, 0, chunk.length);
    if (wrong !== null) throw new Error(wrong.why);
    return { greeting: this.written(), requests: this.#asked };
  }

  answer(request: Buffer): Buffer {
    const id = request.readUInt32BE();
    this.session.respond(id, HEAD, false);
    this.session.sendData(id, BODY, 0, BODY.length, true);
    return this.written();
  }

  /** What the session has to say since the last time. */
  written(): Buffer {
    return this.session.sink.take();
  }
}

/** What a client writes that sends so many requests at once. */
export function http2Requests(count: number): Buffer {
  const session = new Session("client", deaf({}), new FrameSink(), CLIENT_LIMITS);
  const block = encodeHeaderBlock([":method", "GET", ":scheme", "http", ":authority", "peer", ":path", "/"]);
  for (let i = 0; i < count; i++) session.request(block, true);
  return session.sink.take();
}
