// flood against servers of other people: plain and TLS, keep-alive and its end, bodies of every framing.
import { once } from "node:events";
import { createServer as createHttp, type RequestListener, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../src/core/tls/self-signed.ts";
import { exitFor, flood, netkit } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { accepts, Folder, freePort, Program, startNginx } from "../support/program.ts";

async function listen(server: Server): Promise<AsyncDisposable & { port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const answer: RequestListener = (request, response) => {
  switch (request.url) {
    case "/chunked":
      response.write("one ");
      response.write("two ");
      response.end("three");
      break;
    case "/until-close":
      response.removeHeader("Transfer-Encoding");
      response.shouldKeepAlive = false;
      response.socket?.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
      break;
    case "/empty":
      response.statusCode = 204;
      response.end();
      break;
    case "/continue":
      response.writeProcessing();
      response.end("after an interim answer");
      break;
    case "/large":
      response.end(Buffer.alloc(1_000_000, 0x61));
      break;
    case "/length": {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on("end", () => {
        response.statusCode = bytes === 100_000 && request.method === "POST" ? 200 : 400;
        response.end();
      });
      break;
    }
    default:
      response.end("hello");
  }
};

describe("node:http", () => {
  test.each(["/", "/chunked", "/until-close", "/empty", "/continue", "/large"])(
    "%s is answered 200 times out of 200",
    async (path) => {
      await using server = await listen(createHttp(answer));
      const { result, code } = await flood(`http://127.0.0.1:${server.port}${path}`, "-n", "200", "-c", "5");
      expect(code).toBe(exitFor(result, 0));
      expect(result.totals).toMatchObject({ requests: 200, succeeded: 200, failed: 0, censored: 0 });
    },
  );

  test("HEAD has no body, whatever its length says", async () => {
    await using server = await listen(createHttp(answer));
    const { result } = await flood(
      `http://127.0.0.1:${server.port}/large`,
      "-X",
      "HEAD",
      "-n",
      "50",
      "-c",
      "2",
    );
    expect(result.totals.succeeded).toBe(50);
    expect(result.totals.bytesReceived).toBeLessThan(50 * 500);
  });

  test("a body from a file arrives whole", async () => {
    await using folder = await Folder.create();
    const file = await folder.write("body.txt", "x".repeat(100_000));
    await using server = await listen(createHttp(answer));
    const url = `http://127.0.0.1:${server.port}/length`;
    const { result } = await flood(url, "--body-file", file, "-X", "POST", "-n", "100", "-c", "4");
    expect(result.totals.succeeded).toBe(100);
  });

  test("--new-connection opens one for each request", async () => {
    await using server = await listen(createHttp(answer));
    const url = `http://127.0.0.1:${server.port}/`;
    const { result } = await flood(url, "--new-connection", "-n", "300", "-c", "10");
    expect(result.totals).toMatchObject({ succeeded: 300, failed: 0, connectionsOpened: 300 });
    expect(result.latency.connect.count).toBe(300);
  });

  test("several paths of one server take turns, each with figures of its own", async () => {
    await using server = await listen(createHttp(answer));
    const base = `http://127.0.0.1:${server.port}`;
    const { result } = await flood(`${base}/`, `${base}/empty`, `${base}/chunked`, "-n", "300", "-c", "3");
    expect(result.endpoints.map((endpoint) => endpoint.totals.requests)).toEqual([100, 100, 100]);
    expect(result.endpoints[1]!.statuses).toEqual({ 204: 100 });
  });
});

describe("TLS", () => {
  test("a certificate that nobody vouches for is refused, with the way out; --cacert and --insecure go on", async () => {
    const { cert, key } = await generateSelfSigned(["localhost"]);
    await using folder = await Folder.create();
    const ca = await folder.write("ca.pem", cert);
    await using server = await listen(createHttps({ cert, key }, answer) as unknown as Server);
    const url = `https://localhost:${server.port}/`;
    const refused = await netkit("flood", url, "-n", "10");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("--cacert");
    for (const how of [["--cacert", ca], ["--insecure"]]) {
      const { result, code } = await flood(url, "-n", "100", "-c", "5", ...how);
      expect(code).toBe(exitFor(result, 0));
      expect(result.totals.succeeded).toBe(100);
      expect(result.latency.tls.count).toBeGreaterThanOrEqual(5);
    }
  });

  test("a server that wants a client certificate gets it", async () => {
    const { cert, key } = await generateSelfSigned(["localhost"]);
    const client = await generateSelfSigned(["client"]);
    await using folder = await Folder.create();
    const [ca, clientCert, clientKey] = [
      await folder.write("ca.pem", cert),
      await folder.write("client.pem", client.cert),
      await folder.write("client.key", client.key),
    ];
    const options = { cert, key, ca: client.cert, requestCert: true, rejectUnauthorized: true };
    await using server = await listen(createHttps(options, answer) as unknown as Server);
    const args = [`https://localhost:${server.port}/`, "-n", "20", "-c", "2", "--cacert", ca];
    const { result } = await flood(...args, "--cert", clientCert, "--key", clientKey);
    expect(result.totals.succeeded).toBe(20);
    const without = await netkit("flood", ...args, "--timeout", "2s");
    expect(without.code).toBe(3);
  });

  test("plain HTTP where TLS was expected is said in words", async () => {
    await using server = await listen(createHttp(answer));
    const { code, stderr } = await netkit("flood", `https://127.0.0.1:${server.port}/`, "-n", "10");
    expect(code).toBe(3);
    expect(stderr).toMatch(/TLS/);
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });
});

describe("nginx", () => {
  peerTest("nginx", "keep-alive, its announced end, and pipelining", async () => {
    await using folder = await Folder.create();
    const port = await freePort();
    await using _nginx = await startNginx(
      folder,
      port,
      `listen 127.0.0.1:${port}; keepalive_requests 50; location / { return 200 "hello"; }`,
    );
    const url = `http://127.0.0.1:${port}/`;
    const plain = await flood(url, "-n", "5000", "-c", "10");
    expect(plain.result.totals).toMatchObject({ requests: 5000, succeeded: 5000, failed: 0, censored: 0 });
    expect(plain.result.totals.connectionsOpened).toBeGreaterThanOrEqual(100);
    const deep = await flood(url, "-n", "5000", "-c", "4", "--depth", "10");
    const { requests, succeeded, failed, censored } = deep.result.totals;
    expect(requests).toBe(5000);
    expect(succeeded + failed + censored).toBe(5000);
  });
});

describe("haproxy", () => {
  peerTest("haproxy", "in front of a server", async () => {
    await using server = await listen(createHttp(answer));
    await using folder = await Folder.create();
    const port = await freePort();
    const config = await folder.write(
      "haproxy.cfg",
      // Without maxconn it sizes its memory by the descriptors that it might have.
      `global
  maxconn 100
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  server s 127.0.0.1:${server.port}
`,
    );
    await using _haproxy = new Program("haproxy", ["-db", "-f", config]);
    await accepts(port);
    const { result, code } = await flood(`http://127.0.0.1:${port}/chunked`, "-n", "1000", "-c", "10");
    expect(code).toBe(exitFor(result, 0));
    expect(result.totals).toMatchObject({ requests: 1000, succeeded: 1000, failed: 0, censored: 0 });
  });
});
