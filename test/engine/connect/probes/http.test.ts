// HTTP/1.1 and WebSocket probes by the bytes that go over the wire.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { closeBody } from "../../../../src/core/framing/websocket/close.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { upgradeResponse } from "../../../../src/core/framing/websocket/handshake.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";
import { http1 } from "../../../../src/engine/connect/probes/http1.ts";
import { websocket } from "../../../../src/engine/connect/probes/websocket.ts";
import { planOf, type Turn } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf } from "./outcome.ts";

const ALERT = Buffer.from("1503010002020a", "hex");

describe("HTTP/1.1", () => {
  const plan = planOf("http://example.org/a?b=c");
  const chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nLocation: /?token=x\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

  test("sends one request and counts the body", async () => {
    const { facts, wire } = await outcomeOf(http1, plan, [chunked]);
    expect(wire.log).toEqual([
      "> GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: netkit\r\nAccept: */*\r\n\r\n",
      "sent",
    ]);
    expect(facts).toEqual({
      kind: "http",
      version: "1.1",
      status: 200,
      reason: "OK",
      headers: [
        ["transfer-encoding", "chunked"],
        ["set-cookie", "…"],
        ["location", "/?token=…"],
      ],
      bodyBytes: 5,
    });
  });

  test("says the same of an answer at every cut", async () => {
    const interim = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${chunked}`;
    expect(await factsAtEveryCut(http1, plan, [interim], interim.length)).toMatchObject({ bodyBytes: 5 });
  });

  test("takes the server's end for the end of a body without a length, and nowhere else", async () => {
    const answer = "HTTP/1.0 200 OK\r\n\r\nhello";
    expect(await factsAtEveryCut(http1, plan, [answer], answer.length)).toMatchObject({
      version: "1.0",
      bodyBytes: 5,
    });
    const [first, ...rest] = await codesOfEarlyEnds(http1, plan, [chunked], chunked.length);
    expect(first).toBe("NK_PROTOCOL_SILENT");
    expect(new Set(rest)).toEqual(new Set(["NK_PROTOCOL_CUT"]));
  });

  test("sends a body, credentials and its own fields instead of the usual ones", async () => {
    const own = planOf("http://me:se%20cret@example.org:8080/", {
      request: {
        method: "PUT",
        headers: [
          ["user-agent", "mine"],
          ["HOST", "other.example"],
        ],
        body: Buffer.from("data"),
      },
    });
    const { wire } = await outcomeOf(http1, own, ["HTTP/1.1 204 No Content\r\n\r\n"]);
    expect(wire.written).toBe(
      "PUT / HTTP/1.1\r\nAccept: */*\r\nAuthorization: Basic bWU6c2UgY3JldA==\r\nContent-Length: 4\r\n" +
        "user-agent: mine\r\nHOST: other.example\r\n\r\ndata",
    );
  });

  test("expects no body of an answer to HEAD", async () => {
    const head = planOf("http://example.org/", { request: { method: "HEAD", headers: [], body: undefined } });
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    expect((await outcomeOf(http1, head, [answer])).facts).toMatchObject({ bodyBytes: 0 });
  });

  test.each([301, 404, 500, 503])("status %i is an answer", async (status) => {
    const answer = `HTTP/1.1 ${status} Whatever\r\nContent-Length: 0\r\n\r\n`;
    expect((await outcomeOf(http1, plan, [answer])).facts).toMatchObject({ status, reason: "Whatever" });
  });

  test("refuses to send a field that would be two", async () => {
    const split = planOf("http://example.org/", {
      request: { method: "GET", headers: [["a", "b\r\nc: d"]], body: undefined },
    });
    const { error, wire } = await outcomeOf(http1, split, []);
    expect(error?.code).toBe("NK_USAGE");
    expect(wire.written).toBe("");
  });

  const nginx = "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>";
  test.each<[string, string]>([
    ["nginx", `HTTP/1.1 400 Bad Request\r\nContent-Length: ${nginx.length}\r\n\r\n${nginx}`],
    ["Go", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"],
    [
      "Apache",
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nReason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    ],
    ["Tomcat", "HTTP/1.1 400 \r\n\r\nBad Request\r\nThis combination of host and port requires TLS.\r\n"],
  ])("tells that %s wants TLS, at every cut", async (_name, answer) => {
    for (const options of [{}, { every: 1 }, { every: 7 }, { cutAt: answer.length - 20 }]) {
      const error = await errorOf(http1, plan, [answer], options);
      expect(error.code).toBe("NK_PROTOCOL_TLS_EXPECTED");
      expect(error.stage).toBe("protocol");
      expect(error.next).toContain("https://");
    }
  });

  test("any other 400 is an answer, and so is that one over TLS", async () => {
    const bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    expect((await outcomeOf(http1, plan, [bad])).facts).toMatchObject({ status: 400 });
    const odd = `HTTP/1.1 400 Bad Request\r\nContent-Length: ${nginx.length}\r\n\r\n${nginx}`;
    const secure = planOf("https://example.org/");
    expect((await outcomeOf(http1, secure, [odd], { secured: true })).facts).toMatchObject({ status: 400 });
  });

  test("tells TLS, another protocol, garbage and broken answers apart", async () => {
    for (const options of [{}, { every: 1 }]) {
      expect((await errorOf(http1, plan, [ALERT], options)).code).toBe("NK_PROTOCOL_TLS_ANSWERED");
    }
    expect((await errorOf(http1, plan, [ALERT])).why).toContain("unexpected_message");
    expect((await errorOf(http1, plan, ["SSH-2.0-OpenSSH_9.6\r\n"])).message).toContain("speaks SSH");
    expect((await errorOf(http1, plan, ["220 mail.test ESMTP\r\n"])).message).toContain("speaks SMTP");
    expect((await errorOf(http1, plan, ["\u0001\u0002\u0003"])).code).toBe("NK_PROTOCOL_GARBAGE");
    const broken = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
    const error = await errorOf(http1, plan, [broken]);
    expect([error.code, error.why]).toEqual(["NK_PROTOCOL_VIOLATION", expect.stringContaining("RFC 9112")]);
  });

  test("refuses what is too large before it comes", async () => {
    const huge = `HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 40}\r\n\r\n`;
    expect((await errorOf(http1, plan, [huge], { after: "nothing" })).code).toBe("NK_PROTOCOL_TOO_LARGE");
    const endless = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20);
    expect((await errorOf(http1, plan, [endless], { after: "nothing" })).code).toBe("NK_PROTOCOL_VIOLATION");
    const fields = `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(50_000)}`;
    expect((await errorOf(http1, plan, [fields], { after: "nothing" })).code).toBe("NK_PROTOCOL_VIOLATION");
  });
});

describe("WebSocket", () => {
  const plan = planOf("ws://example.org/ws");
  const keyIn = (written: Buffer) => /Sec-WebSocket-Key: (\S+)/.exec(written.toString("latin1"))![1]!;
  const open: Turn = (written) => upgradeResponse(keyIn(written));
  const OPEN_BYTES = upgradeResponse("x").length;
  const pong = encodeFrame(OPCODE.pong, Buffer.from("netkit"));
  const close = encodeFrame(OPCODE.close, closeBody(1000));

  test("upgrades, pings and closes, at every cut", async () => {
    const facts = await factsAtEveryCut(
      websocket,
      plan,
      [open, pong, close],
      OPEN_BYTES + pong.length + close.length,
    );
    expect(facts).toMatchObject({ kind: "websocket", subprotocol: null, extensions: null });
    expect(facts.kind === "websocket" && facts.pingUs).toBeGreaterThan(0);
  });

  test("masks its frames and says GET with the version", async () => {
    const { wire } = await outcomeOf(websocket, plan, [open, pong, close]);
    expect(wire.written).toMatch(
      /^GET \/ws HTTP\/1\.1\r\nHost: example\.org\r\n.*Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n/s,
    );
    expect(wire.log.filter((line) => line === "sent")).toHaveLength(1);
    expect(wire.log.some((line) => /^> \x89\x86/.test(line))).toBe(true);
    expect(wire.log.at(-1)).toMatch(/^> \x88\x82/);
  });

  test("passes over messages and other pongs, answers pings, and does not mind one piece", async () => {
    const chatter = Buffer.concat([
      encodeFrame(OPCODE.text, Buffer.from("welcome")),
      encodeFrame(OPCODE.pong, Buffer.from("old")),
      encodeFrame(OPCODE.ping, Buffer.from("you?")),
      pong,
      close,
    ]);
    const all: Turn = (written) =>
      Buffer.concat([Buffer.from(upgradeResponse(keyIn(written)), "latin1"), chatter]);
    const { facts, wire } = await outcomeOf(websocket, plan, [all]);
    expect(facts?.kind).toBe("websocket");
    expect(wire.log.some((line) => /^> \x8a\x84/.test(line))).toBe(true);
  });

  test("keeps what it learned when nobody answers the close", async () => {
    const { facts, wire } = await outcomeOf(websocket, plan, [open, pong]);
    expect(facts?.kind).toBe("websocket");
    expect(wire.log.at(-1)).toMatch(/^note the close was not answered/);
  });

  test("asks for the subprotocols of the request and tells the chosen one", async () => {
    const asking = planOf("wss://example.org/ws", {
      request: { method: "GET", headers: [["Sec-WebSocket-Protocol", "a, b"]], body: undefined },
    });
    const chosen: Turn = (written) => upgradeResponse(keyIn(written), "b");
    expect((await outcomeOf(websocket, asking, [chosen, pong, close])).facts).toMatchObject({
      subprotocol: "b",
    });
  });

  test.each([200, 401, 404, 426, 503])("tells a refused upgrade with status %i", async (status) => {
    const error = await errorOf(websocket, plan, [`HTTP/1.1 ${status} Nope\r\nContent-Length: 0\r\n\r\n`]);
    expect([error.stage, error.code]).toEqual(["request", "NK_PROTOCOL_UPGRADE_REFUSED"]);
    expect(error.message).toContain(`${status} Nope`);
  });

  test("tells that the port wants TLS", async () => {
    const body = "400 The plain HTTP request was sent to HTTPS port";
    const answer = `HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const turns of [[answer + body], [answer, body]]) {
      const error = await errorOf(websocket, plan, turns);
      expect(error.code).toBe("NK_PROTOCOL_TLS_EXPECTED");
      expect(error.next).toContain("wss://");
    }
    const empty = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    const error = await errorOf(websocket, plan, [empty], { after: "nothing" });
    expect(error.code).toBe("NK_PROTOCOL_UPGRADE_REFUSED");
  });

  test("tells the wrong accept, a broken frame, a close instead of the pong, TLS and an end", async () => {
    const code = async (...turns: Turn[]) => (await errorOf(websocket, plan, turns)).code;
    expect(await code(upgradeResponse("another key"))).toBe("NK_PROTOCOL_VIOLATION");
    expect(await code(open, Buffer.from("8180", "hex"))).toBe("NK_PROTOCOL_VIOLATION");
    expect(await code(ALERT)).toBe("NK_PROTOCOL_TLS_ANSWERED");
    expect(await code()).toBe("NK_PROTOCOL_SILENT");
    expect(await code("HTTP/1.1 101 Sw")).toBe("NK_PROTOCOL_CUT");
    expect(await code(open)).toBe("NK_PROTOCOL_CUT");
    const policy = encodeFrame(OPCODE.close, closeBody(1008, "not you"));
    const error = await errorOf(websocket, plan, [open, policy]);
    expect([error.code, error.message, error.why]).toEqual([
      "NK_PROTOCOL_REFUSED",
      expect.stringContaining("1008 policy violation"),
      expect.stringContaining("not you"),
    ]);
  });

  test("a server that talks for ever and never pongs is left", async () => {
    const message = encodeFrame(OPCODE.binary, Buffer.alloc(4 * 1024 * 1024));
    const turns = [open, ...Array.from({ length: 6 }, () => message)];
    expect((await errorOf(websocket, plan, turns)).code).toBe("NK_PROTOCOL_VIOLATION");
  });
});
