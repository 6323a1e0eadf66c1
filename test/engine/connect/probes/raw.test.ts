// Probes without a protocol of their own: banners, length-prefixed frames, datagrams.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { encodeFrame } from "../../../../src/core/framing/length-prefixed.ts";
import { framed } from "../../../../src/engine/connect/probes/framed.ts";
import { tcp } from "../../../../src/engine/connect/probes/tcp.ts";
import { udp } from "../../../../src/engine/connect/probes/udp.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf } from "./outcome.ts";

const withBody = (url: string, body: string) =>
  planOf(url, { request: { method: "GET", headers: [], body: Buffer.from(body) } });

describe("TCP", () => {
  const plan = planOf("tcp://example.org:22");

  test("shows a banner, escaped and cut", async () => {
    const { facts, wire } = await outcomeOf(tcp, plan, ["SSH-2.0-OpenSSH_9.6\u001b[31m\r\n"]);
    expect(facts).toEqual({ kind: "banner", text: "SSH-2.0-OpenSSH_9.6\\u001b[31m", bytes: 26 });
    expect(wire.written).toBe("");
    const long = (await outcomeOf(tcp, plan, ["x".repeat(5000)])).facts;
    expect(long).toEqual({ kind: "banner", text: `${"x".repeat(512)}…`, bytes: 5000 });
  });

  test("silence is an answer, and is told", async () => {
    const { facts, wire } = await outcomeOf(tcp, plan, [], { after: "nothing" });
    expect(facts).toEqual({ kind: "banner", text: null, bytes: 0 });
    expect(wire.log).toEqual(["note no byte came within 10 ms"]);
  });

  test("a connection that is closed at once is not", async () => {
    expect((await errorOf(tcp, plan, [])).code).toBe("NK_PROTOCOL_SILENT");
  });

  test("sends the bytes it was given first", async () => {
    const { facts, wire } = await outcomeOf(tcp, withBody("tcp://example.org:7", "hi"), ["hi"]);
    expect(wire.log).toEqual(["> hi", "sent"]);
    expect(facts).toMatchObject({ text: "hi" });
  });
});

describe("frames", () => {
  const plan = withBody("framed://example.org:7000", "payload");
  const echo = encodeFrame(Buffer.from("payload"));

  test("go out and come back, at every cut", async () => {
    const facts = await factsAtEveryCut(framed, plan, [echo], echo.length);
    expect(facts).toEqual({ kind: "echo", sentBytes: 7, receivedBytes: 7, equal: true });
    const { wire } = await outcomeOf(framed, plan, [echo]);
    expect(wire.log).toEqual(["> \0\0\0\u0007payload", "sent"]);
  });

  test("another answer is an answer, and not equal", async () => {
    const other = encodeFrame(Buffer.from("something else"));
    expect((await outcomeOf(framed, plan, [other])).facts).toMatchObject({ receivedBytes: 14, equal: false });
  });

  test("hostile lengths, other protocols and early ends are told apart", async () => {
    const code = async (bytes: string | Buffer) =>
      (await errorOf(framed, plan, [bytes], { after: "end" })).code;
    expect(await code(Buffer.from("00100001", "hex"))).toBe("NK_PROTOCOL_VIOLATION");
    expect(await code(Buffer.from("ffffffff", "hex"))).toBe("NK_PROTOCOL_VIOLATION");
    expect(await code("HTTP/1.1 400 Bad Request\r\n\r\n")).toBe("NK_PROTOCOL_OTHER");
    expect(await code(Buffer.from("15030100020246", "hex"))).toBe("NK_PROTOCOL_TLS_ANSWERED");
    const [first, ...rest] = await codesOfEarlyEnds(framed, plan, [echo], echo.length);
    expect(first).toBe("NK_PROTOCOL_SILENT");
    expect(new Set(rest)).toEqual(new Set(["NK_PROTOCOL_CUT"]));
  });
});

test("a datagram goes out and comes back", async () => {
  const plan = withBody("udp://example.org:7", "ping");
  expect((await outcomeOf(udp, plan, ["ping"])).facts).toEqual({
    kind: "echo",
    sentBytes: 4,
    receivedBytes: 4,
    equal: true,
  });
  expect((await outcomeOf(udp, plan, ["pong"])).facts).toMatchObject({ equal: false });
  expect((await errorOf(udp, plan, [], { after: "time-out" })).code).toBe("NK_PROTOCOL_TIMEOUT");
});
