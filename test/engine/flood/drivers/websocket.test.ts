// The client's side of RFC 6455 in a flood: servers that break a rule, or keep one, over real sockets. What the decoder says of
// each frame is in test/core/framing/websocket; here it is what the run says, and what goes back on the wire.
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { acceptOf } from "../../../../src/core/framing/websocket/handshake.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { type Flooded, flooded, listenFor } from "./conformance.ts";

const PLAN = {
  protocol: { kind: "websocket", text: false, echo: false, deflate: false },
  request: { method: "GET", headers: [], body: Buffer.from("hello") },
  connections: 1,
  depth: 1,
  timeoutMs: 300,
  stop: { kind: "requests", count: 3 },
} as const satisfies Partial<FloodPlan>;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

interface Server {
  /** To the upgrade; the key's accept stands for ACCEPT. */
  readonly head?: string;
  /** To each message of the client. */
  readonly says?: Buffer;
}

const HEAD =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n";

/** The run, and what the client said on its connections, a line each. */
async function against(
  server: Server,
  over: Partial<FloodPlan> = {},
): Promise<Flooded & { heard: string[] }> {
  const heard: string[] = [];
  const accepted = (socket: Socket): void => {
    const decoder = new MessageDecoder("server");
    let request: string | undefined = "";
    socket.on("data", (chunk) => {
      let bytes = chunk;
      if (request !== undefined) {
        request += chunk.toString("latin1");
        if (!request.includes("\r\n\r\n")) return;
        const key = /Sec-WebSocket-Key: (\S+)/.exec(request)![1]!;
        socket.write(Buffer.from((server.head ?? HEAD).replace("ACCEPT", acceptOf(key)), "latin1"));
        bytes = Buffer.from(request.slice(request.indexOf("\r\n\r\n") + 4), "latin1");
        request = undefined;
      }
      decoder.feed(bytes, 0, bytes.length);
      for (let event = decoder.next(); event.kind !== "need-more"; event = decoder.next()) {
        if (event.kind === "violation") return void heard.push(`! ${event.detail}`);
        if (event.kind === "close") return void heard.push(`close ${event.code ?? "without a code"}`);
        heard.push(`${event.kind} ${event.chunk.toString("utf8", event.start, event.end)}`);
        if (event.kind === "message" && server.says !== undefined) socket.write(server.says);
      }
    });
  };
  await using peer = await listenFor(
    {
      plan: PLAN,
      codec: () => ({ take: () => ({ greeting: Buffer.alloc(0), requests: [] }), answer: (one) => one }),
      refusesUnsolicited: true,
      closed: "closed",
    },
    { accepted, answers: () => {} },
  );
  const found = await flooded({ ...PLAN, ...over }, peer.port);
  return { ...found, heard };
}

describe("answers that keep the rules are answers", () => {
  test.each([
    ["a text, though binary was sent (5.6)", "81 02 6f6b"],
    ["an empty message (5.2)", "82 00"],
    ["a message in three fragments (5.4)", "02 01 61 00 01 62 80 01 63"],
    ["an empty fragment (5.4)", "01 00 80 01 61"],
    ["126 bytes (5.2)", `82 7e 007e ${"61".repeat(126)}`],
    ["65,536 bytes (5.2)", `82 7f 0000000000010000 ${"61".repeat(65_536)}`],
    ["a character over two fragments (8.1)", "01 01 c3 80 01 bc"],
    ["an unasked pong before it (5.5.3)", "8a 01 78 82 01 61"],
  ])("%s", async (_name, bytes) => {
    const found = await against({ says: hex(bytes) });
    expect(found).toMatchObject({ requests: 3, succeeded: 3, errors: {}, opened: 1 });
    expect(found.heard).toEqual(Array.from({ length: 3 }, () => "message hello"));
  });

  test("a ping is answered with its own payload, between fragments too (5.5.2, 5.5.3)", async () => {
    const found = await against({ says: hex("02 01 61 89 03 707070 80 01 62") });
    expect(found).toMatchObject({ succeeded: 3, errors: {} });
    expect(found.heard.filter((line) => line === "pong ppp")).toHaveLength(3);
    expect(found.heard.some((line) => line.startsWith("!"))).toBe(false);
  });
});

describe("answers that break a rule end the connection, with the code that says why", () => {
  test.each([
    ["a masked frame (5.1)", "81 82 01020304 6e69", 1002, /masked/],
    ["a reserved bit (5.2)", "c1 02 6f6b", 1002, /reserved bit/],
    ["a reserved opcode (5.2)", "83 00", 1002, /opcode 3/],
    ["a reserved control opcode (5.2)", "8b 00", 1002, /opcode 11/],
    ["a length in more bytes than it needs (5.2)", "82 7e 0001 61", 1002, /more bytes/],
    ["a length with its highest bit (5.2)", "82 7f 8000000000000000", 1002, /highest bit/],
    ["a length above the limit (10.4)", "82 7f 0000000100000000", 1009, /allowed/],
    ["a continuation of nothing (5.4)", "80 01 61", 1002, /continuation/],
    ["a message within a message (5.4)", "01 01 61 81 01 62", 1002, /new message/],
    ["a ping in fragments (5.5)", "09 00", 1002, /fragments/],
    ["a ping of 126 bytes (5.5)", `89 7e 007e ${"61".repeat(126)}`, 1002, /125/],
    ["text that is not UTF-8 (8.1)", "81 02 c328", 1007, /UTF-8/],
    ["text that is not UTF-8 over two fragments (8.1)", "01 01 c3 80 01 28", 1007, /UTF-8/],
    ["a close of one byte (5.5.1)", "88 01 03", 1002, /one byte/],
    ["a close code that may not be sent (7.4.1)", "88 02 03ed", 1002, /1005/],
    ["a close reason that is not UTF-8 (5.5.1)", "88 04 03e8 c328", 1007, /UTF-8/],
  ] as const)("%s", async (_name, bytes, code, why) => {
    const found = await against({ says: hex(bytes) });
    expect(found).toMatchObject({ requests: 3, succeeded: 0, failed: 3, errors: { protocol: 3 } });
    expect(Object.values(found.examples)[0]).toMatch(why);
    expect(Object.values(found.examples)[0]).toMatch(/RFC 6455 §/);
    expect(found.heard.slice(0, 2)).toEqual(["message hello", `close ${code}`]);
  });
});

describe("a close is given back once, with its code, and told (5.5.1, 7.1.5)", () => {
  test.each([
    ["88 02 03e8", "close 1000", "close-1000"],
    ["88 02 03e9", "close 1001", "close-1001"],
    ["88 06 03f5 74727921", "close 1013", "close-1013"],
    ["88 02 0fa0", "close 4000", "close-4000"],
    ["88 00", "close without a code", "close-1005"],
  ])("%s", async (bytes, answered, kind) => {
    const found = await against({ says: hex(bytes) });
    expect(found).toMatchObject({ requests: 3, succeeded: 0, failed: 3, errors: { [kind]: 3 } });
    expect(found.heard.slice(0, 2)).toEqual(["message hello", answered]);
    // The last one may still be on its way.
    expect(found.heard.filter((line) => line === answered).length).toBeGreaterThanOrEqual(2);
    expect(found.heard.filter((line) => line === answered).length).toBeLessThanOrEqual(3);
  });

  test("what follows a close is not looked at (5.5.1)", async () => {
    const found = await against({ says: hex("88 02 03e8 82 01 61 83 00") });
    expect(found.errors).toEqual({ "close-1000": 3 });
  });
});

describe("the opening handshake (4.1)", () => {
  const changed = (from: string | RegExp, to: string): string => HEAD.replace(from, to);
  test.each([
    ["another accept", changed("ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "protocol", /Accept/],
    ["no accept", changed(/Sec-WebSocket-Accept: .*\r\n/, ""), "protocol", /Accept/],
    ["no Upgrade", changed(/Upgrade: websocket\r\n/, ""), "protocol", /Upgrade|101/],
    ["another Upgrade", changed("Upgrade: websocket", "Upgrade: h2c"), "protocol", /Upgrade|websocket/],
    ["no Connection", changed(/Connection: .*\r\n/, ""), "protocol", /Connection|101/],
    [
      "an extension that was not offered",
      changed("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
      "protocol",
      /not offered/,
    ],
    [
      "a subprotocol that was not offered",
      changed("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n"),
      "protocol",
      /not offered/,
    ],
    ["a refusal", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "status-403", /403/],
    ["something else", "SSH-2.0-OpenSSH_9.2\r\n", "protocol", /./],
  ] as const)("%s opens nothing", async (_name, head, kind, why) => {
    const found = await against({ head });
    expect(found).toMatchObject({ requests: 3, succeeded: 0, failed: 3, errors: { [kind]: 3 } });
    expect(Object.values(found.examples)[0]).toMatch(why);
    expect(found.heard).toEqual([]);
  });

  test.each([
    [
      "names in any case, Upgrade among others",
      HEAD.replace("Upgrade: websocket", "upgrade: WebSocket").replace(
        "Connection: Upgrade",
        "CONNECTION: keep-alive, uPgRaDe",
      ),
    ],
    ["an interim answer before it", `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${HEAD}`],
  ])("%s opens it", async (_name, head) => {
    expect(await against({ head, says: hex("82 01 61") })).toMatchObject({ succeeded: 3, errors: {} });
  });

  test("a message right behind the answer is one that nobody asked for; a ping there is answered", async () => {
    const greeted = await against({ head: `${HEAD}\x82\x01a`, says: hex("82 01 61") });
    expect(greeted).toMatchObject({ requests: 3, succeeded: 0, errors: { unsolicited: 3 } });
    const pinged = await against({ head: `${HEAD}\x89\x01p`, says: hex("82 01 61") });
    expect(pinged).toMatchObject({ requests: 3, succeeded: 3, errors: {} });
    expect(pinged.heard).toContain("pong p");
  });
});
