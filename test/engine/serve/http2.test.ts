// HTTP/2 in serve on real sockets: node:http2 as the client of everyday, then every case of the catalogue, then peers
// that mean harm, then limits and drains.
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http2 from "node:http2";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ERROR, FRAME } from "../../../src/core/framing/http2/codes.ts";
import { encodeHeaderBlock } from "../../../src/core/framing/http2/hpack/encoder.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { CASES } from "../../core/framing/http2/catalogue.ts";
import { frame, Http2Client, hex, OPENING } from "../../support/http2-client.ts";
import { get as getOne, parse, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

interface Answer {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
}

async function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: Buffer | readonly Buffer[],
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  let answered: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
  stream.on("response", (fields) => {
    answered = fields;
  });
  if (body !== undefined) Readable.from(Buffer.isBuffer(body) ? [body] : body).pipe(stream);
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { status: answered[":status"] ?? 0, headers: answered, body: Buffer.concat(pieces) };
}

const block = (path: string, ...fields: string[]): Buffer =>
  encodeHeaderBlock([":method", "GET", ":scheme", "http", ":path", path, ":authority", "a", ...fields]);
const request = (id: number, path: string, flags = 5): Buffer => frame(FRAME.headers, flags, id, block(path));
const post = (id: number, path: string): Buffer =>
  frame(FRAME.headers, 4, id, encodeHeaderBlock([":method", "POST", ":scheme", "http", ":path", path]));

describe("a client of node's", () => {
  let server: RunningServer;
  let session: http2.ClientHttp2Session;

  beforeEach(async () => {
    server = await serve("h2c");
    session = http2.connect(`http://127.0.0.1:${server.listeners[0]!.port}`);
    session.on("error", () => {});
  });
  afterEach(async () => {
    session.destroy();
    await server.close();
  });

  test("gets every path that HTTP/1.1 has", async () => {
    expect(await ask(session, { ":path": "/" })).toMatchObject({
      status: 200,
      headers: { "content-type": "text/plain; charset=utf-8", "content-length": "13" },
      body: Buffer.from("hello, world\n"),
    });
    for (const [path, status] of [
      ["/status/503", 503],
      ["/status/204", 204],
      ["/nothing", 404],
      ["/redirect/2", 302],
      ["/basic-auth/ada/secret", 401],
      ["/delay/5ms", 200],
      ["/ws", 426],
      ["/%zz", 400],
    ] as const) {
      expect([path, (await ask(session, { ":path": path })).status]).toEqual([path, status]);
    }
    const lines = await ask(session, { ":path": "/stream/3?every=5ms" });
    expect(lines.body.toString().split("\n")).toHaveLength(4);
    const drip = await ask(session, { ":path": "/drip?bytes=500&over=30ms" });
    expect(drip.body).toHaveLength(500);
    const none = await ask(session, { ":path": "/status/204" });
    expect(none.headers).not.toHaveProperty("content-length");
    expect((await ask(session, { ":path": "/ws" })).headers).not.toHaveProperty("upgrade");
  });

  test("is told of its own request, cookies put together", async () => {
    const { body } = await ask(session, { ":path": "/headers?a=b", cookie: ["a=1", "b=2"], "x-mine": "yes" });
    const told = JSON.parse(body.toString());
    expect(told).toMatchObject({ method: "GET", target: "/headers?a=b", version: "2" });
    expect(new Map(told.headers)).toEqual(
      new Map([
        ["host", `127.0.0.1:${server.listeners[0]!.port}`],
        ["cookie", "a=1; b=2"],
        ["x-mine", "yes"],
      ]),
    );
  });

  test("HEAD has the length and no content", async () => {
    for (const path of ["/", "/bytes/100KiB"]) {
      const { status, headers, body } = await ask(session, { ":method": "HEAD", ":path": path });
      expect([status, body.length]).toEqual([200, 0]);
      expect(headers["content-length"]).toBe(path === "/" ? "13" : "102400");
    }
  });

  test("OPTIONS and methods that a path does not take", async () => {
    expect(await ask(session, { ":method": "OPTIONS", ":path": "/" })).toMatchObject({
      status: 204,
      headers: { allow: "GET, HEAD, OPTIONS" },
    });
    expect((await ask(session, { ":method": "OPTIONS", ":path": "*" })).status).toBe(204);
    expect((await ask(session, { ":method": "POST", ":path": "/" }, Buffer.from("ignored"))).status).toBe(
      405,
    );
  });

  test("uploads and downloads megabytes through small windows, several at once", async () => {
    const content = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 253));
    const sha256 = createHash("sha256").update(content).digest("hex");
    const pieces = Array.from({ length: 30 }, (_, at) => content.subarray(at * 100_000, (at + 1) * 100_000));
    const [uploaded, echoed, downloaded, prepared] = await Promise.all([
      ask(session, { ":method": "POST", ":path": "/upload" }, pieces),
      ask(session, { ":method": "POST", ":path": "/echo" }, pieces),
      ask(session, { ":path": "/bytes/5MiB" }),
      ask(session, { ":path": "/bytes/16000" }),
    ]);
    expect(JSON.parse(uploaded!.body.toString())).toEqual({ bytes: content.length, sha256 });
    expect(createHash("sha256").update(echoed!.body).digest("hex")).toBe(sha256);
    expect(downloaded!.body.length).toBe(5 * 1024 * 1024);
    expect([0, 250, 251, 5_000_000].map((at) => downloaded!.body[at])).toEqual([0, 250, 0, 5_000_000 % 251]);
    expect(prepared!.body).toHaveLength(16_000);
  });

  test("Expect: 100-continue is answered before the body comes", async () => {
    const stream = session.request({ ":method": "POST", ":path": "/echo", expect: "100-continue" });
    await once(stream, "continue");
    stream.end("body");
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces).toString()).toBe("body");
  });

  test("a body that nobody wants is refused without being waited for", async () => {
    const stream = session.request({ ":method": "POST", ":path": "/nothing", "content-length": "1000000" });
    stream.on("error", () => {});
    const [answer] = await once(stream, "response");
    expect(answer[":status"]).toBe(404);
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(ERROR.noError);
    expect((await ask(session, { ":path": "/" })).status).toBe(200);
  });

  test("cancels a request, and the others go on", async () => {
    const hanging = session.request({ ":path": "/hang" });
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    hanging.close(http2.constants.NGHTTP2_CANCEL);
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(0);
    expect((await ask(session, { ":path": "/" })).status).toBe(200);
  });

  test("/close ends the connection in good order, /reset with a reset", async () => {
    const closing = session.request({ ":path": "/close" });
    closing.on("error", () => {});
    await once(session, "close");
    const second = http2.connect(`http://127.0.0.1:${server.listeners[0]!.port}`);
    const failed = once(second, "error");
    second.request({ ":path": "/reset" }).on("error", () => {});
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  });
});

test("over TLS the client chooses the version by ALPN, unless the listener has one", async () => {
  await using server = await serve("https");
  const { port } = server.listeners[0]!;
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  expect((await ask(session, { ":path": "/" })).status).toBe(200);
  expect(session.alpnProtocol).toBe("h2");
  session.destroy();
  expect(parse(await talk(server, getOne("/"))).status).toBe(200);
});

test("a client of HTTP/1.1 is told so in words it understands", async () => {
  await using server = await serve("h2c");
  const answer = parse(await talk(server, getOne("/")));
  expect([answer.status, answer.body]).toEqual([505, expect.stringContaining("HTTP/2")]);
  expect((await server.stats()).violations).toEqual({ "http2-preface": 1 });
});

test("requests of HTTP/2 count as those of HTTP/1.1 do", async () => {
  await using server = await serve("h2c");
  using client = await Http2Client.to(server);
  client.send(OPENING, request(1, "/"), request(3, "/delay/1ms"), request(5, "/nothing"));
  await client.untilTrue(() => [1, 3, 5].every((id) => client.of(FRAME.headers, id).length === 1));
  const { requests } = await server.stats();
  expect(requests).toMatchObject({ total: 3, inFlight: 0 });
});

describe("the catalogue", () => {
  let server: RunningServer;

  beforeEach(async () => {
    server = await serve("h2c");
  });
  afterEach(() => server.close());

  test.each(CASES)("$section: $name", async ({ hex: frames, expected }) => {
    using client = await Http2Client.to(server);
    client.send(OPENING, frames);
    switch (expected.kind) {
      case "connection":
        await client.untilEnd();
        expect(client.goawayCode).toBe(expected.code);
        return;
      case "stream": {
        // A stream that was answered is gone: then it is the connection that ends (as h2spec has it).
        await client.untilTrue(() => client.ended || client.of(FRAME.rstStream).length > 0);
        const reset = client.of(FRAME.rstStream)[0]?.payload.readUInt32BE(0);
        expect(reset ?? client.goawayCode).toBe(expected.code);
        return;
      }
      case "answered":
        await client.untilTrue(() => client.of(FRAME.headers).length > 0);
        client.send(frame(FRAME.ping, 0, 0, "0102030405060708"));
        await client.untilTrue(() =>
          client
            .of(FRAME.ping)
            .some(({ flags, payload }) => flags === 1 && payload.equals(hex("0102030405060708"))),
        );
        expect(client.of(FRAME.goaway)).toEqual([]);
    }
  });

  test("a wrong preface ends it", async () => {
    using client = await Http2Client.to(server);
    client.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"));
    await client.untilEnd();
    expect(client.goawayCode).toBe(ERROR.protocol);
  });

  test("our SETTINGS come first, and theirs are acknowledged", async () => {
    using client = await Http2Client.to(server);
    client.send(OPENING);
    await client.untilTrue(() => client.of(FRAME.settings).length === 2);
    expect(client.frames[0]).toMatchObject({ type: FRAME.settings, flags: 0 });
    expect(client.of(FRAME.settings)[1]).toMatchObject({ flags: 1, id: 0 });
  });

  test("a request split at every octet is answered alike", async () => {
    const bytes = Buffer.concat([OPENING, request(1, "/status/201")]);
    for (let split = 1; split < bytes.length; split++) {
      using client = await Http2Client.to(server);
      client.send(bytes.subarray(0, split));
      await new Promise((resolve) => setTimeout(resolve, 1));
      client.send(bytes.subarray(split));
      await client.until(FRAME.headers, 1);
      expect([split, client.statusOf(1)]).toEqual([split, 201]);
    }
  });
});

describe("windows", () => {
  /** SETTINGS_INITIAL_WINDOW_SIZE of this. */
  const window = (size: number): Buffer =>
    frame(FRAME.settings, 0, 0, `0004${size.toString(16).padStart(8, "0")}`);

  test("an answer waits for its window, and not a byte beyond it is sent", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, window(5), request(1, "/"), request(3, "/bytes/100KiB"));
    await client.untilTrue(() => client.contentOf(1).length === 5 && client.contentOf(3).length === 5);
    client.send(frame(FRAME.windowUpdate, 0, 1, "00000003"));
    await client.untilTrue(() => client.contentOf(1).length === 8);
    // A larger initial window is a difference for streams that are open (section 6.9.2).
    client.send(window(10));
    await client.untilTrue(() => client.contentOf(1).length === 13 && client.contentOf(3).length === 10);
    expect(client.contentOf(1).toString()).toBe("hello, world\n");
    expect(client.of(FRAME.data, 1).at(-1)!.flags).toBe(1);
    client.send(frame(FRAME.windowUpdate, 0, 3, "000f0000"));
    // The connection has a window, too.
    await client.untilTrue(() => client.contentOf(3).length === 65_535 - 13);
    client.send(frame(FRAME.windowUpdate, 0, 0, "000f0000"));
    await client.untilTrue(() => client.contentOf(3).length === 102_400);
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(0);
  });

  test("a window that goes below zero is made up for first", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, window(100), request(1, "/bytes/1000"));
    await client.untilTrue(() => client.contentOf(1).length === 100);
    client.send(window(10), frame(FRAME.windowUpdate, 0, 1, "0000005a"));
    client.send(frame(FRAME.ping, 0, 0, "0000000000000001"));
    await client.until(FRAME.ping);
    expect(client.contentOf(1)).toHaveLength(100);
    client.send(frame(FRAME.windowUpdate, 0, 1, "00000001"));
    await client.untilTrue(() => client.contentOf(1).length === 101);
  });

  test("frames are no larger than the client takes them", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, request(1, "/bytes/60000"));
    await client.untilTrue(() => client.contentOf(1).length === 60_000);
    for (const { payload } of client.of(FRAME.data, 1)) expect(payload.length).toBeLessThanOrEqual(16_384);
  });

  test("a client that never opens its window is given up, and holds no more than its windows", async () => {
    await using server = await serve("h2c", { sendTimeoutMs: 300 });
    using client = await Http2Client.to(server);
    const streams = Array.from({ length: 100 }, (_, at) => request(2 * at + 1, "/bytes/10MiB"));
    client.send(OPENING, window(0), ...streams);
    await client.untilTrue(() => client.of(FRAME.rstStream).length === 100);
    expect(client.of(FRAME.data)).toEqual([]);
    expect((await server.stats()).limits).toEqual({ "send-timeout": 100 });
    client.send(request(201, "/status/204"));
    await client.until(FRAME.headers, 201);
  });

  test("a body that its handler does not take stops at the window", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    // /echo cannot send, so it stops reading: WINDOW_UPDATE for no more than it has taken.
    client.send(OPENING, window(0), post(1, "/echo"));
    const piece = frame(FRAME.data, 0, 1, Buffer.alloc(16_000));
    for (let at = 0; at < 16; at++) client.send(piece);
    client.send(frame(FRAME.ping, 0, 0, "0000000000000001"));
    await client.until(FRAME.ping);
    expect(client.of(FRAME.windowUpdate, 1)).toEqual([]);
    client.send(piece);
    await client.until(FRAME.rstStream, 1);
    expect(client.of(FRAME.rstStream, 1)[0]!.payload.readUInt32BE(0)).toBe(ERROR.flowControl);
  });
});

describe("peers that mean harm", () => {
  test.each([
    ["rapid reset", (id: number) => [request(id, "/hang"), frame(FRAME.rstStream, 0, id, "00000008")]],
    ["streams that we must reset", (id: number) => [request(id, "")]],
    ["PING", () => [frame(FRAME.ping, 0, 0, "0000000000000000")]],
    ["SETTINGS", () => [frame(FRAME.settings, 0, 0)]],
    ["empty DATA", (id: number) => [...(id === 1 ? [post(1, "/upload")] : []), frame(FRAME.data, 0, 1)]],
    ["PRIORITY", () => [frame(FRAME.priority, 0, 1, "0000000000")]],
  ])("a flood of %s ends with ENHANCE_YOUR_CALM", async (_name, each) => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING);
    for (let id = 1; id < 4000; id += 2) client.send(...each(id));
    await client.untilEnd();
    expect(client.goawayCode).toBe(ERROR.enhanceYourCalm);
    expect((await server.stats()).requests.inFlight).toBe(0);
    // The next one is served.
    using other = await Http2Client.to(server);
    other.send(OPENING, request(1, "/"));
    await other.until(FRAME.data, 1);
  });

  test("a header block without end, in many CONTINUATIONs or in few large ones", async () => {
    await using server = await serve("h2c");
    for (const size of [1, 16_000]) {
      using client = await Http2Client.to(server);
      client.send(OPENING, frame(FRAME.headers, 0, 1, block("/")));
      for (let at = 0; at < 50; at++) client.send(frame(FRAME.continuation, 0, 1, Buffer.alloc(size)));
      await client.untilEnd();
      expect(client.goawayCode).toBe(ERROR.enhanceYourCalm);
    }
  });

  test("an HPACK bomb", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    // One entry of 4,000 octets, then asked for 10,000 times.
    const entry = Buffer.concat([hex("4001617f a11e"), Buffer.alloc(4000, 0x62)]);
    client.send(
      OPENING,
      frame(FRAME.headers, 5, 1, Buffer.concat([hex("828684"), entry, Buffer.alloc(10_000, 0xbe)])),
    );
    await client.untilEnd();
    expect(client.goawayCode).toBe(ERROR.enhanceYourCalm);
  });

  test("more streams than SETTINGS allow are refused, and may be sent again", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING);
    for (let at = 0; at < 140; at++) client.send(request(2 * at + 1, "/delay/150ms"));
    await client.untilTrue(() => client.of(FRAME.headers).length === 128);
    const refused = client.of(FRAME.rstStream);
    expect(refused).toHaveLength(12);
    for (const { payload } of refused) expect(payload.readUInt32BE(0)).toBe(ERROR.refusedStream);
  });

  test("who asks in hundreds and does not read is owed no more than its streams", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.socket.pause();
    client.send(
      OPENING,
      frame(FRAME.settings, 0, 0, "00047fffffff"),
      frame(FRAME.windowUpdate, 0, 0, "7fff0000"),
    );
    const asked = Array.from({ length: 250 }, (_, at) => 2 * at + 1);
    client.send(...asked.map((id) => request(id, "/bytes/16000")));
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.socket.resume();
    const ended = (): number =>
      client.of(FRAME.rstStream).length + client.of(FRAME.data).filter(({ flags }) => flags === 1).length;
    await client.untilTrue(() => ended() === asked.length || client.ended);
    expect(client.of(FRAME.rstStream).length).toBeGreaterThan(0);
    for (const { payload } of client.of(FRAME.rstStream)) {
      expect(payload.readUInt32BE(0)).toBe(ERROR.refusedStream);
    }
    const answered = client.of(FRAME.headers).map(({ id }) => id);
    for (const id of answered) expect(client.contentOf(id).length).toBe(16_000);
  });

  test("a reader that stops is not read, and is given up in the end", async () => {
    await using server = await serve("h2c", { sendTimeoutMs: 1000 });
    using client = await Http2Client.to(server);
    client.socket.pause();
    client.send(
      OPENING,
      frame(FRAME.settings, 0, 0, "00047fffffff"),
      frame(FRAME.windowUpdate, 0, 0, "7fff0000"),
    );
    for (let id = 1; id < 20; id += 2) client.send(request(id, "/bytes/1GiB"));
    await expect.poll(async () => (await server.stats()).limits["send-timeout"], { timeout: 8000 }).toBe(1);
    const { bytes } = await server.stats();
    expect(bytes.sent).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("limits", () => {
  test("header fields", async () => {
    await using server = await serve("h2c", { maxHeaderBytes: 2000, maxHeaders: 20 });
    using client = await Http2Client.to(server);
    const many = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? "a" : "b"));
    client.send(
      OPENING,
      frame(FRAME.headers, 5, 1, block("/", "x-long", "a".repeat(3000))),
      frame(FRAME.headers, 5, 3, block("/", ...many)),
      request(5, "/"),
    );
    await client.until(FRAME.headers, 5);
    expect([1, 3, 5].map((id) => client.statusOf(id))).toEqual([431, 431, 200]);
    expect((await server.stats()).limits).toEqual({ "header-bytes": 1, headers: 1 });
  });

  test("a body, by its length or when it gets there", async () => {
    await using server = await serve("h2c", { maxBodyBytes: 10 });
    using client = await Http2Client.to(server);
    const long = encodeHeaderBlock([
      ...[":method", "POST", ":scheme", "http", ":path", "/upload", "content-length", "11"],
    ]);
    client.send(OPENING, frame(FRAME.headers, 4, 1, long), post(3, "/upload"));
    client.send(frame(FRAME.data, 0, 3, Buffer.alloc(11)));
    await client.until(FRAME.headers, 3);
    expect([1, 3].map((id) => client.statusOf(id))).toEqual([413, 413]);
    expect((await server.stats()).limits).toEqual({ "body-bytes": 2 });
  });

  test("requests in flight", async () => {
    await using server = await serve("h2c", { maxInFlight: 2 });
    using client = await Http2Client.to(server);
    client.send(
      OPENING,
      request(1, "/hang"),
      request(3, "/delay/50ms"),
      request(5, "/hang"),
      request(7, "/"),
    );
    await client.untilTrue(() => [3, 5, 7].every((id) => client.of(FRAME.headers, id).length > 0));
    client.send(request(9, "/delay/1ms"));
    await client.until(FRAME.headers, 9);
    expect([5, 7, 3, 9].map((id) => client.statusOf(id))).toEqual([503, 200, 200, 200]);
    expect((await server.stats()).limits).toEqual({ "in-flight": 1 });
  });

  test.each([
    ["a frame", Buffer.from([0, 0, 20, 1])],
    ["HEADERS", frame(FRAME.headers, 5, 1, block("/")).subarray(0, 12)],
    ["a block of several frames", frame(FRAME.headers, 1, 1, block("/"))],
  ])("%s that never ends", async (_name, begun) => {
    await using server = await serve("h2c", { headerTimeoutMs: 200 });
    using client = await Http2Client.to(server);
    client.send(OPENING, begun);
    await client.untilEnd();
    expect((await server.stats()).limits).toEqual({ "header-timeout": 1 });
  });

  test("a body that comes too slowly", async () => {
    await using server = await serve("h2c", { stallTimeoutMs: 200 });
    using client = await Http2Client.to(server);
    client.send(OPENING, post(1, "/upload"), post(3, "/upload"));
    const feeding = setInterval(() => client.send(frame(FRAME.data, 0, 3, Buffer.alloc(1000))), 20);
    await client.until(FRAME.headers, 1);
    clearInterval(feeding);
    client.send(frame(FRAME.data, 1, 3, ""));
    await client.until(FRAME.headers, 3);
    expect([1, 3].map((id) => client.statusOf(id))).toEqual([408, 200]);
    expect((await server.stats()).limits).toEqual({ "stall-timeout": 1 });
  });

  test("silence", async () => {
    await using server = await serve("h2c", { idleTimeoutMs: 300 });
    using client = await Http2Client.to(server);
    client.send(OPENING, request(1, "/"), request(3, "/delay/500ms"));
    // A stream that is under way is no silence.
    await client.until(FRAME.headers, 3);
    await client.untilEnd();
    expect(client.goawayCode).toBe(ERROR.noError);
    expect((await server.stats()).limits).toEqual({ "idle-timeout": 1 });
  });
});

describe("a drain", () => {
  test("finishes what was begun and what was on its way, says GOAWAY, and reports it", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    using idle = await Http2Client.to(server);
    client.send(OPENING, request(1, "/delay/800ms"), post(3, "/upload"));
    idle.send(OPENING);
    await idle.until(FRAME.settings);
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(2);
    const draining = server.drain(5000);
    const announced = await client.until(FRAME.goaway);
    expect(announced.payload.readUInt32BE(0)).toBe(0x7fffffff);
    client.send(request(5, "/status/202"), frame(FRAME.data, 1, 3, "61"));
    await client.untilEnd();
    expect([5, 3, 1].map((id) => client.statusOf(id))).toEqual([202, 200, 200]);
    expect(client.of(FRAME.goaway).map(({ payload }) => payload.readUInt32BE(0))).toContain(5);
    client.socket.destroy();
    await idle.untilEnd();
    idle.socket.destroy();
    expect(await draining).toMatchObject({ finished: 3, cut: 0, idleClosed: 1 });
  });

  test("a client that does not hear is shut out when the time of grace is over", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, request(1, "/"));
    await client.until(FRAME.headers, 1);
    const draining = server.drain(5000);
    let id = 3;
    const asking = setInterval(() => {
      client.send(request(id, "/"));
      id += 2;
    }, 20);
    await client.untilEnd();
    clearInterval(asking);
    client.socket.destroy();
    expect(await draining).toMatchObject({ cut: 0 });
  });

  test("counts what is cut", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, request(1, "/hang"), request(3, "/hang"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(2);
    expect(await server.drain(100)).toMatchObject({ finished: 0, cut: 2 });
  });

  test("a half-closed client gets its answers", async () => {
    await using server = await serve("h2c");
    using client = await Http2Client.to(server);
    client.send(OPENING, request(1, "/delay/50ms"), request(3, "/bytes/20000"));
    client.socket.end();
    await client.untilEnd();
    expect(client.contentOf(3)).toHaveLength(20_000);
    expect(client.of(FRAME.data, 1).at(-1)!.flags).toBe(1);
  });
});
