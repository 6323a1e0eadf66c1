// The session against the catalogue, against floods, and against node:http2 over a real socket.
import { once } from "node:events";
import * as http2 from "node:http2";
import { type AddressInfo, connect, createServer } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameSink } from "../../../../src/core/framing/http2/frame-sink.ts";
import { encodeHeaderBlock } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import { CLIENT_LIMITS, SERVER_LIMITS } from "../../../../src/core/framing/http2/limits.ts";
import { Session } from "../../../../src/core/framing/http2/session.ts";
import type { SessionEvents } from "../../../../src/core/framing/http2/session-sender.ts";
import { CASES } from "./catalogue.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const OPENING = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), hex("000000040000000000")]);
const silent: SessionEvents = {
  headers() {},
  interim() {},
  data() {},
  trailers() {},
  failed() {},
  writable() {},
  settings() {},
  goaway() {},
  pong() {},
};
const serverOf = (events: Partial<SessionEvents> = {}) =>
  new Session("server", { ...silent, ...events }, new FrameSink(), SERVER_LIMITS);

/** Feeds in pieces of `size`; a transcript of what came of it. */
function run(bytes: Buffer, size: number) {
  let ended = 0;
  const session = serverOf({
    headers(_id, _block, end) {
      if (end) ended++;
    },
    data(_id, _buffer, _start, _end, end) {
      if (end) ended++;
    },
    trailers() {
      ended++;
    },
  });
  let code = -1;
  for (let at = 0; at < bytes.length; at += size) {
    const wrong = session.receive(bytes, at, Math.min(bytes.length, at + size));
    if (wrong !== null) code = wrong.code;
  }
  const resets = [
    ...session.sink
      .take()
      .toString("hex")
      .matchAll(/00000403000000000\d000000(\d\d)/g),
  ];
  return { ended, code, reset: resets.length > 0 ? Number.parseInt(resets[0]![1]!, 16) : -1 };
}

test.each(CASES)("$section: $name", ({ hex: frames, expected }) => {
  const bytes = Buffer.concat([OPENING, hex(frames)]);
  const whole = run(bytes, bytes.length);
  if (expected.kind === "connection") expect(whole.code).toBe(expected.code);
  else if (expected.kind === "stream") expect(whole).toMatchObject({ code: -1, reset: expected.code });
  else expect(whole).toEqual({ ended: 1, code: -1, reset: -1 });
  for (let size = 1; size < bytes.length; size++) expect(run(bytes, size)).toEqual(whole);
});

test.each([
  ["PING", "0000080600000000000000000000000000"],
  ["SETTINGS", "000000040000000000"],
  ["WINDOW_UPDATE", "00000408000000000000000001"],
])("a flood of %s ends with ENHANCE_YOUR_CALM", (_name, frame) => {
  const bytes = Buffer.concat([OPENING, ...Array.from({ length: 1100 }, () => hex(frame))]);
  expect(serverOf().receive(bytes, 0, bytes.length)).toMatchObject({ code: 11 });
});

test("SETTINGS may move all windows thousands of times a frame, and cost one look at each stream", () => {
  const session = serverOf();
  const open = Array.from({ length: 100 }, (_, at) =>
    hex(`0000030104${(2 * at + 1).toString(16).padStart(8, "0")}828684`),
  );
  const turns = "000400000000 00047fff0000".replaceAll(" ", "").repeat(1365);
  const frame = hex(`003ffc040000000000${turns}`);
  const bytes = Buffer.concat([OPENING, ...open, ...Array.from({ length: 900 }, () => frame)]);
  const began = performance.now();
  expect(session.receive(bytes, 0, bytes.length)).toBeNull();
  expect(performance.now() - began).toBeLessThan(2_000);
  // The windows are what the last one says, and the widest one counts as well (section 6.9.2).
  expect(session.sendData(1, Buffer.alloc(1), 0, 1, false)).toBe(1);
  const wide = hex("00000c040000000000 00047fffffff 000400000001");
  expect(session.receive(wide, 0, wide.length)).toBeNull();
  const raise = hex("000004080000000003 7fff0000");
  session.receive(raise, 0, raise.length);
  expect(session.receive(wide, 0, wide.length)).toMatchObject({ code: 3 });
});

test("rapid reset ends with ENHANCE_YOUR_CALM", () => {
  const session = serverOf();
  const bytes: Buffer[] = [OPENING];
  for (let id = 1; id < 1000; id += 2) {
    const at = id.toString(16).padStart(8, "0");
    bytes.push(hex(`0000030105${at}828684`), hex(`0000040300${at}00000008`));
  }
  const all = Buffer.concat(bytes);
  expect(session.receive(all, 0, all.length)).toMatchObject({ code: 11 });
});

test("a CONTINUATION flood ends with ENHANCE_YOUR_CALM", () => {
  const all = Buffer.concat([
    OPENING,
    hex("000000010100000001"),
    ...Array.from({ length: 50 }, () => hex("000000090000000001")),
  ]);
  expect(serverOf().receive(all, 0, all.length)).toMatchObject({ code: 11 });
});

test("client: node:http2 answers a thousand requests", async () => {
  const server = http2.createServer((_request, response) => response.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const block = encodeHeaderBlock([":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"]);
  let sent = 0;
  let text = 0;
  let done = 0;
  const send = () => {
    if (sent < 1000 && client.request(block, true) !== 0) sent++;
  };
  const client = new Session(
    "client",
    {
      ...silent,
      data(_id, _buffer, start, end, last) {
        text += end - start;
        if (!last) return;
        done++;
        send();
      },
    },
    new FrameSink(),
    CLIENT_LIMITS,
  );
  for (let i = 0; i < 10; i++) send();
  socket.write(client.sink.take());
  socket.on("data", (bytes: Buffer) => {
    expect(client.receive(bytes, 0, bytes.length)).toBeNull();
    if (done === 1000) socket.end(client.sink.take());
    else socket.write(client.sink.take());
  });
  await once(socket, "close");
  server.close();
  expect([done, text, client.active]).toEqual([1000, 5000, 0]);
  expect(client.blocksRecognised).toBeGreaterThan(900);
});

test("server: a node:http2 client uploads and downloads a megabyte through both windows", async () => {
  const size = 1 << 20;
  const body = Buffer.alloc(size, "x");
  const listener = createServer((socket) => {
    const at = new Map<number, number>();
    const push = (id: number) => {
      const from = at.get(id) ?? 0;
      at.set(id, from + session.sendData(id, body, from, size, true));
    };
    const session = serverOf({
      data(id, _buffer, _start, _end, last) {
        if (!last) return;
        session.respond(id, encodeHeaderBlock([":status", "200", "content-length", String(size)]), false);
        push(id);
      },
      writable: push,
    });
    socket.on("data", (bytes: Buffer) => {
      expect(session.receive(bytes, 0, bytes.length)).toBeNull();
      socket.write(session.sink.take());
    });
    socket.on("error", () => {});
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const client = http2.connect(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  const totals = await Promise.all(
    [1, 2, 3].map(async () => {
      const request = client.request({ ":method": "POST", ":path": "/", "content-length": String(size) });
      request.end(body);
      let got = 0;
      for await (const piece of request) got += (piece as Buffer).length;
      return got;
    }),
  );
  client.close();
  listener.close();
  expect(totals).toEqual([size, size, size]);
});

test("frames at random never throw, for either role", () => {
  const frame = fc
    .tuple(fc.nat(10), fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 40 }))
    .map(([type, flags, id, body]) =>
      Buffer.concat([Buffer.from([0, 0, body.length, type, flags, 0, 0, 0, id]), body]),
    );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
      const all = Buffer.concat([OPENING, ...frames]);
      serverOf().receive(all, 0, all.length);
      const client = new Session("client", silent, new FrameSink(), CLIENT_LIMITS);
      for (let i = 0; i < 3; i++) client.request(Buffer.from([0x82]), i === 0);
      client.receive(all, 24, all.length);
      client.ended();
      expect([client.active, client.stalled]).toEqual([0, 0]);
    }),
    { numRuns: 1000 },
  );
});
