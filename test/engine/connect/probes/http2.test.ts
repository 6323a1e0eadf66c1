// The HTTP/2 probe against node's own server and against servers that speak something else.
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { afterEach, expect, test } from "vitest";
import { http2 } from "../../../../src/engine/connect/probes/http2.ts";
import { planOf, ScriptedWire } from "../../../support/probe-wire.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function wireTo(port: number, options = {}): Promise<ScriptedWire> {
  const stream: Socket = connect(port, "127.0.0.1");
  await once(stream, "connect");
  closers.push(() => stream.destroy());
  return new ScriptedWire([], { stream, ...options });
}

async function serving(answer: (stream: ServerHttp2Stream, path: string) => void): Promise<number> {
  const server = createServer();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    answer(stream, String(headers[":path"]));
  });
  return portOf(server as unknown as Server);
}

async function saying(bytes: Buffer | string, end = false): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(bytes);
    if (end) socket.end();
  });
  return portOf(server);
}

const plan = planOf("h2c://server.test/path?a=b");

test("asks once, counts the body and stamps what it sent and what came first", async () => {
  const port = await serving((stream) => {
    stream.respond({ ":status": 503, "x-a": "b", "set-cookie": ["a=1", "b=2"] });
    stream.end("x".repeat(100_000));
  });
  const wire = await wireTo(port);
  expect(await http2.run(wire, plan, false)).toEqual({
    kind: "http",
    version: "2",
    status: 503,
    reason: "",
    headers: expect.arrayContaining([
      ["x-a", "b"],
      ["set-cookie", "…"],
    ]),
    bodyBytes: 100_000,
  });
  expect(wire.log.filter((line) => line.startsWith("mark"))).toEqual(["mark sent", "mark first-byte"]);
});

test.each([{ alpn: "h2" }, {}])("asks again over the same session %j", async (options) => {
  const asked: string[] = [];
  const port = await serving((stream, path) => {
    asked.push(`${path} ${stream.id}`);
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });
  const wire = await wireTo(port, options);
  await http2.run(wire, plan, false);
  await http2.run(wire, plan, true);
  expect(asked).toEqual(["/path?a=b 1", "/path?a=b 3"]);
});

test("sends a body and its own fields", async () => {
  const port = await serving((stream) => {
    stream.respond({ ":status": 200 });
    stream.pipe(stream);
  });
  const request = {
    method: "POST",
    headers: [["Connection", "close"] as const, ["X-A", "b"] as const],
    body: Buffer.from("data"),
  };
  const facts = await http2.run(await wireTo(port), { ...plan, request }, false);
  expect(facts).toMatchObject({ status: 200, bodyBytes: 4 });
});

test.each<[string, string, Buffer | string]>([
  ["HTTP/1.1", "NK_PROTOCOL_OTHER", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
  ["SSH", "NK_PROTOCOL_OTHER", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["TLS", "NK_PROTOCOL_TLS_ANSWERED", Buffer.from("15030300020246", "hex")],
  ["nothing known", "NK_PROTOCOL_GARBAGE", Buffer.alloc(100, 0xaa)],
])("a server that speaks %s is told (%s)", async (_name, code, bytes) => {
  const wire = await wireTo(await saying(bytes, true));
  await expect(http2.run(wire, plan, false)).rejects.toMatchObject({ code });
});

test("a server that hangs up, before and in an answer", async () => {
  await expect(http2.run(await wireTo(await saying("", true)), plan, false)).rejects.toMatchObject({
    code: "NK_PROTOCOL_SILENT",
  });
  const server = createServer();
  let socket: Socket | undefined;
  server.on("connection", (accepted: Socket) => {
    socket = accepted;
  });
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200 });
    // Its end comes after the head has gone out.
    stream.write("x".repeat(60_000), () => setImmediate(() => socket?.destroy()));
  });
  const port = await portOf(server as unknown as Server);
  const error = await http2.run(await wireTo(port), plan, false).catch((caught) => caught);
  expect(["NK_PROTOCOL_CUT", "NK_CONNECT_RESET"]).toContain(error.code);
});

test("a stream that the server resets is refused in its words", async () => {
  const port = await serving((stream) => stream.close(7));
  await expect(http2.run(await wireTo(port), plan, false)).rejects.toMatchObject({
    code: "NK_PROTOCOL_REFUSED",
    why: expect.stringContaining("REFUSED_STREAM"),
  });
});

test("TLS that did not agree to h2 is told before anything is sent", async () => {
  const wire = new ScriptedWire([], { secured: true, alpn: "http/1.1" });
  await expect(http2.run(wire, planOf("https://server.test/"), false)).rejects.toMatchObject({
    code: "NK_PROTOCOL_UPGRADE_REFUSED",
  });
  expect(wire.log).toEqual([]);
});
