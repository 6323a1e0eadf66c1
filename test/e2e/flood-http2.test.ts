// `netkit flood` over HTTP/2 against servers of others: what they count is what netkit says, through every GOAWAY.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createSecureServer, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { flood, netkit } from "../support/netkit.ts";
import { peerTest, programPath } from "../support/peers.ts";
import { accepts, Folder, freePort, Program, startNginx } from "../support/program.ts";
import { haproxy, type KeyPairFiles, selfSigned } from "../support/tls-servers.ts";

const REQUESTS = 5000;
const LOAD = ["-n", String(REQUESTS), "-c", "4", "--depth", "10"];

let folder: Folder;
let pair: KeyPairFiles;

beforeAll(async () => {
  folder = await Folder.create();
  pair = await selfSigned(folder, "p256");
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** All requests are there, and went over HTTP/2. */
function allAnswered({ totals, errors, plan, statuses }: RunResult, requests = REQUESTS): void {
  expect(errors).toEqual([]);
  expect(plan.protocol).toBe("HTTP/2");
  expect(statuses).toEqual({ "200": requests });
  expect(totals).toMatchObject({ requests, succeeded: requests, failed: 0, censored: 0 });
}

describe("nginx", () => {
  peerTest("nginx", "by ALPN, in clear, and with a body", async () => {
    await using own = await Folder.create();
    const [port, clear] = [await freePort(), await freePort()];
    await using _nginx = await startNginx(
      own,
      port,
      `listen 127.0.0.1:${port} ssl http2; listen 127.0.0.1:${clear} http2;
       ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key}; keepalive_requests 1000000;
       location / { return 200 "hello"; }`,
    );
    allAnswered((await flood(`https://127.0.0.1:${port}/`, ...LOAD, "--cacert", pair.cert)).result);
    allAnswered((await flood(`h2c://127.0.0.1:${clear}/`, ...LOAD)).result);
    const body = "x".repeat(100_000);
    const posted = await flood(
      `https://127.0.0.1:${port}/`,
      "-n",
      "50",
      "-c",
      "2",
      "--depth",
      "4",
      "--body",
      body,
      "--insecure",
    );
    allAnswered(posted.result, 50);
    expect(posted.result.totals.bytesSent).toBeGreaterThan(50 * body.length);
  });

  peerTest(
    "nginx",
    "a connection that ends after every hundredth request loses and doubles nothing",
    async () => {
      await using own = await Folder.create();
      const port = await freePort();
      const log = `${own.path}/access.log`;
      await using _nginx = await startNginx(
        own,
        port,
        `listen 127.0.0.1:${port} http2; keepalive_requests 100; access_log ${log};
       location / { return 200 "hello"; }`,
      );
      const { result } = await flood(`h2c://127.0.0.1:${port}/`, ...LOAD);
      allAnswered(result);
      expect(result.totals.connectionsOpened).toBeGreaterThanOrEqual(REQUESTS / 100);
      const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
      expect(lines.length).toBe(REQUESTS);
      expect(lines[0]).toContain("HTTP/2.0");
    },
  );
});

peerTest("haproxy", "haproxy, by ALPN", async () => {
  await using own = await Folder.create();
  const server = await haproxy(own, [pair], "alpn h2,http/1.1");
  await using _server = server;
  allAnswered((await flood(`https://127.0.0.1:${server.port}/`, ...LOAD, "--insecure")).result);
});

describe("nghttpd", () => {
  peerTest("nghttpd", "in clear and over TLS, with as few streams as it grants", async () => {
    await using own = await Folder.create();
    await own.write("index.html", "hello\n");
    const [port, clear] = [await freePort(), await freePort()];
    const program = programPath("nghttpd")!;
    const common = ["-a", "127.0.0.1", "-d", own.path, "-m", "3"];
    await using _secure = new Program(program, [...common, String(port), pair.key, pair.cert]);
    await using _clear = new Program(program, [...common, "--no-tls", String(clear)]);
    await Promise.all([accepts(port), accepts(clear)]);
    allAnswered((await flood(`https://127.0.0.1:${port}/`, ...LOAD, "--insecure")).result);
    allAnswered((await flood(`h2c://127.0.0.1:${clear}/`, ...LOAD)).result);
  });
});

describe("node:http2", () => {
  test("every request once, with its headers and its body, by the server's count", async () => {
    let asked = 0;
    let content = 0;
    const names = new Set<string>();
    const server = createServer((request, response) => {
      asked++;
      for (const name of Object.keys(request.headers)) names.add(`${name}=${String(request.headers[name])}`);
      request.on("data", (chunk: Buffer) => {
        content += chunk.length;
      });
      request.on("end", () => response.end("hello"));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const given = ["-H", "X-Id: 7", "-H", "Connection: close", "--body", "0123456789"];
    const { result } = await flood(`h2c://127.0.0.1:${port}/a?b=c`, ...LOAD, ...given);
    server.close();
    allAnswered(result);
    expect(asked).toBe(REQUESTS);
    expect(content).toBe(10 * REQUESTS);
    expect([...names].sort()).toEqual([
      `:authority=127.0.0.1:${port}`,
      ":method=POST",
      ":path=/a?b=c",
      ":scheme=http",
      "content-length=10",
      "x-id=7",
    ]);
  });

  test("statuses, resets and HEAD are what they are", async () => {
    const cert = { cert: await readFile(pair.cert), key: await readFile(pair.key) };
    let nth = 0;
    const server = createSecureServer(cert, (request, response) => {
      const n = nth++ % 4;
      if (n === 0) response.stream.close(2);
      else {
        response.writeHead(n === 1 ? 503 : 200, request.method === "HEAD" ? { "content-length": 1000 } : {});
        response.end();
      }
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { result } = await flood(
      `https://127.0.0.1:${port}/`,
      "-X",
      "HEAD",
      "-n",
      "400",
      "-c",
      "1",
      "--insecure",
    );
    server.close();
    expect(result.statuses).toEqual({ "200": 200, "503": 100 });
    expect(result.errors.map(({ kind, count }) => [kind, count])).toEqual(
      expect.arrayContaining([
        ["status-503", 100],
        ["stream-reset", 100],
      ]),
    );
  });
});

test("a version that cannot be spoken is refused with a reason", async () => {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const forced = await netkit("flood", `http://127.0.0.1:${port}/`, "--http", "2");
  expect(forced.code).toBe(2);
  expect(forced.stderr).toContain("use h2c:");
  const older = await netkit("flood", `h2c://127.0.0.1:${port}/`, "--http", "1.1");
  expect(older.code).toBe(2);
  const stranger = await netkit("flood", `tcp://127.0.0.1:${port}/`, "--http", "2");
  expect(stranger.code).toBe(2);
  server.close();
});
