import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { get as httpGet, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { servePlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { request } from "../../support/raw-client.ts";

const run = promisify(execFile);
const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("latin1")) text += chunk;
  return text;
}

describe("a listener on a unix socket", () => {
  let folder: string;
  let socketPath: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "netkit-unix-"));
    socketPath = join(folder, "netkit.sock");
  });
  afterEach(() => rm(folder, { recursive: true }));

  function start(scheme: string, maxConnections = 100): Promise<RunningServer> {
    const endpoint = parseEndpoint(`${scheme}://localhost:0`, "serve");
    const tls = endpoint.tls ? { tls: { certificate: { kind: "self-signed" } } as const } : {};
    const listeners = [{ endpoint, unixSocket: socketPath, ...tls }];
    return startServer(servePlan(listeners, { limits: { maxConnections } }));
  }

  it("serves node:http, requests and uploads", async () => {
    await using server = await start("http");
    expect(server.listeners).toMatchObject([{ url: "http://localhost", path: socketPath, port: 0 }]);
    const asking = httpGet({ socketPath, path: "/bytes/200000" });
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    expect([answer.statusCode, (await textOf(answer)).length]).toEqual([200, 200_000]);
    const uploading = httpRequest({ socketPath, path: "/upload", method: "POST" });
    uploading.end(Buffer.alloc(3_000_000));
    const [uploaded] = (await once(uploading, "response")) as [IncomingMessage];
    expect(JSON.parse(await textOf(uploaded))).toMatchObject({ bytes: 3_000_000 });
    expect((await server.stats()).requests.total).toBe(2);
  });

  it("serves over TLS", async () => {
    await using server = await start("https");
    expect(server.listeners[0]!.fingerprint).toMatch(/^[0-9A-F:]{95}$/);
    const asking = httpsRequest({ socketPath, path: "/status/202", rejectUnauthorized: false });
    asking.end();
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(202);
    answer.resume();
  });

  it("echoes frames and keeps the end of a half-closed client", async () => {
    await using _server = await start("framed");
    const socket = connect(socketPath);
    socket.end(Buffer.from("000000026869", "hex"));
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks).toString("hex")).toBe("000000026869");
  });

  it("answers requests split at every byte, pipelined", async () => {
    await using _server = await start("http");
    const socket = connect(socketPath);
    for (const byte of request("GET", "/status/201") + request("GET", "/", ["Connection: close"])) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const text = Buffer.concat(await socket.toArray()).toString();
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 201", "HTTP/1.1 200"]);
  });

  it("makes connections above the limit wait, like any other", async () => {
    await using server = await start("http", 1);
    const first = connect(socketPath);
    first.write(request("GET", "/"));
    await once(first, "data");
    const second = connect(socketPath);
    second.write(request("GET", "/"));
    await expect.poll(async () => (await server.stats()).connections.waiting).toBe(1);
    first.destroy();
    expect(String(await once(second, "data"))).toContain("hello, world");
    second.destroy();
  });

  it("drains, and removes its file", async () => {
    const server = await start("http");
    const asking = httpGet({ socketPath, path: "/delay/200ms", agent: false });
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const draining = server.drain(5000);
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    expect(await textOf(answer)).toBe("after 200 ms\n");
    expect(await draining).toMatchObject({ finished: 1, cut: 0 });
    expect(existsSync(socketPath)).toBe(false);
  });

  it.runIf(hasCurl)("serves curl --unix-socket, plain and TLS", async () => {
    for (const scheme of ["http", "https"]) {
      await using _server = await start(scheme);
      const urls = ["/", "/redirect/2", "/stream/3"].map((path) => `${scheme}://localhost${path}`);
      const { stdout } = await run("curl", ["-sSkL", "--unix-socket", socketPath, ...urls]);
      expect(stdout).toMatch(/^hello, world\nhello, world\n(\{"line":\d.*\n){3}$/);
    }
  });
});
