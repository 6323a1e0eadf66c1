// The way that `netkit flood` takes, as the server sees it: addresses, sockets, names and versions of TLS.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { flood, netkit } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";
import { selfSigned } from "../support/tls-servers.ts";

let folder: Folder;
const plain = createServer((request, response) => {
  seen.push(`${request.socket.remoteAddress} ${request.headers.host}`);
  response.end("hello");
});
let secure: Server;
let seen: string[] = [];

beforeAll(async () => {
  folder = await Folder.create();
  const pair = await selfSigned(folder, "p256");
  secure = createHttps(
    { cert: await readFile(pair.cert), key: await readFile(pair.key) },
    (request, response) => {
      const socket = request.socket as TLSSocket & { servername: string | false };
      seen.push(
        `${socket.getProtocol()} ${socket.getCipher().name} ${socket.servername} ${socket.alpnProtocol}`,
      );
      response.end("hello");
    },
  );
  for (const server of [plain, secure]) await once(server.listen(0, "127.0.0.1"), "listening");
});

afterAll(async () => {
  plain.closeAllConnections();
  plain.close();
  secure.close();
  await folder[Symbol.asyncDispose]();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function flooded(url: string, ...args: string[]): Promise<{ result: RunResult; seen: string[] }> {
  seen = [];
  const { result } = await flood(url, "-n", "40", "-c", "4", ...args);
  expect(result.errors).toEqual([]);
  expect(result.totals.succeeded).toBe(40);
  return { result, seen: [...new Set(seen)].sort() };
}

describe("where to", () => {
  test("--resolve gives a name its address, and the server hears the name", async () => {
    const port = portOf(plain);
    const { result, seen } = await flooded(`http://a.test:${port}/`, "--resolve", `a.test:${port}:127.0.0.1`);
    expect(seen).toEqual([`127.0.0.1 a.test:${port}`]);
    expect(result.plan.way).toBe("to 127.0.0.1");
  });

  test("--connect-to dials another place for it", async () => {
    const port = portOf(plain);
    const { result, seen } = await flooded("http://a.test/", "--connect-to", `a.test:80:127.0.0.1:${port}`);
    expect(seen).toEqual(["127.0.0.1 a.test"]);
    expect(result.plan.way).toBe(`to 127.0.0.1 port ${port}`);
  });

  test("--unix-socket takes no address at all; one that is not there is told by its name", async () => {
    const path = join(folder.path, "app.sock");
    const server = createServer((request, response) => response.end(request.headers.host));
    await once(server.listen(path), "listening");
    const { result } = await flooded("http://a.test/", "--unix-socket", path);
    server.closeAllConnections();
    server.close();
    expect(result.plan.way).toBe(`to the unix socket ${path}`);
    const gone = await netkit(
      "flood",
      "http://a.test/",
      "--unix-socket",
      join(folder.path, "none.sock"),
      "-n",
      "1",
    );
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain("none.sock");
  });

  test("--local-address: of several, each has its turn; one that is not ours is told", async () => {
    const url = `http://127.0.0.1:${portOf(plain)}/`;
    const from = ["--local-address", "127.0.0.2", "--local-address", "127.0.0.3"];
    const { seen } = await flooded(url, ...from, "--new-connection");
    expect(seen.map((line) => line.split(" ")[0])).toEqual(["127.0.0.2", "127.0.0.3"]);
    const stranger = await netkit("flood", url, "--local-address", "192.0.2.1", "-n", "1");
    expect(stranger.code).toBe(3);
    expect(stranger.stderr).toMatch(/address/);
  });
});

describe("by which TLS", () => {
  test("name, version, suite and protocols are what was asked for", async () => {
    const url = `https://127.0.0.1:${portOf(secure)}/`;
    const suite = "ECDHE-ECDSA-AES128-GCM-SHA256";
    const asked = ["--insecure", "--sni", "other.test", "--tls-max", "TLSv1.2", "--ciphers", suite];
    const { result, seen } = await flooded(url, ...asked, "--alpn", "http/1.1");
    expect(seen).toEqual([`TLSv1.2 ${suite} other.test http/1.1`]);
    expect(result.plan.way).toBe(`SNI other.test; ALPN http/1.1; TLSv1.2 or earlier; ciphers ${suite}`);
  });

  test("a list of ciphers that is none, and a version that the server refuses, are told as such", async () => {
    const url = `https://127.0.0.1:${portOf(secure)}/`;
    const none = await netkit("flood", url, "--insecure", "--ciphers", "nonsense", "-n", "1");
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/cipher/i);
    const old = await netkit("flood", url, "--insecure", "--tls-max", "TLSv1.1", "-n", "1");
    expect(old.code).toBe(3);
    expect(old.stderr).not.toContain("    at ");
  });
});

describe("--handshake-only", () => {
  test("opens as many connections as were asked for, each with its handshake, and sends nothing", async () => {
    const url = `https://127.0.0.1:${portOf(secure)}/`;
    let handshakes = 0;
    const count = (): void => void handshakes++;
    secure.on("secureConnection", count);
    seen = [];
    const { result } = await flood(url, "-n", "60", "-c", "3", "--insecure", "--handshake-only");
    secure.off("secureConnection", count);
    expect(result.errors).toEqual([]);
    expect(result.totals).toMatchObject({ requests: 60, succeeded: 60, bytesSent: 0 });
    expect(result.plan).toMatchObject({ protocol: "connections alone", newConnection: true });
    expect(result.latency.tls.count).toBeGreaterThanOrEqual(60);
    expect(handshakes).toBeGreaterThanOrEqual(60);
    expect(result.latency.response.p50).toBeGreaterThanOrEqual(result.latency.tls.p50! / 2);
    expect(seen).toEqual([]);
    const bare = await flood(`http://127.0.0.1:${portOf(plain)}/`, "-n", "30", "-c", "2", "--handshake-only");
    expect(bare.result.totals).toMatchObject({ succeeded: 30, bytesReceived: 0 });
    const odd = await netkit("flood", url, "--handshake-only", "--body", "x");
    expect(odd.code).toBe(2);
  });
});
