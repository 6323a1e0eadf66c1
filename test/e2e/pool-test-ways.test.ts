// The built `netkit pool-test` on every way to a server that is not plain TCP: TLS, HTTP/2 by ALPN, WebSocket over TLS,
// client certificates, unix sockets; the servers are other people's where there are any.
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { PoolTestResult } from "../../src/engine/pool-test/result.ts";
import { MARIADB_PROGRAMS, startMariadb } from "../support/mariadb-server.ts";
import { type Finished, netkit, Running, serve } from "../support/netkit.ts";
import { hasProgram, peerTest } from "../support/peers.ts";
import { POSTGRES_PROGRAMS, startPostgres } from "../support/postgres-server.ts";
import { Folder, freePort, startNginx } from "../support/program.ts";
import { REDIS_PROGRAMS, startRedis } from "../support/redis-server.ts";
import { Authority } from "../support/tls-authority.ts";
import type { KeyPairFiles } from "../support/tls-servers.ts";

let folder: Folder;
let authority: Authority;
let pair: KeyPairFiles;
let client: KeyPairFiles;

beforeAll(async () => {
  folder = await Folder.create();
  // Servers run as users without rights, and read and write here.
  chmodSync(folder.path, 0o777);
  if (!hasProgram("openssl")) return;
  authority = await Authority.create(folder, "authority");
  pair = await authority.issue(folder, { serial: "3001" });
  client = await authority.issue(folder, { serial: "3002", subject: "/CN=client" });
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const SHORT = ["--size", "3", "--clients", "6", "-d", "500ms", "--warmup", "100ms"];
/** Held by a time, not by the machine's speed: what other tests do beside it is no want of recovery. */
const HELD = ["--size", "3", "--clients", "6", "--hold", "20ms", "-d", "3s", "--warmup", "100ms"];
const KILL = [...HELD, "--chaos", "kill"];

function tested(...args: readonly string[]): Promise<Finished> {
  return netkit("pool-test", "--json", ...args);
}

/** It worked, on as many connections as the pool may have, and all were closed. */
function expectWorked({ code, stdout, stderr }: Finished): PoolTestResult {
  expect([0, 4], stderr).toContain(code);
  const result = JSON.parse(stdout) as PoolTestResult;
  const [run] = result.runs;
  expect(run!.counts).toMatchObject({ failed: 0, censored: 0 });
  expect(run!.counts.succeeded).toBeGreaterThan(0);
  expect(run!.connections).toMatchObject({ maxOpen: 3, createFailed: 0, leftOpen: 0 });
  return result;
}

function expectRefused({ code, stdout, stderr }: Finished, words: RegExp): void {
  expect(code, stderr).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "netkit.error/1", command: "pool-test" });
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain("    at ");
}

function trusting(): string[] {
  return ["--cacert", authority.cert];
}

function introduced(): string[] {
  return [...trusting(), "--cert", client.cert, "--key", client.key];
}

describe("HTTPS of nginx", () => {
  /** Fails whoever comes by another version than the path says. */
  async function start(more = ""): Promise<AsyncDisposable & { readonly port: number }> {
    const port = await freePort();
    const only = (version: string): string =>
      `if ($server_protocol != "HTTP/${version}") { return 505; } return 200 "as asked";`;
    const program = await startNginx(
      folder,
      port,
      `listen 127.0.0.1:${port} ssl http2; ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key}; ${more}
       location /two { ${only("2.0")} } location /one { ${only("1.1")} }`,
    );
    return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  }

  peerTest(
    ["nginx", "openssl"],
    "is spoken to in the version that ALPN chooses, or that is forced",
    async () => {
      await using nginx = await start();
      const base = `https://localhost:${nginx.port}`;
      const chosen = expectWorked(await tested(`${base}/two`, ...SHORT, ...trusting()));
      expect(chosen.plan.protocol).toBe("HTTP/2 or HTTP/1.1, by ALPN");
      expectWorked(await tested(`${base}/two`, ...SHORT, ...trusting(), "--http", "2"));
      const forced = expectWorked(await tested(`${base}/one`, ...SHORT, ...trusting(), "--http", "1.1"));
      expect(forced.plan.protocol).toBe("HTTP/1.1");
      expectRefused(await tested(`${base}/one`, ...SHORT, ...trusting()), /answered 505/);
      expectRefused(await tested(`${base}/nowhere`, ...SHORT, ...trusting()), /answered 404/);
      const killed = JSON.parse(
        (await tested(`${base}/two`, ...KILL, ...trusting())).stdout,
      ) as PoolTestResult;
      expect(killed.chaos).toMatchObject({ means: "the relay", killed: 3, leaked: 0 });
      expect(killed.chaos!.recoveryMs).not.toBeNull();
    },
  );

  peerTest(["nginx", "openssl"], "lets in whoever shows a certificate, and nobody else", async () => {
    await using nginx = await start(`ssl_client_certificate ${authority.cert}; ssl_verify_client on;`);
    const url = `https://localhost:${nginx.port}/two`;
    expectWorked(await tested(url, ...SHORT, ...introduced()));
    expectRefused(await tested(url, ...SHORT, ...trusting()), /answered 400/);
    expectRefused(await tested(url, ...SHORT), /certificate|issuer/);
  });
});

describe("WebSocket over TLS, of the library ws", () => {
  async function start(requestCert: boolean): Promise<AsyncDisposable & { readonly url: string }> {
    const [cert, key, ca] = [pair.cert, pair.key, authority.cert].map((path) => readFileSync(path));
    const options = requestCert ? { ca: ca!, requestCert, rejectUnauthorized: true } : {};
    const server = createHttps({ cert: cert!, key: key!, ...options });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => {
      socket.on("error", () => undefined);
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `wss://localhost:${(server.address() as AddressInfo).port}/chat`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      },
    };
  }

  peerTest("openssl", "echoes over as many connections as the pool has, and recovers", async () => {
    await using server = await start(false);
    expect(expectWorked(await tested(server.url, ...SHORT, ...trusting())).plan.protocol).toBe("WebSocket");
    expectRefused(await tested(server.url, ...SHORT), /certificate|issuer/);
    const killed = JSON.parse((await tested(server.url, ...KILL, ...trusting())).stdout) as PoolTestResult;
    expect(killed.chaos).toMatchObject({ killed: 3, leaked: 0 });
    expect(killed.chaos!.recoveryMs).not.toBeNull();
  });

  peerTest("openssl", "asks for a certificate, and is shown it", async () => {
    await using server = await start(true);
    expectWorked(await tested(server.url, ...SHORT, ...introduced()));
    expectRefused(await tested(server.url, ...SHORT, ...trusting()), /./);
  });
});

describe("netkit serve", () => {
  test.each(["https", "tls", "framed+tls"])("%s with a certificate made in memory", async (scheme) => {
    await using server = await serve(`${scheme}://127.0.0.1:0`, "--self-signed", "--no-admin");
    const { url } = server.ready.listeners[0]!;
    expectWorked(await tested(url, ...SHORT, "--insecure"));
    expectRefused(await tested(url, ...SHORT), /certificate|issuer/);
  });

  peerTest("openssl", "tls: and framed+tls: with a certificate asked for", async () => {
    const files = ["--cert", pair.cert, "--key", pair.key, "--client-ca", authority.cert];
    await using server = await serve("tls://127.0.0.1:0", "framed+tls://127.0.0.1:0", ...files, "--no-admin");
    for (const { url } of server.ready.listeners) {
      expectWorked(await tested(url, ...SHORT, ...introduced()));
      expectRefused(await tested(url, ...SHORT, ...trusting()), /./);
    }
  });

  test("on a unix socket, also through a fault", async () => {
    const path = join(folder.path, "serve.sock");
    await using server = new Running([
      "serve",
      "http://localhost",
      "--unix-socket",
      path,
      "--json",
      "--no-admin",
    ]);
    await server.saw('"netkit.ready/1"');
    expectWorked(await tested("http://localhost/", "--unix-socket", path, ...SHORT));
    const { stdout } = await tested("http://localhost/", "--unix-socket", path, ...KILL);
    expect((JSON.parse(stdout) as PoolTestResult).chaos).toMatchObject({ killed: 3, leaked: 0 });
    const missing = await tested("http://localhost/", "--unix-socket", `${path}.none`, ...SHORT);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no such file")]);
  });
});

peerTest("openssl", "a TLS server of node's own, by a name that its certificate does not have", async () => {
  const server = createTls({ cert: readFileSync(pair.cert), key: readFileSync(pair.key) }, (socket) => {
    socket.on("error", () => undefined).pipe(socket);
  });
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    expectWorked(await tested(`tls://localhost:${port}`, ...SHORT, ...trusting()));
    expectRefused(await tested(`tls://127.0.0.2:${port}`, ...SHORT, ...trusting()), /refused|127\.0\.0\.2/);
  } finally {
    server.close();
  }
});

describe("databases on a unix socket", () => {
  peerTest(POSTGRES_PROGRAMS, "PostgreSQL, by the folder and by the file, also through a fault", async () => {
    await using postgres = await startPostgres();
    const url = `postgres://postgres@localhost:${postgres.port}/postgres`;
    const file = join(postgres.socketDir, `.s.PGSQL.${postgres.port}`);
    for (const path of [postgres.socketDir, file]) {
      expectWorked(await tested(url, "--unix-socket", path, ...SHORT));
    }
    expectWorked(await tested("postgres://postgres@localhost/postgres", "--unix-socket", file, ...SHORT));
    const { stdout, stderr } = await tested(url, "--unix-socket", postgres.socketDir, ...KILL);
    expect(stdout, stderr).not.toBe("");
    expect((JSON.parse(stdout) as PoolTestResult).chaos).toMatchObject({
      means: "pg_terminate_backend",
      killed: 3,
      leaked: 0,
    });
  });

  peerTest(REDIS_PROGRAMS, "Redis", async () => {
    const path = join(folder.path, "redis.sock");
    await using redis = await startRedis({ settings: [`unixsocket ${path}`, "unixsocketperm 777"] });
    expect(await redis.command("PING")).toBe("PONG");
    expectWorked(await tested("redis://localhost:1", "--unix-socket", path, ...SHORT));
  });

  peerTest(MARIADB_PROGRAMS, "MariaDB", async () => {
    await using mariadb = await startMariadb();
    const path = await mariadb.query("SELECT @@socket");
    expectWorked(await tested("mysql://root@localhost:1/", "--unix-socket", path, ...SHORT));
  });
});

describe("Redis over TLS", () => {
  peerTest([...REDIS_PROGRAMS, "openssl"], "is swept and ends connections itself", async () => {
    await using redis = await startRedis({ tls: pair, password: "s3cret" });
    const url = `rediss://:s3cret@localhost:${redis.tlsPort}`;
    expectWorked(await tested(url, ...SHORT, ...trusting()));
    expectRefused(await tested(url, ...SHORT), /certificate|issuer/);
    const { stdout, stderr } = await tested(url, ...KILL, ...trusting());
    expect((JSON.parse(stdout) as PoolTestResult).chaos).toMatchObject({ means: "CLIENT KILL", killed: 3 });
    expect(stdout + stderr).not.toContain("s3cret");
  });

  peerTest([...REDIS_PROGRAMS, "openssl"], "asks for a certificate, and is shown it", async () => {
    const settings = ["tls-auth-clients yes", `tls-ca-cert-file ${authority.cert}`];
    await using redis = await startRedis({ tls: pair, settings });
    const url = `rediss://localhost:${redis.tlsPort}`;
    expectWorked(await tested(url, ...SHORT, ...introduced()));
    expectRefused(await tested(url, ...SHORT, ...trusting()), /./);
  });
});
