// What the client session makes of a peer's GOAWAY, REFUSED_STREAM, 1xx and MAX_CONCURRENT_STREAMS.
import { expect, test } from "vitest";
import { FrameSink } from "../../../../src/core/framing/http2/frame-sink.ts";
import { encodeHeaderBlock } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import { CLIENT_LIMITS } from "../../../../src/core/framing/http2/limits.ts";
import { Session } from "../../../../src/core/framing/http2/session.ts";
import { BY_PEER, NOT_PROCESSED } from "../../../../src/core/framing/http2/session-sender.ts";

const GET = encodeHeaderBlock([":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"]);
const SETTINGS = "000000040000000000";

/** A client with `requests` streams open, and what it heard of the frames. */
function hear(frames: string, requests: number) {
  const heard: (string | number)[][] = [];
  const client = new Session(
    "client",
    {
      headers: (id, _block, end) => heard.push(["headers", id, String(end)]),
      interim: (id) => heard.push(["interim", id]),
      data() {},
      trailers() {},
      failed: (id, code, why) => heard.push(["failed", id, code, why]),
      writable() {},
      settings() {},
      goaway: (last, code) => heard.push(["goaway", last, code]),
      pong() {},
    },
    new FrameSink(),
    CLIENT_LIMITS,
  );
  for (let i = 0; i < requests; i++) client.request(GET, true);
  const bytes = Buffer.from((SETTINGS + frames).replaceAll(" ", ""), "hex");
  expect(client.receive(bytes, 0, bytes.length)).toBeNull();
  return { heard, client };
}

test("GOAWAY gives back the streams above its last one as not processed", () => {
  const { heard, client } = hear("000008070000000000 00000001 00000000", 2);
  expect(heard).toEqual([
    ["goaway", 1, 0],
    ["failed", 3, 0, NOT_PROCESSED],
  ]);
  expect([client.active, client.capacity]).toEqual([1, 0]);
});

test("REFUSED_STREAM may be sent again, CANCEL may not", () => {
  const { heard } = hear("000004030000000001 00000007 000004030000000003 00000008", 2);
  expect(heard).toEqual([
    ["failed", 1, 7, NOT_PROCESSED],
    ["failed", 3, 8, BY_PEER],
  ]);
});

test("a 1xx comes before the final response", () => {
  const { heard, client } = hear("000005010400000001 0803313030 000001010500000001 89", 1);
  expect(heard).toEqual([
    ["interim", 1],
    ["headers", 1, "true"],
  ]);
  expect(client.active).toBe(0);
});

test("the peer's MAX_CONCURRENT_STREAMS bounds requests", () => {
  const { client } = hear("000006040000000000 000300000002", 1);
  expect([client.capacity, client.request(GET, true), client.request(GET, true)]).toEqual([1, 3, 0]);
});
