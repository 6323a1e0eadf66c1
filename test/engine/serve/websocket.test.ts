// The WebSocket echo held against RFC 6455, bytes in and bytes out. Frames from here are masked with 01020304.
import { describe, expect, it } from "vitest";
import { deflateMessage } from "../../../src/core/framing/websocket/deflate.ts";
import { RawClient } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

const KEY = Buffer.from("01020304", "hex");
const OPENING = (path = "/ws", fields: readonly string[] = []) =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: test",
    "Connection: keep-alive, Upgrade",
    "Upgrade: WebSocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "",
    "",
  ].join("\r\n");
// Section 1.3 gives the accept for this key.
const ACCEPTED =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/** A client's frame: `head` is its first byte in hex, the payload is masked. */
function frame(head: string, payload: string | Buffer = ""): Buffer {
  const body = Buffer.from(payload);
  const first = Buffer.from(head, "hex");
  const length =
    body.length <= 125
      ? Buffer.from([0x80 | body.length])
      : body.length <= 0xffff
        ? Buffer.from([0x80 | 126, body.length >> 8, body.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), uint32(body.length)]);
  const masked = body.map((byte, at) => byte ^ KEY[at % 4]!);
  return Buffer.concat([first, length, KEY, masked]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const utf8 = (text: string) => Buffer.from(text, "hex");
/** A closing frame of the server: code, and whatever reason. */
const closes = (code: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return bytes.toString("hex");
};

interface Case {
  readonly name: string;
  readonly rfc: string;
  readonly sent: readonly Buffer[];
  /** Frames in hex, before the close. */
  readonly answered: string;
  /** Undefined: the server is asked to close with 1000, and does. "empty": a close without a code. */
  readonly code?: number | "empty";
}

const CLOSE_1000 = frame("88", utf8("03e8"));

const CASES: readonly Case[] = [
  { name: "text goes back as text", rfc: "5.6", sent: [frame("81", "Hello")], answered: "8105 48656c6c6f" },
  {
    name: "binary goes back as binary",
    rfc: "5.6",
    sent: [frame("82", utf8("00ff"))],
    answered: "8202 00ff",
  },
  { name: "an empty message goes back", rfc: "5.2", sent: [frame("81")], answered: "8100" },
  {
    name: "126 bytes have a length of 16 bits",
    rfc: "5.2",
    sent: [frame("82", Buffer.alloc(126))],
    answered: `827e007e${"00".repeat(126)}`,
  },
  {
    name: "65536 bytes have a length of 64 bits",
    rfc: "5.2",
    sent: [frame("82", Buffer.alloc(65536))],
    answered: `827f0000000000010000${"00".repeat(65536)}`,
  },
  {
    name: "fragments go back as one message",
    rfc: "5.4",
    sent: [frame("01", "Hel"), frame("80", "lo")],
    answered: "8105 48656c6c6f",
  },
  {
    name: "a fragment may be empty",
    rfc: "5.4",
    sent: [frame("01"), frame("00"), frame("80", "a")],
    answered: "8101 61",
  },
  {
    name: "a ping between fragments is answered before the message",
    rfc: "5.4",
    sent: [frame("01", "a"), frame("89", "p"), frame("80", "b")],
    answered: "8a01 70 8102 6162",
  },
  {
    name: "a ping is answered with its own payload",
    rfc: "5.5.2",
    sent: [frame("89", "x".repeat(125))],
    answered: `8a7d${"78".repeat(125)}`,
  },
  {
    name: "an unasked pong is not answered",
    rfc: "5.5.3",
    sent: [frame("8a", "x"), frame("81", "a")],
    answered: "8101 61",
  },
  {
    name: "a character may lie across two fragments",
    rfc: "5.6",
    sent: [frame("01", utf8("e2")), frame("80", utf8("82ac"))],
    answered: "8103 e282ac",
  },
  { name: "binary need not be UTF-8", rfc: "5.6", sent: [frame("82", utf8("c328"))], answered: "8202 c328" },
  {
    name: "nothing is answered behind a close",
    rfc: "5.5.1",
    sent: [frame("88", utf8("03e8")), frame("81", "a")],
    answered: "",
  },
  {
    name: "a close without a code is answered without",
    rfc: "5.5.1",
    sent: [frame("88")],
    answered: "",
    code: "empty",
  },
  {
    name: "a close is answered with its code",
    rfc: "5.5.1",
    sent: [frame("88", utf8("0bb8"))],
    answered: "",
    code: 3000,
  },
  {
    name: "a close reason may be UTF-8",
    rfc: "5.5.1",
    sent: [frame("88", utf8("03e8e282ac"))],
    answered: "",
  },
  {
    name: "a frame without a mask is refused",
    rfc: "5.1",
    sent: [hex("8105 48656c6c6f")],
    answered: "",
    code: 1002,
  },
  ...["c1", "a1", "91"].map(
    (head): Case => ({
      name: `reserved bit ${head} is refused`,
      rfc: "5.2",
      sent: [frame(head, "a")],
      answered: "",
      code: 1002,
    }),
  ),
  ...["83", "84", "85", "86", "87", "8b", "8c", "8d", "8e", "8f"].map(
    (head): Case => ({
      name: `opcode ${head} is refused`,
      rfc: "5.2",
      sent: [frame(head)],
      answered: "",
      code: 1002,
    }),
  ),
  {
    name: "a length of 16 bits for 125 bytes is refused",
    rfc: "5.2",
    sent: [hex("82fe007d01020304")],
    answered: "",
    code: 1002,
  },
  {
    name: "a length of 64 bits for 65535 bytes is refused",
    rfc: "5.2",
    sent: [hex("82ff000000000000ffff01020304")],
    answered: "",
    code: 1002,
  },
  {
    name: "a length with its highest bit is refused",
    rfc: "5.2",
    sent: [hex("82ff800000000000000001020304")],
    answered: "",
    code: 1002,
  },
  {
    name: "a continuation of nothing is refused",
    rfc: "5.4",
    sent: [frame("80", "a")],
    answered: "",
    code: 1002,
  },
  {
    name: "a message within a message is refused",
    rfc: "5.4",
    sent: [frame("01", "a"), frame("81", "b")],
    answered: "",
    code: 1002,
  },
  { name: "a ping in fragments is refused", rfc: "5.5", sent: [frame("09", "a")], answered: "", code: 1002 },
  { name: "a close in fragments is refused", rfc: "5.5", sent: [frame("08")], answered: "", code: 1002 },
  {
    name: "a ping of 126 bytes is refused",
    rfc: "5.5",
    sent: [frame("89", "x".repeat(126))],
    answered: "",
    code: 1002,
  },
  {
    name: "a close body of one byte is refused",
    rfc: "5.5.1",
    sent: [frame("88", "a")],
    answered: "",
    code: 1002,
  },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map(
    (code): Case => ({
      name: `close code ${code} is refused`,
      rfc: "7.4",
      sent: [frame("88", utf8(closes(code)))],
      answered: "",
      code: 1002,
    }),
  ),
  ...[1001, 1003, 1007, 1008, 1009, 1010, 1011, 3999, 4000, 4999].map(
    (code): Case => ({
      name: `close code ${code} is answered`,
      rfc: "7.4",
      sent: [frame("88", utf8(closes(code)))],
      answered: "",
      code,
    }),
  ),
  {
    name: "a close reason that is not UTF-8 is refused",
    rfc: "8.1",
    sent: [frame("88", utf8("03e8c328"))],
    answered: "",
    code: 1007,
  },
  ...["c328", "ff", "eda080", "f4908080", "c080", "e282"].map(
    (bytes): Case => ({
      name: `text ${bytes} is refused`,
      rfc: "8.1",
      sent: [frame("81", utf8(bytes))],
      answered: "",
      code: 1007,
    }),
  ),
  {
    name: "text that is not UTF-8 over two fragments is refused",
    rfc: "8.1",
    sent: [frame("01", utf8("e2")), frame("80", utf8("28a1"))],
    answered: "",
    code: 1007,
  },
  {
    name: "a message above the limit is refused",
    rfc: "10.4",
    sent: [frame("82", Buffer.alloc(70_001))],
    answered: "",
    code: 1009,
  },
  {
    name: "fragments above the limit together are refused",
    rfc: "10.4",
    sent: [frame("02", Buffer.alloc(40_000)), frame("80", Buffer.alloc(40_000))],
    answered: "",
    code: 1009,
  },
  {
    name: "what came before a violation is answered",
    rfc: "7.1.7",
    sent: [frame("81", "a"), frame("83")],
    answered: "8101 61",
    code: 1002,
  },
];

/** The bytes that must come, and behind them the closing frame. */
function check(bytes: Buffer, { answered, code = 1000 }: Case): void {
  const before = hex(answered);
  expect(bytes.subarray(0, before.length).equals(before)).toBe(true);
  const close = bytes.subarray(before.length);
  expect(close[0]).toBe(0x88);
  expect(close[1]).toBe(close.length - 2);
  if (code === "empty") expect(close.length).toBe(2);
  else expect(close.readUInt16BE(2)).toBe(code);
}

async function exchange(path: string, scheme: string, one: Case, split: boolean): Promise<Buffer> {
  await using server = await serve(scheme, { maxFrameBytes: 70_000 });
  using client = await RawClient.to(server);
  client.send(OPENING(path));
  await client.untilIncludes("\r\n\r\n");
  const bytes = Buffer.concat([...one.sent, ...(one.code === undefined ? [CLOSE_1000] : [])]);
  if (split) {
    for (const byte of bytes) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } else {
    client.send(bytes);
  }
  const text = await client.untilEnd();
  expect(text.startsWith(ACCEPTED)).toBe(true);
  return Buffer.from(text.slice(ACCEPTED.length), "latin1");
}

describe("the WebSocket echo, RFC 6455", () => {
  for (const one of CASES) {
    it(`§${one.rfc}: ${one.name}`, async () => {
      check(await exchange("/any", "ws", one, false), one);
      if (one.sent.reduce((sum, { length }) => sum + length, 0) > 2000) return;
      check(await exchange("/ws", "http", one, true), one);
    });
  }

  it("wss: echoes over TLS", async () => {
    check(await exchange("/", "wss", CASES[0]!, false), CASES[0]!);
  });

  it("takes frames that came with the request, after pipelined requests", async () => {
    await using server = await serve("http");
    using client = await RawClient.to(server);
    const first = "GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\n";
    client.send(Buffer.concat([Buffer.from(first + OPENING()), frame("81", "a"), CLOSE_1000]));
    const text = await client.untilEnd();
    expect(text.startsWith("HTTP/1.1 204 ")).toBe(true);
    expect(Buffer.from(text.slice(text.indexOf(ACCEPTED) + ACCEPTED.length), "latin1").toString("hex")).toBe(
      "810161880203e8",
    );
    const stats = await server.stats();
    expect(stats.requests).toMatchObject({ total: 2, inFlight: 0 });
    expect(stats.echoed).toBe(1);
  });
});

describe("the opening handshake of the server, §4.2", () => {
  const REFUSED: readonly (readonly [string, string, number, string])[] = [
    ["another version", OPENING().replace("Version: 13", "Version: 8"), 426, "Sec-WebSocket-Version: 13\r\n"],
    ["a key of 15 bytes", OPENING().replace("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j"), 400, ""],
    ["no key", OPENING().replace(/Sec-WebSocket-Key: .*\r\n/, ""), 400, ""],
    ["two keys", OPENING("/ws", ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]), 400, ""],
    ["a POST", OPENING().replace("GET", "POST"), 405, "Allow: "],
    ["no Host", OPENING().replace("Host: test\r\n", ""), 400, ""],
    ["no Upgrade", OPENING().replace(/Upgrade: .*\r\n/, ""), 426, "Upgrade: websocket\r\n"],
    ["a Connection without Upgrade", OPENING().replace(", Upgrade", ""), 426, "Upgrade: websocket\r\n"],
    ["HTTP/1.0", OPENING().replace("HTTP/1.1", "HTTP/1.0"), 426, "Upgrade: websocket\r\n"],
  ];
  for (const [name, request, status, holds] of REFUSED) {
    it(`refuses ${name} with ${status}`, async () => {
      await using server = await serve("http");
      using client = await RawClient.to(server);
      client.send(request);
      const text = await client.untilIncludes("}");
      expect(text.split(" ")[1]).toBe(String(status));
      expect(text).toContain(holds);
    });
  }

  it("agrees on no extension and no subprotocol", async () => {
    await using server = await serve("ws");
    using client = await RawClient.to(server);
    const offers = ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat, mqtt"];
    client.send(OPENING("/", offers));
    expect(await client.untilIncludes("\r\n\r\n")).toBe(ACCEPTED);
  });
});

describe("permessage-deflate, when serve may agree on it", () => {
  const OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  const AGREED = ACCEPTED.replace(
    /\r\n$/,
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n",
  );
  const deflating = (limits = {}) => serve("http", limits, false, { websocketDeflate: true });

  it("a compressed message goes back compressed, one that is not too", async () => {
    await using server = await deflating();
    using client = await RawClient.to(server);
    client.send(OPENING("/ws", [OFFER]));
    await client.untilIncludes(AGREED);
    client.send(Buffer.concat([frame("c1", hex("f248cdc9c90700")), frame("81", "Hello"), CLOSE_1000]));
    const text = await client.untilEnd();
    const answered = Buffer.from(text.slice(text.indexOf(AGREED) + AGREED.length), "latin1");
    expect(answered.toString("hex")).toBe(`${"c107f248cdc9c90700".repeat(2)}880203e8`);
  });

  it("a client that does not offer it gets none", async () => {
    await using server = await deflating();
    using client = await RawClient.to(server);
    client.send(OPENING());
    expect(await client.untilIncludes("\r\n\r\n")).toBe(ACCEPTED);
  });

  it("a bomb is closed with 1009 and counted", async () => {
    await using server = await deflating({ maxFrameBytes: 1000 });
    using client = await RawClient.to(server);
    client.send(OPENING("/ws", [OFFER]));
    client.send(frame("c2", deflateMessage(Buffer.alloc(100_000))));
    expect(await client.untilEnd()).toContain("\x88\x13\x03\xf1message-too-large");
    expect((await server.stats()).limits).toEqual({ "frame-bytes": 1 });
  });
});

describe("/broadcast", () => {
  const join = async (
    server: Awaited<ReturnType<typeof serve>>,
    path = "/broadcast",
    fields: string[] = [],
  ) => {
    const client = await RawClient.to(server);
    client.send(OPENING(path, fields));
    await client.untilIncludes("\r\n\r\n");
    return client;
  };

  for (const scheme of ["http", "ws"]) {
    it(`${scheme}: what one says all hear, text as text, and nobody elsewhere`, async () => {
      await using server = await serve(scheme);
      using one = await join(server);
      using two = await join(server);
      using echo = await join(server, "/ws");
      one.send(Buffer.concat([frame("89", "p"), frame("01", "gr"), frame("80", "oup")]));
      two.send(frame("82", "x"));
      for (const member of [one, two]) {
        const text = await member.untilIncludes("\x82\x01x");
        expect(text).toContain("\x81\x05group");
      }
      echo.send(frame("81", "only me"));
      const heard = await echo.untilIncludes("only me");
      expect(heard.slice(heard.indexOf("\r\n\r\n") + 4)).toBe("\x81\x07only me");
      expect((await server.stats()).broadcast).toEqual({ delivered: 4, dropped: 0 });
    });
  }

  it("members that are gone hear nothing, and each member hears in the way it agreed on", async () => {
    await using server = await serve("ws", {}, false, { websocketDeflate: true });
    const gone = await join(server);
    gone.send(CLOSE_1000);
    await gone.untilEnd();
    using plain = await join(server);
    using deflated = await join(server, "/broadcast", ["Sec-WebSocket-Extensions: permessage-deflate"]);
    plain.send(frame("81", "Hello"));
    await plain.untilIncludes("\x81\x05Hello");
    await deflated.untilIncludes("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00");
    expect((await server.stats()).broadcast).toEqual({ delivered: 2, dropped: 0 });
  });

  it("a member that does not read misses messages, and the others do not wait for it", async () => {
    await using server = await serve("ws");
    using slow = await join(server);
    slow.socket.pause();
    using quick = await join(server);
    const message = frame("82", Buffer.alloc(65_536, "m"));
    const count = 400;
    for (let sent = 0; sent < count; sent++) {
      quick.send(message);
      await quick.until((text) => text.length >= ACCEPTED.length + (sent + 1) * 65_546);
    }
    const { delivered, dropped } = (await server.stats()).broadcast;
    expect(delivered + dropped).toBe(2 * count);
    expect(dropped).toBeGreaterThan(count / 4);
    expect(dropped).toBeLessThan(count);
  });

  it("who hears is not idle", async () => {
    await using server = await serve("ws", { idleTimeoutMs: 600 });
    using listens = await join(server);
    using speaks = await join(server);
    for (let said = 0; said < 6; said++) {
      speaks.send(frame("81", `m${said}`));
      await listens.untilIncludes(`m${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect((await server.stats()).limits).toEqual({});
  });
});

describe("the end of a WebSocket", () => {
  it("is 1001 after silence", async () => {
    await using server = await serve("ws", { idleTimeoutMs: 200 });
    using client = await RawClient.to(server);
    client.send(OPENING());
    await client.untilIncludes(`${ACCEPTED}\x88\x02\x03\xe9`);
    client.send(frame("88", utf8("03e9")));
    await client.untilEnd();
    expect((await server.stats()).limits).toEqual({ "idle-timeout": 1 });
  });

  it("is 1001 in a drain, after what was begun has gone back", async () => {
    await using server = await serve("ws");
    using busy = await RawClient.to(server);
    using idle = await RawClient.to(server);
    for (const client of [busy, idle]) {
      client.send(OPENING());
      await client.untilIncludes("\r\n\r\n");
    }
    busy.send(frame("01", "a"));
    while ((await server.stats()).bytes.received < 2 * OPENING().length + 7)
      await new Promise((resolve) => setImmediate(resolve));
    const draining = server.drain();
    await idle.untilIncludes("\x88\x02\x03\xe9");
    busy.send(frame("80", "b"));
    await busy.untilIncludes("\x81\x02ab\x88\x02\x03\xe9");
    for (const client of [busy, idle]) {
      client.send(frame("88", utf8("03e9")));
      await client.untilEnd();
    }
    expect(await draining).toMatchObject({ finished: 1, cut: 0, idleClosed: 1 });
  });

  it("is a reset for a message that trickles", async () => {
    await using server = await serve("ws", { stallTimeoutMs: 200 });
    using client = await RawClient.to(server);
    client.send(OPENING());
    client.send(frame("01", "a"));
    await client.untilEnd();
    expect((await server.stats()).limits).toEqual({ "stall-timeout": 1 });
  });

  it("in the middle of a message is counted", async () => {
    await using server = await serve("ws");
    using client = await RawClient.to(server);
    client.send(OPENING());
    client.send(frame("81", "abc").subarray(0, 7));
    client.socket.end();
    await client.untilEnd();
    expect((await server.stats()).violations).toEqual({ truncated: 1 });
  });
});

it("stops a client that sends messages and does not read", async () => {
  await using server = await serve("ws");
  using client = await RawClient.to(server);
  client.send(OPENING());
  await client.untilIncludes("\r\n\r\n");
  client.socket.pause();
  const block = Buffer.concat(Array.from({ length: 64 }, () => frame("82", Buffer.alloc(4096))));
  let taken = -1;
  let quiet = 0;
  while (quiet < 3) {
    while (client.socket.writableLength < 1_000_000) client.send(block);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { bytes } = await server.stats();
    quiet = bytes.received === taken ? quiet + 1 : 0;
    taken = bytes.received;
  }
  expect(taken).toBeLessThan(32 * 1024 * 1024);
});
