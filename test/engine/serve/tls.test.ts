import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { servePlan, type TlsPlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer, ServerEvent } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { RawClient, request } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

function start(tls: TlsPlan, onEvent?: (event: ServerEvent) => void): Promise<RunningServer> {
  const endpoint = parseEndpoint("https://127.0.0.1:0", "serve");
  return startServer(servePlan([{ endpoint, tls }]), { onEvent });
}

async function fingerprintSeen(server: RunningServer): Promise<string> {
  const socket = connect({ port: server.listeners[0]!.port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe("a TLS listener", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "netkit-serve-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("serves HTTP/1.1 by ALPN with a certificate made in memory, whose fingerprint it tells", async () => {
    await using server = await serve("https");
    expect(await fingerprintSeen(server)).toBe(server.listeners[0]!.fingerprint);
    const socket = connect({
      port: server.listeners[0]!.port,
      host: "127.0.0.1",
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
  });

  it("answers pipelined and large requests like the plain one", async () => {
    await using server = await serve("https");
    using client = await RawClient.to(server);
    client.send(request("GET", "/").repeat(50) + request("GET", "/bytes/1000000", ["Connection: close"]));
    const text = await client.untilEnd();
    expect(text.split("hello, world\n")).toHaveLength(51);
    expect(text.length).toBeGreaterThan(1_000_000);
  });

  it("takes new files on reload without dropping a connection, and keeps the old ones when they are bad", async () => {
    const [first, second] = [await generateSelfSigned(), await generateSelfSigned()];
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    await writeFile(cert, first.cert);
    await writeFile(key, first.key);
    await using server = await start({ certificate: { kind: "files", cert, key, watch: false } });
    using client = await RawClient.to(server);
    client.send(request("GET", "/"));
    await client.untilIncludes("world");
    await writeFile(cert, second.cert);
    expect(await server.reload()).toMatchObject([{ kind: "certificate-kept" }]);
    expect(await fingerprintSeen(server)).toBe(first.fingerprint256);
    await writeFile(key, second.key);
    expect(await server.reload()).toMatchObject([
      { kind: "certificate-reloaded", fingerprint: second.fingerprint256 },
    ]);
    expect(await fingerprintSeen(server)).toBe(second.fingerprint256);
    client.send(request("GET", "/status/202", ["Connection: close"]));
    expect(await client.untilEnd()).toContain("HTTP/1.1 202");
  });

  it("takes new files by itself when they change", async () => {
    const [first, second] = [await generateSelfSigned(), await generateSelfSigned()];
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    await writeFile(cert, first.cert);
    await writeFile(key, first.key);
    const events: ServerEvent[] = [];
    await using server = await start({ certificate: { kind: "files", cert, key } }, (event) =>
      events.push(event),
    );
    await writeFile(`${cert}.new`, second.cert);
    await writeFile(`${key}.new`, second.key);
    await rename(`${key}.new`, key);
    await rename(`${cert}.new`, cert);
    await expect.poll(() => fingerprintSeen(server), { timeout: 8000 }).toBe(second.fingerprint256);
    await expect.poll(() => events.map(({ kind }) => kind)).toContain("certificate-reloaded");
  });

  it("says by itself when a changed file is bad, keeps the old certificate, and takes the next good one", async () => {
    const [first, second] = [await generateSelfSigned(), await generateSelfSigned()];
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    await writeFile(cert, first.cert);
    await writeFile(key, first.key);
    const events: ServerEvent[] = [];
    await using server = await start({ certificate: { kind: "files", cert, key } }, (event) =>
      events.push(event),
    );
    await writeFile(cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    await expect.poll(() => events, { timeout: 8000 }).toMatchObject([{ kind: "certificate-kept" }]);
    const [kept] = events;
    expect(kept?.kind === "certificate-kept" && kept.error.why).toContain("cannot be parsed");
    expect(await fingerprintSeen(server)).toBe(first.fingerprint256);
    await writeFile(key, second.key);
    await writeFile(cert, second.cert);
    await expect.poll(() => fingerprintSeen(server), { timeout: 8000 }).toBe(second.fingerprint256);
  });

  it("asks for a client certificate when it has an authority for it", async () => {
    const client = await generateSelfSigned(["client"]);
    await using server = await start({ certificate: { kind: "self-signed" }, clientCa: client.cert });
    const { port } = server.listeners[0]!;
    const ask = (options: object): Promise<number> =>
      new Promise((resolve, reject) => {
        httpsRequest(
          { port, host: "127.0.0.1", rejectUnauthorized: false, agent: false, ...options },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode!);
          },
        )
          .on("error", reject)
          .end();
      });
    expect(await ask({ cert: client.cert, key: client.key })).toBe(200);
    await expect(ask({})).rejects.toThrow();
    expect((await server.stats()).connections.handshakeFailures).toBe(1);
  });

  it("does not start without a certificate, and says which file is missing", async () => {
    const cert = join(folder, "none.pem");
    await expect(start({ certificate: { kind: "files", cert, key: cert } })).rejects.toMatchObject({
      code: "NK_FILE_NOT_FOUND",
      subject: cert,
    });
  });
});
