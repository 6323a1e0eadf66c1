import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { type ReloadResult, TlsAcceptor, type TlsAcceptorOptions } from "../../../src/core/tls/acceptor.ts";
import { type Credentials, loadCredentials } from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";

let first: Credentials;
let second: Credentials;
beforeAll(async () => {
  first = await generateSelfSigned(["first.example"]);
  second = await generateSelfSigned(["second.example", "*.wild.example"]);
});

/** An acceptor behind a port; its connections echo. */
async function serve(options: TlsAcceptorOptions) {
  const acceptor = new TlsAcceptor(options);
  const raw = new Set<Socket>();
  const failures: string[] = [];
  const handshaker = acceptor.handshaker(
    (socket) => void socket.on("error", () => undefined).pipe(socket),
    (error) => failures.push(error.code),
  );
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    raw.add(socket);
    handshaker.accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    acceptor,
    failures,
    port,
    raw,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of raw) socket.destroy();
      await closed;
    },
  };
}

function open(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

async function fingerprintAt(port: number, options: ConnectionOptions = {}): Promise<string> {
  const socket = await open(port, options);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function echoed(socket: TLSSocket, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
  socket.write(text);
  return await answer;
}

describe("TLS acceptor", () => {
  test("speaks TLS 1.3 and 1.2, and nothing older", async () => {
    await using server = await serve({ credentials: [first] });
    const modern = await open(server.port);
    const old = await open(server.port, { maxVersion: "TLSv1.2" });
    expect([modern.getProtocol(), old.getProtocol()]).toEqual(["TLSv1.3", "TLSv1.2"]);
    expect(old.getCipher().name).toMatch(/^ECDHE-ECDSA-.*(GCM|POLY1305)/);
    modern.destroy();
    old.destroy();
    const ancient = open(server.port, {
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await expect(ancient).rejects.toThrow(/protocol version/);
    expect(server.failures).toEqual(["NK_TLS_VERSION"]);
  });

  test("chooses the certificate by the name asked for: exact, wildcard, else the first", async () => {
    await using server = await serve({ credentials: [first, second] });
    const names = [
      "first.example",
      "SECOND.example",
      "a.wild.example",
      "a.b.wild.example",
      "unknown.example",
    ];
    const seen = [];
    for (const servername of names) seen.push(await fingerprintAt(server.port, { servername }));
    const f = first.fingerprint256;
    const s = second.fingerprint256;
    expect(seen).toEqual([f, s, s, f, f]);
    expect(await fingerprintAt(server.port)).toBe(f);
  });

  test("chooses the application protocol in the server's order", async () => {
    await using server = await serve({ credentials: [first], alpn: ["h2", "http/1.1"] });
    const socket = await open(server.port, { ALPNProtocols: ["http/1.1", "h2"] });
    expect(socket.alpnProtocol).toBe("h2");
    socket.destroy();
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "after replace the next %s handshake gets the new certificate; connections that stand go on",
    async (maxVersion) => {
      await using server = await serve({ credentials: [first] });
      const before = await open(server.port, { maxVersion });
      // TLS 1.3 sends its tickets after the handshake.
      const ticket = new Promise<Buffer>((resolve) => before.once("session", resolve));
      expect(await echoed(before, "one")).toBe("one");
      const session = maxVersion === "TLSv1.2" ? before.getSession() : await ticket;
      server.acceptor.replace([second]);
      expect(await fingerprintAt(server.port, { maxVersion })).toBe(second.fingerprint256);
      expect(await fingerprintAt(server.port, { maxVersion, servername: "second.example" })).toBe(
        second.fingerprint256,
      );
      expect(await fingerprintAt(server.port, { maxVersion, ...(session && { session }) })).toBe(
        second.fingerprint256,
      );
      expect(await echoed(before, "two")).toBe("two");
      expect(before.getPeerCertificate().fingerprint256).toBe(first.fingerprint256);
      before.destroy();
    },
  );

  test("a handshake that has begun goes on with the old certificate", async () => {
    await using server = await serve({ credentials: [first] });
    // The server has the socket, and its context, but no byte of the ClientHello yet.
    const { connect: connectPlain } = await import("node:net");
    const plain = connectPlain(server.port, "127.0.0.1");
    while (server.raw.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    server.acceptor.replace([second]);
    const old = await open(server.port, { socket: plain });
    expect(old.getPeerCertificate().fingerprint256).toBe(first.fingerprint256);
    old.destroy();
    expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
  });

  test("many handshakes during many replacements all succeed, each with one of the two", async () => {
    await using server = await serve({ credentials: [first] });
    const known = new Set([first.fingerprint256, second.fingerprint256]);
    let done = false;
    const replacing = (async () => {
      for (let round = 0; !done; round++) {
        server.acceptor.replace([round % 2 === 0 ? second : first]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const client = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) expect(known).toContain(await fingerprintAt(server.port));
    };
    await Promise.all([client(), client(), client(), client()]);
    done = true;
    await replacing;
    expect(server.failures).toEqual([]);
  });

  test("credentials that OpenSSL refuses throw and leave the old ones", async () => {
    await using server = await serve({ credentials: [first] });
    const broken = { ...second, key: first.key };
    expect(() => server.acceptor.replace([broken])).toThrow(NetkitError);
    expect(server.acceptor.credentials[0]).toBe(first);
    expect(await fingerprintAt(server.port)).toBe(first.fingerprint256);
  });

  test("reload takes fresh credentials, tells when nothing changed, and keeps the old when loading fails", async () => {
    const sources: (() => Promise<readonly [Credentials]>)[] = [
      async () => [second],
      async () => [second],
      () => Promise.reject(new NetkitError("file", "NK_TLS_KEY_MISMATCH", "cannot use it")),
    ];
    await using server = await serve({ credentials: [first], load: () => sources.shift()!() });
    const results = await Promise.all([
      server.acceptor.reload(),
      server.acceptor.reload(),
      server.acceptor.reload(),
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(["reloaded", "unchanged", "failed"]);
    expect(results[2]).toMatchObject({ error: { code: "NK_TLS_KEY_MISMATCH" } });
    expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
  });
});

describe("watching certificate files", () => {
  test("a replaced pair is reloaded once, a broken one is reported and the old kept", async () => {
    const folder = mkdtempSync(join(tmpdir(), "netkit-acceptor-"));
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    const put = (credentials: { cert: string; key: string }): void => {
      // As an ACME client does it: written beside, renamed over.
      writeFileSync(`${cert}.new`, credentials.cert);
      renameSync(`${cert}.new`, cert);
      writeFileSync(key, credentials.key);
    };
    put(first);
    const load = async () => [await loadCredentials({ cert, key })] as const;
    await using server = await serve({ credentials: await load(), load });
    const reports: ReloadResult[] = [];
    let heard = (): void => undefined;
    const nextReport = (): Promise<void> =>
      new Promise((resolve) => {
        heard = resolve;
      });
    const watch = server.acceptor.watch([cert, key], (report) => {
      reports.push(report);
      heard();
    });
    let report = nextReport();
    put(second);
    await report;
    expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
    report = nextReport();
    put({ cert: first.cert, key: second.key });
    await report;
    expect(reports.map(({ kind }) => kind)).toEqual(["reloaded", "failed"]);
    expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
    watch[Symbol.dispose]();
    put(first);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(reports).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });

  test("a folder that cannot be watched is an error at once", () => {
    const acceptor = new TlsAcceptor({ credentials: [first] });
    expect(() => acceptor.watch(["/nowhere/cert.pem"])).toThrow(NetkitError);
  });
});
