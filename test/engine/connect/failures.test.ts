// Every failure made for real: the verdict names the right layer each time, and no two share a text.
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Credentials } from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import type { ConnectPlan } from "../../../src/engine/connect/plan.ts";
import type { ConnectResult, Layer, PhaseName } from "../../../src/engine/connect/result.ts";
import { runConnect } from "../../../src/engine/connect/run.ts";
import { renderConnect } from "../../../src/report/connect/text/page.ts";
import { DnsResponder } from "../../support/dns-responder.ts";
import { planFor } from "./plan.ts";

const DAY_MS = 86_400_000;
const servers: Server[] = [];
let good: Credentials;
let expired: Credentials;
let future: Credentials;
let dns: DnsResponder;

beforeAll(async () => {
  const now = Date.now();
  const at = (days: number): Date => new Date(now + days * DAY_MS);
  [good, expired, future, dns] = await Promise.all([
    generateSelfSigned([]),
    generateSelfSigned([], { notBefore: at(-30), notAfter: at(-2) }),
    generateSelfSigned([], { notBefore: at(2), notAfter: at(30) }),
    DnsResponder.start(),
  ]);
  dns.on("gone.test", "A", { rcode: "NXDOMAIN" }).on("gone.test", "AAAA", { rcode: "NXDOMAIN" });
  dns.on("broken.test", "A", { rcode: "SERVFAIL" }).on("broken.test", "AAAA", { rcode: "SERVFAIL" });
  dns.on("silent.test", "A", { kind: "drop" }).on("silent.test", "AAAA", { kind: "drop" });
  dns.on("empty.test", "A", { addresses: [] }).on("empty.test", "AAAA", { addresses: [] });
});

afterAll(async () => {
  for (const server of servers) server.close();
  await dns[Symbol.asyncDispose]();
});

async function listen(server: Server, backlog?: number): Promise<number> {
  servers.push(server);
  server.listen({ port: 0, host: "127.0.0.1", backlog });
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** A server that does this with every connection. */
async function acting(onConnection: (socket: Socket) => void): Promise<number> {
  return await listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      onConnection(socket);
    }),
  );
}

async function tlsServer(credentials: Credentials, options: object = {}): Promise<number> {
  const server = createTlsServer({ cert: credentials.cert, key: credentials.key, ...options }, (socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
  });
  return await listen(server.on("tlsClientError", () => undefined));
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

async function connect(plan: ConnectPlan): Promise<ConnectResult> {
  const signal = new AbortController().signal;
  return await runConnect(plan, { version: "0", expectations: [], signal });
}

const asking = (): ConnectPlan["resolver"] => ({ kind: "dns", address: "127.0.0.1", port: dns.port });
const trusting = (credentials: Credentials): Pick<ConnectPlan, "tls"> => ({
  tls: { ca: credentials.cert, alpn: ["http/1.1"] },
});

interface Failure {
  readonly make: () => Promise<ConnectPlan>;
  readonly layer: Layer;
  readonly code: string;
  readonly phase: PhaseName;
}

const FAILURES: Record<string, Failure> = {
  "a name that does not exist": {
    make: async () => planFor("http://gone.test/", { resolver: asking() }),
    layer: "name",
    code: "NK_DNS_NOT_FOUND",
    phase: "dns",
  },
  "a name server in trouble": {
    make: async () => planFor("http://broken.test/", { resolver: asking() }),
    layer: "name",
    code: "NK_DNS_SERVER_FAILURE",
    phase: "dns",
  },
  "a silent name server": {
    make: async () => planFor("http://silent.test/", { resolver: asking() }, 300),
    layer: "name",
    code: "NK_DNS_TIMEOUT",
    phase: "dns",
  },
  "a name without addresses": {
    make: async () => planFor("http://empty.test/", { resolver: asking() }),
    layer: "name",
    code: "NK_DNS_NO_ADDRESS",
    phase: "dns",
  },
  "a closed port": {
    make: async () => planFor(`http://127.0.0.1:${await freePort()}/`),
    layer: "refused",
    code: "NK_CONNECT_REFUSED",
    phase: "connect",
  },
  "a full accept queue": {
    make: async () => planFor(`http://127.0.0.1:${await fullQueue()}/`, {}, 500),
    layer: "filtered",
    code: "NK_CONNECT_TIMEOUT",
    phase: "connect",
  },
  "a reset after accept": {
    make: async () =>
      planFor(
        `http://127.0.0.1:${await acting((socket) => socket.once("data", () => socket.resetAndDestroy()))}/`,
      ),
    layer: "protocol",
    code: "NK_CONNECT_RESET",
    phase: "firstByte",
  },
  "an end without an answer": {
    make: async () => {
      const port = await acting((socket) => socket.once("data", () => socket.end()));
      return planFor(`http://127.0.0.1:${port}/`);
    },
    layer: "protocol",
    code: "NK_PROTOCOL_SILENT",
    phase: "firstByte",
  },
  "an answer that is cut": {
    make: async () => {
      const port = await acting((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour")),
      );
      return planFor(`http://127.0.0.1:${port}/`);
    },
    layer: "protocol",
    code: "NK_PROTOCOL_CUT",
    phase: "transfer",
  },
  "a TLS alert": {
    make: async () => {
      // handshake_failure (40), fatal.
      const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 40]);
      const port = await acting((socket) => socket.once("data", () => socket.end(alert)));
      return planFor(`https://127.0.0.1:${port}/`);
    },
    layer: "tls",
    code: "NK_TLS_ALERT",
    phase: "tls",
  },
  "an end in the handshake": {
    make: async () => {
      const port = await acting((socket) => socket.once("data", () => socket.end()));
      return planFor(`https://127.0.0.1:${port}/`);
    },
    layer: "tls",
    code: "NK_TLS_CLOSED",
    phase: "tls",
  },
  "a handshake that stands still": {
    make: async () => planFor(`https://127.0.0.1:${await acting((socket) => socket.resume())}/`, {}, 300),
    layer: "tls",
    code: "NK_TLS_HANDSHAKE_TIMEOUT",
    phase: "tls",
  },
  "an expired certificate": {
    make: async () => planFor(`https://127.0.0.1:${await tlsServer(expired)}/`, trusting(expired)),
    layer: "tls-trust",
    code: "NK_TLS_CERT_EXPIRED",
    phase: "tls",
  },
  "a certificate of tomorrow": {
    make: async () => planFor(`https://127.0.0.1:${await tlsServer(future)}/`, trusting(future)),
    layer: "tls-trust",
    code: "NK_TLS_CERT_NOT_YET_VALID",
    phase: "tls",
  },
  "a wrong name": {
    make: async () => {
      const port = await tlsServer(good);
      const overrides = [{ host: "other.test", port: undefined, addresses: ["127.0.0.1"] }];
      return planFor(`https://other.test:${port}/`, { ...trusting(good), overrides });
    },
    layer: "tls-name",
    code: "NK_TLS_NAME_MISMATCH",
    phase: "tls",
  },
  "an untrusted certificate": {
    make: async () => planFor(`https://127.0.0.1:${await tlsServer(good)}/`),
    layer: "tls-trust",
    code: "NK_TLS_CERT_UNTRUSTED",
    phase: "tls",
  },
  "no version in common": {
    make: async () => {
      const port = await tlsServer(good, { maxVersion: "TLSv1.2" });
      return planFor(`https://127.0.0.1:${port}/`, { tls: { ca: good.cert, minVersion: "TLSv1.3" } });
    },
    layer: "tls-version",
    code: "NK_TLS_VERSION",
    phase: "tls",
  },
  "plain HTTP on a port that TLS is spoken to": {
    make: async () => {
      const port = await acting((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
      );
      return planFor(`https://127.0.0.1:${port}/`);
    },
    layer: "protocol",
    code: "NK_TLS_NOT_TLS",
    phase: "tls",
  },
  "TLS on a port that plain HTTP is spoken to": {
    make: async () => {
      // unexpected_message (10), as gnutls and others answer.
      const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 10]);
      return planFor(
        `http://127.0.0.1:${await acting((socket) => socket.once("data", () => socket.end(alert)))}/`,
      );
    },
    layer: "protocol",
    code: "NK_PROTOCOL_TLS_ANSWERED",
    phase: "transfer",
  },
  "a web server that wants TLS and says so": {
    make: async () => {
      const page = "The plain HTTP request was sent to HTTPS port";
      const answer = `HTTP/1.1 400 Bad Request\r\nContent-Length: ${page.length}\r\n\r\n${page}`;
      return planFor(
        `http://127.0.0.1:${await acting((socket) => socket.once("data", () => socket.end(answer)))}/`,
      );
    },
    layer: "protocol",
    code: "NK_PROTOCOL_TLS_EXPECTED",
    phase: "transfer",
  },
  "protocol garbage": {
    make: async () => {
      const port = await acting((socket) =>
        socket.once("data", () => socket.end("\x00\x01\x02 what?\r\n\r\n")),
      );
      return planFor(`http://127.0.0.1:${port}/`);
    },
    layer: "protocol",
    code: "NK_PROTOCOL_GARBAGE",
    phase: "transfer",
  },
  "a first byte that does not come": {
    make: async () => planFor(`http://127.0.0.1:${await acting((socket) => socket.resume())}/`, {}, 300),
    layer: "slow",
    code: "NK_ANSWER_TIMEOUT",
    phase: "firstByte",
  },
  "an answer that does not end": {
    make: async () => {
      const port = await acting((socket) =>
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour")),
      );
      return planFor(`http://127.0.0.1:${port}/`, {}, 300);
    },
    layer: "slow",
    code: "NK_TRANSFER_TIMEOUT",
    phase: "transfer",
  },
  "a greeting that does not come": {
    make: async () => planFor(`smtp://127.0.0.1:${await acting((socket) => socket.resume())}`, {}, 300),
    layer: "slow",
    code: "NK_GREETING_TIMEOUT",
    phase: "greeting",
  },
  "a request that is not taken": {
    make: async () => {
      const port = await acting((socket) => socket.pause());
      const body = Buffer.alloc(32 * 1024 * 1024);
      return planFor(`http://127.0.0.1:${port}/`, { request: { method: "POST", headers: [], body } }, 300);
    },
    layer: "slow",
    code: "NK_REQUEST_TIMEOUT",
    phase: "request",
  },
  "a datagram that nobody answers": {
    make: async () => {
      const silent = createSocket("udp4").unref();
      await new Promise<void>((done) => void silent.bind(0, "127.0.0.1", done));
      datagrams.push(silent);
      return planFor(`udp://127.0.0.1:${silent.address().port}`, {}, 300);
    },
    layer: "filtered",
    code: "NK_UDP_SILENT",
    phase: "firstByte",
  },
  "a proxy that says no": {
    make: async () => {
      const port = await acting((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")),
      );
      const proxy = { host: "127.0.0.1", port, username: undefined, password: undefined };
      return planFor("https://example.test/", {
        proxy: { kind: "http", ...proxy, display: `http://127.0.0.1:${port}` },
      });
    },
    layer: "proxy",
    code: "NK_PROXY_REFUSED",
    phase: "proxy",
  },
};

/** One that accepts nobody: the process stands still and its queue is full, so the kernel drops what comes. */
async function fullQueue(address = "127.0.0.1"): Promise<number> {
  const script = `const s=require("net").createServer();s.listen({port:0,host:"${address}",backlog:1},()=>console.log(s.address().port))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [text] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  child.kill("SIGSTOP");
  const port = Number(text);
  for (let taken = 0; taken < 4; taken++) {
    const socket = dial(port, address);
    socket.on("error", () => undefined);
    stuffing.push(socket);
    // The last ones are not answered any more.
    await Promise.race([once(socket, "connect"), new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return port;
}

const stuffing: Socket[] = [];
const datagrams: DatagramSocket[] = [];
const children: ChildProcess[] = [];
afterAll(() => {
  for (const socket of stuffing) socket.destroy();
  for (const socket of datagrams) socket.close();
  for (const child of children) child.kill("SIGKILL");
});

const titles = new Map<string, string>();

describe("the verdict names the layer", () => {
  test.each(Object.entries(FAILURES))("of %s", async (name, { make, layer, code, phase }) => {
    const { paths, verdict } = await connect(await make());
    const [path] = paths;
    expect({ code: path?.error?.code, layer: verdict.layer }).toEqual({ code, layer });
    expect(verdict.outcome).toBe("failed");
    expect(path!.phases.filter(({ failed }) => failed).map((one) => one.name)).toEqual([phase]);
    expect(verdict.next).toMatch(/\w/);
    // What is another port or host each time does not make a text another one.
    const text = verdict.title.replace(/[\w.]+(:\d+)?\b(?=$| )/g, (word) => (/[.:]/.test(word) ? "X" : word));
    expect(titles.get(text), `the title of ${name}`).toBeUndefined();
    titles.set(text, name);
  });
});

// A machine without IPv6 has no race to be seen.
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const PAIRS = [
  ["::1", "127.0.0.1"],
  ["127.0.0.1", "::1"],
] as const;

describe.each(hasIpv6 ? PAIRS : [])("with %s dead and %s alive", (dead, live) => {
  test("the live one is connected within 300 ms, and it is told who lost and why", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    servers.push(server);
    let port = 0;
    // What is free on the one address may be taken on the other.
    for (let taken = true; taken; ) {
      port = await fullQueue(dead);
      server.listen(port, live);
      taken = await once(server, "listening").then(
        () => false,
        () => true,
      );
    }
    const overrides = [{ host: "two.test", port: undefined, addresses: [dead, live] }];
    const { paths, verdict } = await connect(planFor(`http://two.test:${port}/`, { overrides }));
    const [path] = paths;
    expect(path!.remote?.address).toBe(live);
    expect(path!.attempts.map(({ address, outcome }) => [address, outcome])).toEqual([
      [dead, "lost"],
      [live, "connected"],
    ]);
    const phase = path!.phases.find(({ name }) => name === "connect");
    expect(phase!.durationUs).toBeGreaterThan(245_000);
    expect(phase!.durationUs).toBeLessThan(300_000);
    expect(verdict.outcome).toBe("ok");
    expect(verdict.evidence.join("\n")).toContain(`${dead} had not answered when another address won`);
    expect(verdict.next).toContain(dead === "::1" ? "IPv6" : "IPv4");
    const page = renderConnect({ ...EMPTY, paths, verdict }, { width: 80, color: 0 });
    expect(page).toMatch(new RegExp(`${dead.replaceAll(".", "\\.")}\\s+├─+┄\\s+lost, silent for 2\\d\\d ms`));
  });
});

const EMPTY: ConnectResult = {
  schema: "netkit.connect/1",
  command: "connect",
  version: "0",
  startedAt: "",
  url: "http://two.test/",
  mode: "once",
  paths: [],
  repeat: null,
  expectations: [],
  verdict: { outcome: "ok", layer: null, title: "", evidence: [], next: null },
  interrupted: false,
};

test("a certificate that is refused is shown all the same", async () => {
  const port = await tlsServer(expired);
  const { paths } = await connect(planFor(`https://localhost:${port}/`, trusting(expired)));
  expect(paths[0]!.error?.code).toBe("NK_TLS_CERT_EXPIRED");
  expect(paths[0]!.tls).toMatchObject({
    version: "TLSv1.3",
    authorized: false,
    authorizationError: "CERT_HAS_EXPIRED",
    daysLeft: -3,
    chain: [{ names: expect.arrayContaining(["localhost"]) }],
  });
});

test("phases follow each other without a gap, and add up to the whole", async () => {
  const port = await tlsServer(good, { ALPNProtocols: ["http/1.1"] });
  const { paths } = await connect(planFor(`https://127.0.0.1:${port}/`, trusting(good)));
  const [path] = paths;
  expect(path!.phases.map(({ name }) => name)).toEqual([
    "connect",
    "tls",
    "request",
    "firstByte",
    "transfer",
  ]);
  let endUs = 0;
  for (const { startUs, durationUs } of path!.phases) {
    expect(startUs).toBeCloseTo(endUs, 3);
    endUs = startUs + durationUs;
  }
  expect(path!.totalUs).toBeCloseTo(endUs, 3);
  expect(path!.tls).toMatchObject({ version: "TLSv1.3", alpn: "http/1.1", authorized: true, resumed: false });
});
