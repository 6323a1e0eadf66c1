import { getEventListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { dial } from "../../../src/core/lifecycle/dial.ts";
import type { DialOptions, DialResult, DialTls } from "../../../src/core/lifecycle/dial-types.ts";
import type { Credentials } from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { closedPort, plainServer, tlsServer } from "./support.ts";

let local: Credentials;
let other: Credentials;
beforeAll(async () => {
  local = await generateSelfSigned();
  other = await generateSelfSigned(["other.example"]);
});

/** Dials, closes what came of it, and gives the result. */
async function outcomeOf(options: DialOptions, signal?: AbortSignal): Promise<DialResult> {
  const result = await dial(options, signal);
  if (result.kind === "ready") {
    result.socket.on("error", () => undefined);
    result.socket.destroy();
  }
  return result;
}

async function failureOf(options: DialOptions, signal?: AbortSignal) {
  const result = await outcomeOf(options, signal);
  if (result.kind === "ready") throw new Error("it was connected");
  return result.error;
}

describe("dial", () => {
  test("connects to a literal address and stamps each phase in order", async () => {
    await using server = await plainServer(() => undefined);
    const result = await outcomeOf(server.target);
    expect(result.kind).toBe("ready");
    const { stamps, attempts, remote, tls } = result.report;
    expect(attempts).toHaveLength(1);
    expect(attempts[0]).toMatchObject({ address: "127.0.0.1", family: 4, outcome: { kind: "connected" } });
    expect(remote).toEqual({ address: "127.0.0.1", family: 4 });
    expect(stamps.startUs).toBeLessThanOrEqual(stamps.resolvedUs!);
    expect(stamps.resolvedUs).toBeLessThanOrEqual(stamps.connectedUs!);
    expect(stamps.connectedUs).toBeLessThanOrEqual(stamps.endUs);
    expect(stamps.securedUs).toBeUndefined();
    expect(tls).toBeUndefined();
    expect(JSON.parse(JSON.stringify(result.report))).toMatchObject({ host: "127.0.0.1" });
  });

  test("resolves a name by the system", async () => {
    await using server = await plainServer(() => undefined);
    const result = await outcomeOf({ host: "localhost", port: server.port, family: 4 });
    expect(result.report.addresses).toEqual([{ address: "127.0.0.1", family: 4 }]);
    expect(result.kind).toBe("ready");
  });

  test("falls to the next address when the first refuses", async () => {
    await using server = await plainServer(() => undefined);
    const result = await outcomeOf({
      host: "dual.example",
      port: server.port,
      lookup: async () => [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ],
    });
    expect(result.report.attempts.map(({ family, outcome }) => [family, outcome.kind])).toEqual([
      [6, "failed"],
      [4, "connected"],
    ]);
    expect(result.report.remote?.family).toBe(4);
  });

  test("connects from the local address and only to its family", async () => {
    await using server = await plainServer(() => undefined);
    const lookup = async () => [
      { address: "::1", family: 6 } as const,
      { address: "127.0.0.1", family: 4 } as const,
    ];
    const options: DialOptions = { host: "dual.example", port: server.port, lookup };
    const result = await dial({ ...options, localAddress: "127.0.0.9" });
    if (result.kind !== "ready") throw result.error;
    expect(result.socket.localAddress).toBe("127.0.0.9");
    expect(result.report.addresses).toHaveLength(1);
    result.socket.destroy();
    const none = await failureOf({ ...options, lookup: async () => [], localAddress: "127.0.0.9" });
    expect(none.code).toBe("NK_DNS_NO_ADDRESS");
  });

  test("connects to a unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "netkit-dial-"));
    const path = join(folder, "s");
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect((await outcomeOf({ host: "localhost", port: 0, path })).kind).toBe("ready");
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf({ host: "localhost", port: 0, path })).toMatchObject({
      code: "NK_FILE_NOT_FOUND",
    });
    rmSync(folder, { recursive: true });
  });
});

describe("dial failures of name and connection", () => {
  test("refused", async () => {
    const error = await failureOf({ host: "127.0.0.1", port: await closedPort() });
    expect(error).toMatchObject({ stage: "connect", code: "NK_CONNECT_REFUSED" });
  });

  test("refused everywhere: why says how each address failed", async () => {
    const port = await closedPort();
    const lookup = async () => [
      { address: "::1", family: 6 } as const,
      { address: "127.0.0.1", family: 4 } as const,
    ];
    const error = await failureOf({ host: "dual.example", port, lookup });
    expect(error.code).toBe("NK_CONNECT_REFUSED");
    expect(error.why).toContain("::1: ECONNREFUSED; 127.0.0.1: ECONNREFUSED");
  });

  test("unknown name", async () => {
    const lookup = () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }));
    const error = await failureOf({ host: "nowhere.invalid", port: 1, lookup });
    expect(error).toMatchObject({ stage: "dns", code: "NK_DNS_NOT_FOUND" });
  });

  test("a resolver that does not answer", async () => {
    const lookup = () => new Promise<never>(() => undefined);
    const error = await failureOf({ host: "a.example", port: 1, lookup, timeouts: { resolveMs: 20 } });
    expect(error).toMatchObject({ stage: "dns", code: "NK_DNS_TIMEOUT" });
  });

  test("a host that does not answer", async () => {
    let socket: Socket | undefined;
    const { Socket: Silent } = await import("node:net");
    const connect = () => {
      socket = new Silent();
      return socket;
    };
    const error = await failureOf({ host: "192.0.2.1", port: 1, connect, timeouts: { connectMs: 20 } });
    expect(error).toMatchObject({ stage: "connect", code: "NK_CONNECT_TIMEOUT" });
    expect(socket?.destroyed).toBe(true);
  });

  test.each(["before", "while resolving", "while securing"])("aborted %s", async (when) => {
    await using silent = await plainServer(() => undefined);
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const result = outcomeOf(
      {
        ...silent.target,
        host: when === "while resolving" ? "a.example" : "127.0.0.1",
        lookup: () => {
          queueMicrotask(() => controller.abort());
          return new Promise(() => undefined);
        },
        tls: {},
        onPhase: (phase) => void (phase === "connected" && setImmediate(() => controller.abort())),
      },
      controller.signal,
    );
    expect(await result).toMatchObject({ kind: "failed", error: { code: "NK_ABORTED" } });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("dial over TLS", () => {
  test("verifies the certificate, chooses by ALPN and reports what was agreed", async () => {
    await using server = await tlsServer(
      { cert: local.cert, key: local.key, ALPNProtocols: ["http/1.1"] },
      () => undefined,
    );
    const result = await outcomeOf({
      ...server.target,
      tls: { ca: local.cert, servername: "localhost", alpn: ["h2", "http/1.1"] },
    });
    expect(result.kind).toBe("ready");
    expect(result.report.tls).toEqual({
      version: "TLSv1.3",
      cipher: expect.stringMatching(/^TLS_/),
      alpn: "http/1.1",
      servername: "localhost",
      authorized: true,
      authorizationError: undefined,
    });
    expect(result.report.stamps.securedUs).toBeGreaterThan(result.report.stamps.connectedUs!);
  });

  test("an address is verified as an address, and sent without SNI", async () => {
    await using server = await tlsServer({ cert: local.cert, key: local.key }, () => undefined);
    const result = await outcomeOf({ ...server.target, tls: { ca: local.cert } });
    expect(result.report.tls).toMatchObject({ servername: undefined, authorized: true });
  });

  test("insecure goes on, and the report says what was wrong", async () => {
    await using server = await tlsServer({ cert: local.cert, key: local.key }, () => undefined);
    const result = await outcomeOf({ ...server.target, tls: { insecure: true, maxVersion: "TLSv1.2" } });
    expect(result.report.tls).toMatchObject({
      version: "TLSv1.2",
      authorized: false,
      authorizationError: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });
});

describe("dial failures of TLS", () => {
  async function tlsFailure(serverOptions: object, tls: DialTls, timeouts = {}) {
    await using server = await tlsServer(
      { cert: local.cert, key: local.key, ...serverOptions },
      () => undefined,
    );
    return await failureOf({ ...server.target, tls, timeouts });
  }

  test("untrusted", async () => {
    const error = await tlsFailure({}, {});
    expect(error).toMatchObject({ stage: "tls", code: "NK_TLS_CERT_UNTRUSTED" });
    expect(error.next).toContain("--cacert FILE");
    expect(error.next).toContain("--insecure");
  });

  test("expired, and not valid yet", async () => {
    const day = 86_400_000;
    const at = (days: number) => new Date(Date.now() + days * day);
    const expired = await generateSelfSigned([], { notBefore: at(-9), notAfter: at(-1) });
    const early = await generateSelfSigned([], { notBefore: at(1), notAfter: at(9) });
    expect(await tlsFailure(expired, { ca: expired.cert })).toMatchObject({ code: "NK_TLS_CERT_EXPIRED" });
    expect(await tlsFailure(early, { ca: early.cert })).toMatchObject({ code: "NK_TLS_CERT_NOT_YET_VALID" });
  });

  test("a certificate for another name", async () => {
    const error = await tlsFailure({}, { ca: local.cert, servername: "www.example" });
    expect(error.code).toBe("NK_TLS_NAME_MISMATCH");
    expect(error.why).toContain("localhost");
  });

  test("a server that answers in plain HTTP", async () => {
    await using server = await plainServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await failureOf({ ...server.target, tls: {} })).toMatchObject({ code: "NK_TLS_NOT_TLS" });
  });

  test("no version in common", async () => {
    const error = await tlsFailure({ maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3", ca: local.cert });
    expect(error).toMatchObject({ stage: "tls", code: "NK_TLS_VERSION" });
  });

  test("no cipher suite in common is an alert of the server", async () => {
    const error = await tlsFailure(
      { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384", maxVersion: "TLSv1.2" },
      { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256", ca: local.cert },
    );
    expect(error).toMatchObject({ code: "NK_TLS_ALERT" });
    expect(error.why).toContain("handshake failure");
  });

  test("no application protocol in common", async () => {
    const error = await tlsFailure({ ALPNProtocols: ["h2"] }, { alpn: ["http/1.1"], ca: local.cert });
    expect(error.code).toBe("NK_TLS_ALPN");
  });

  test("a handshake that never ends", async () => {
    await using silent = await plainServer(() => undefined);
    const error = await failureOf({ ...silent.target, tls: {}, timeouts: { secureMs: 30 } });
    expect(error).toMatchObject({ stage: "tls", code: "NK_TLS_HANDSHAKE_TIMEOUT" });
  });

  test("a peer that closes, and one that resets, in the handshake", async () => {
    await using closing = await plainServer((socket) => socket.once("data", () => socket.destroy()));
    await using resetting = await plainServer((socket) =>
      socket.once("data", () => socket.resetAndDestroy()),
    );
    expect(await failureOf({ ...closing.target, tls: {} })).toMatchObject({ code: "NK_TLS_CLOSED" });
    expect(await failureOf({ ...resetting.target, tls: {} })).toMatchObject({ code: "NK_TLS_CLOSED" });
  });

  test("a client certificate that is missing under TLS 1.2 is an alert", async () => {
    const error = await tlsFailure(
      { requestCert: true, rejectUnauthorized: true, ca: other.cert, maxVersion: "TLSv1.2" },
      { ca: local.cert },
    );
    expect(error.code).toBe("NK_TLS_ALERT");
    expect(error.next).toContain("--cert FILE");
  });

  test("credentials and suites that OpenSSL does not take", async () => {
    await using server = await plainServer(() => undefined);
    const key = await failureOf({ ...server.target, tls: { cert: local.cert, key: other.key } });
    expect(key.stage).toBe("tls");
    const suites = await failureOf({ ...server.target, tls: { ciphers: "NONSENSE" } });
    expect(suites.code).toBe("NK_TLS_CIPHERS");
  });
});
