import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { describe, expect, test } from "vitest";
import { Semaphore } from "../../../src/core/backpressure/semaphore.ts";
import { Connection } from "../../../src/core/lifecycle/connection.ts";
import { type AcceptedSocket, Listener } from "../../../src/core/lifecycle/listener.ts";
import { TlsAcceptor } from "../../../src/core/tls/acceptor.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { rejection, until } from "./support.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** Echoes until the peer ends, then gives the permit back. */
function echo(socket: AcceptedSocket, permit: Disposable): void {
  socket.on("error", () => undefined);
  socket.on("close", () => permit[Symbol.dispose]());
  socket.pipe(socket);
}

function portOf(listener: Listener): number {
  const { address } = listener;
  if ("path" in address) throw new Error("not TCP");
  return address.port;
}

/** A client socket that keeps what it hears: "connect", the bytes, "end", or an error code. */
function client(port: number, first = ""): { socket: Socket; heard: string[] } {
  const heard: string[] = [];
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => heard.push("connect"));
  socket.on("data", (bytes) => heard.push(bytes.toString()));
  socket.on("end", () => heard.push("end"));
  socket.on("error", (error: NodeJS.ErrnoException) => heard.push(error.code ?? "error"));
  if (first !== "") socket.write(first);
  return { socket, heard };
}

describe("listener", () => {
  test("takes a free port, tells the real address and hands over paused sockets without listeners", async () => {
    const seen: unknown[] = [];
    await using listener = await Listener.listen({
      address: LOOPBACK,
      handler: (socket, permit) => {
        seen.push(socket.isPaused(), socket.allowHalfOpen, socket.bytesRead, socket.listenerCount("error"));
        echo(socket, permit);
      },
    });
    expect(listener.address).toEqual({ host: "127.0.0.1", port: expect.any(Number) });
    {
      await using connection = await Connection.open({ host: "127.0.0.1", port: portOf(listener) });
      await connection.write("ping");
      expect(await connection.read()).toEqual(Buffer.from("ping"));
      expect(listener.counters).toMatchObject({ accepted: 1, open: 1, held: 0 });
    }
    expect(seen).toEqual([true, true, 0, 0]);
    await until(() => listener.counters.open === 0, "the permit came back");
  });

  test("a port in use is a NetkitError that names it", async () => {
    await using first = await Listener.listen({ address: LOOPBACK, handler: echo });
    const error = await rejection(Listener.listen({ address: first.address, handler: echo }));
    expect(error).toMatchObject({ code: "NK_LISTEN_IN_USE", subject: `127.0.0.1:${portOf(first)}` });
  });

  test("listens on a unix socket and removes its file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "netkit-listen-"));
    const path = join(folder, "s");
    const listener = await Listener.listen({ address: { path }, handler: echo });
    {
      await using connection = await Connection.open({ host: "localhost", port: 0, path });
      await connection.write("ping");
      expect(await connection.read()).toEqual(Buffer.from("ping"));
    }
    listener.close();
    const refused = await rejection(Connection.open({ host: "localhost", port: 0, path }));
    expect(refused.code).toBe("NK_FILE_NOT_FOUND");
    rmSync(folder, { recursive: true });
  });

  test("without a free permit connections are held unread, admitted in their order, and beyond the hold reset", async () => {
    const permits = new Semaphore(1);
    const order: string[] = [];
    await using listener = await Listener.listen({
      address: LOOPBACK,
      permits,
      holdLimit: 2,
      handler: (socket, permit) => {
        socket.once("data", (bytes) => order.push(bytes.toString()));
        echo(socket, permit);
      },
    });
    const port = portOf(listener);
    const clients: ReturnType<typeof client>[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      clients.push(client(port, name));
      await until(() => listener.counters.accepted === clients.length, `${name} was accepted`);
    }
    const [a, b, c, d] = clients as [
      (typeof clients)[0],
      (typeof clients)[0],
      (typeof clients)[0],
      (typeof clients)[0],
    ];
    await until(() => d.heard.includes("ECONNRESET"), "the fourth was reset");
    await until(() => a.heard.includes("a"), "the first was served");
    expect(listener.counters).toMatchObject({ accepted: 4, refused: 1, held: 2, open: 1 });
    expect(b.heard).toEqual(["connect"]);
    expect(order).toEqual(["a"]);
    a.socket.end();
    await until(() => b.heard.includes("b"), "the second was admitted");
    expect(listener.counters).toMatchObject({ held: 1, open: 1 });
    b.socket.end();
    c.socket.end();
    await until(() => listener.counters.open === 0 && permits.held === 0, "all is given back");
    expect(order).toEqual(["a", "b", "c"]);
  });

  test("a permit disposed twice is given back once", async () => {
    const permits = new Semaphore(2);
    const given: Disposable[] = [];
    await using listener = await Listener.listen({
      address: LOOPBACK,
      permits,
      handler: (socket, permit) => {
        given.push(permit);
        socket.on("error", () => undefined);
        socket.destroy();
      },
    });
    const { socket } = client(portOf(listener));
    await until(() => given.length === 1, "it was handed over");
    given[0]![Symbol.dispose]();
    given[0]![Symbol.dispose]();
    expect([permits.held, listener.counters.open]).toEqual([0, 0]);
    socket.destroy();
  });

  test("close stops accepting at once, resets the held and leaves the open to their handler", async () => {
    const permits = new Semaphore(1);
    const listener = await Listener.listen({ address: LOOPBACK, permits, handler: echo });
    const port = portOf(listener);
    const open = client(port, "1");
    await until(() => open.heard.includes("1"), "the first is served");
    const held = client(port);
    await until(() => listener.counters.held === 1, "the second is held");
    listener.close();
    listener.close();
    expect(listener.counters).toMatchObject({ held: 0, refused: 1, open: 1 });
    await until(() => held.heard.includes("ECONNRESET"), "the held one was reset");
    open.socket.write("2");
    await until(() => open.heard.includes("2"), "the open one is still served");
    const late = client(port);
    await until(() => late.heard.includes("ECONNREFUSED"), "nobody else comes in");
    open.socket.end();
    await until(() => permits.held === 0, "the permit came back");
    expect(permits.waiting).toBe(0);
  });

  test("two listeners may share their permits", async () => {
    const permits = new Semaphore(1);
    await using first = await Listener.listen({ address: LOOPBACK, permits, handler: echo });
    await using second = await Listener.listen({ address: LOOPBACK, permits, handler: echo });
    const a = client(portOf(first), "a");
    await until(() => a.heard.includes("a"), "a is served");
    const b = client(portOf(second), "b");
    await until(() => second.counters.held === 1, "b is held");
    a.socket.end();
    await until(() => b.heard.includes("b"), "b is served");
    b.socket.end();
    await until(() => permits.held === 0, "all is given back");
  });
});

describe("listener over TLS", async () => {
  const local = await generateSelfSigned();
  const friend = await generateSelfSigned(["friend"]);

  async function secured(options: object, permits = new Semaphore(8)) {
    const failures: string[] = [];
    const listener = await Listener.listen({
      address: LOOPBACK,
      permits,
      tls: new TlsAcceptor({ credentials: [local], ...options }),
      handler: echo,
      onHandshakeFailure: (error) => failures.push(error.code),
    });
    return { listener, permits, failures, port: portOf(listener) };
  }

  test("hands over sockets whose handshake is done", async () => {
    const { listener, permits, port } = await secured({ alpn: ["http/1.1"] });
    await using _ = listener;
    {
      const tls = { ca: local.cert, alpn: ["http/1.1"] };
      await using connection = await Connection.open({ host: "127.0.0.1", port, tls });
      await connection.write("ping");
      expect(await connection.read()).toEqual(Buffer.from("ping"));
      expect(connection.report?.tls?.alpn).toBe("http/1.1");
      expect(listener.counters).toMatchObject({ open: 1, handshaking: 0 });
    }
    await until(() => permits.held === 0, "the permit came back");
  });

  test.each([
    ["plain HTTP", "GET / HTTP/1.1\r\n\r\n", "NK_TLS_NOT_TLS"],
    ["garbage", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", "NK_TLS_NOT_TLS"],
  ])("%s on the port fails the handshake and gives the permit back", async (_name, bytes, code) => {
    const { listener, permits, failures, port } = await secured({});
    await using _listener = listener;
    const { socket } = client(port, bytes);
    await until(() => failures.length === 1, "it failed");
    expect(failures).toEqual([code]);
    await until(() => socket.destroyed, "the client was closed");
    expect(listener.counters).toMatchObject({ handshaking: 0, handshakeFailures: 1, open: 0 });
    expect(permits.held).toBe(0);
  });

  test("a client that says nothing is closed after the handshake time-out, one that resets or leaves at once", async () => {
    const { listener, permits, failures, port } = await secured({ handshakeTimeoutMs: 500 });
    await using _ = listener;
    const mute = client(port);
    const resetting = client(port);
    const leaving = client(port);
    await until(() => listener.counters.handshaking === 3, "all are in their handshake");
    resetting.socket.resetAndDestroy();
    await until(() => failures.length === 1, "one has vanished");
    leaving.socket.end();
    await until(() => failures.length === 3, "all failed");
    expect(failures).toEqual(["NK_TLS_CLOSED", "NK_TLS_CLOSED", "NK_TLS_HANDSHAKE_TIMEOUT"]);
    await until(() => mute.socket.destroyed, "the mute one was closed");
    expect([permits.held, listener.counters.handshaking]).toEqual([0, 0]);
  });

  test("a client certificate that is missing or of a stranger is refused, the right one is let in", async () => {
    const { listener, permits, failures, port } = await secured({ clientCa: friend.cert });
    await using _ = listener;
    const target = { host: "127.0.0.1", port };
    {
      await using none = await Connection.open({ ...target, tls: { ca: local.cert } });
      expect(await rejection(none.read())).toMatchObject({ code: "NK_TLS_ALERT" });
      const stranger = { ca: local.cert, cert: local.cert, key: local.key };
      await using other = await Connection.open({ ...target, tls: stranger });
      expect(await other.read().catch(() => undefined)).toBeUndefined();
      const known = { ca: local.cert, cert: friend.cert, key: friend.key };
      await using right = await Connection.open({ ...target, tls: known });
      await right.write("ping");
      expect(await right.read()).toEqual(Buffer.from("ping"));
    }
    await until(() => permits.held === 0, "all permits came back");
    expect(failures).toEqual(["NK_TLS_CLIENT_CERT_MISSING", "NK_TLS_CLIENT_CERT_REFUSED"]);
  });

  test("the permit is taken before the handshake: who waits for one has not begun it", async () => {
    const { listener, permits, port } = await secured({}, new Semaphore(1));
    await using _ = listener;
    const first = tlsConnect({ port, ca: local.cert, host: "127.0.0.1" });
    first.on("error", () => undefined);
    await until(() => listener.counters.open === 1, "the first is open");
    const second = tlsConnect({ port, ca: local.cert, host: "127.0.0.1" });
    let secure = false;
    second
      .on("error", () => undefined)
      .on("secureConnect", () => {
        secure = true;
      });
    await until(() => listener.counters.held === 1, "the second is held");
    expect([secure, listener.counters.handshaking]).toEqual([false, 0]);
    first.destroy();
    await until(() => secure, "the second got through");
    second.destroy();
    await until(() => permits.held === 0, "all is given back");
  });
});
