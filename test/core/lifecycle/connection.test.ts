import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { Connection } from "../../../src/core/lifecycle/connection.ts";
import type { Credentials } from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { closedPort, plainServer, rejection, tlsServer, until } from "./support.ts";

let local: Credentials;
beforeAll(async () => {
  local = await generateSelfSigned();
});

const echo = (socket: Socket): void => void socket.pipe(socket);
const silent = (): void => undefined;

async function textOf(connection: Connection): Promise<string> {
  let text = "";
  for await (const bytes of connection) text += Buffer.from(bytes).toString();
  return text;
}

describe("connection", () => {
  test("writes, half-closes, reads to the end and is closed clean", async () => {
    await using server = await plainServer(echo);
    const connection = await Connection.open(server.target);
    expect(connection.state.kind).toBe("open");
    await connection.write("hello ");
    await connection.write(Buffer.from("world"));
    await connection.end();
    expect(await textOf(connection)).toBe("hello world");
    expect(await connection.closed).toEqual({ kind: "closed", reason: "clean", error: undefined });
    expect(connection.bytesRead).toBe(11);
  });

  test("the peer's half close is a state in which we may go on sending", async () => {
    let received = "";
    await using server = await plainServer((socket) => {
      socket.end("bye");
      socket.on("data", (bytes) => {
        received += bytes;
      });
    });
    await using connection = await Connection.open(server.target);
    expect(await textOf(connection)).toBe("bye");
    expect(connection.state).toEqual({ kind: "half-closed", side: "remote" });
    await connection.write("still here");
    await until(() => received === "still here", "the server got it");
  });

  test("passes through connecting, securing and open over TLS", async () => {
    await using server = await tlsServer({ cert: local.cert, key: local.key }, echo);
    const kinds: string[] = [];
    await using connection = Connection.to({
      ...server.target,
      tls: { ca: local.cert },
      onPhase: () => queueMicrotask(() => kinds.push(connection.state.kind)),
    });
    kinds.push(connection.state.kind);
    await connection.ready();
    kinds.push(connection.state.kind);
    expect(kinds).toContain("securing");
    expect([kinds[0], kinds.at(-1)]).toEqual(["connecting", "open"]);
    await connection.write("x");
    expect(await connection.read()).toEqual(Buffer.from("x"));
    expect(connection.report?.tls?.version).toBe("TLSv1.3");
  });

  test("leaving a reading loop leaves the connection open", async () => {
    await using server = await plainServer(echo);
    await using connection = await Connection.open(server.target);
    for (const word of ["one", "two"]) {
      await connection.write(word);
      for await (const bytes of connection) {
        expect(Buffer.from(bytes).toString()).toBe(word);
        break;
      }
    }
    expect(connection.state.kind).toBe("open");
  });

  test("a writer waits while the peer does not read, and goes on when it does", async () => {
    let peer: Socket | undefined;
    await using server = await plainServer((socket) => {
      socket.pause();
      peer = socket;
    });
    await using connection = await Connection.open(server.target);
    const block = Buffer.alloc(1 << 20);
    let written = 0;
    const writing = (async () => {
      for (; written < 64; written++) await connection.write(block);
    })();
    await until(() => peer !== undefined && written > 0, "some of it was written");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(32);
    expect(connection.socket!.writableLength).toBeLessThanOrEqual(2 * block.length);
    peer!.resume();
    await writing;
    expect(written).toBe(64);
  });

  test("aborting a wait for room ends the wait, not the connection", async () => {
    await using server = await plainServer((socket) => void socket.pause());
    await using connection = await Connection.open(server.target, { lingerMs: 1 });
    const controller = new AbortController();
    const writing = connection.write(Buffer.alloc(32 << 20), controller.signal);
    controller.abort("enough");
    await expect(writing).rejects.toBe("enough");
    expect(connection.state.kind).toBe("open");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("what nobody reads stays outside, beyond one buffer", async () => {
    await using server = await plainServer((socket) => void socket.end(Buffer.alloc(16 << 20)));
    await using connection = await Connection.open(server.target);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(connection.bytesRead).toBeLessThan(512 << 10);
    let total = 0;
    for await (const bytes of connection) total += bytes.length;
    expect(total).toBe(16 << 20);
  });

  test("what was received before a reset is still read, then the reset is thrown", async () => {
    let peer: Socket | undefined;
    await using server = await plainServer((socket) => {
      peer = socket;
      socket.write("last words");
    });
    await using connection = await Connection.open(server.target);
    await until(() => connection.bytesRead === 10, "the bytes came");
    peer!.resetAndDestroy();
    await connection.closed;
    expect(Buffer.from((await connection.read())!).toString()).toBe("last words");
    expect(await rejection(connection.read())).toMatchObject({ code: "NK_CONNECT_RESET" });
    expect(await rejection(connection.write("x"))).toMatchObject({ code: "NK_CONNECT_RESET" });
    expect(connection.state).toMatchObject({ kind: "closed", reason: "reset" });
  });

  test("silence ends in a timeout", async () => {
    await using server = await plainServer(silent);
    await using connection = await Connection.open(server.target, { idleTimeoutMs: 30 });
    expect(await rejection(connection.read())).toMatchObject({ code: "NK_IDLE_TIMEOUT" });
    expect(await connection.closed).toMatchObject({ reason: "timeout" });
  });

  test("the connection's signal aborts reading and leaves no listener", async () => {
    await using server = await plainServer(silent);
    const controller = new AbortController();
    await using connection = await Connection.open(server.target, { signal: controller.signal });
    const reading = rejection(connection.read());
    controller.abort(new Error("over"));
    expect(await reading).toMatchObject({ code: "NK_ABORTED", cause: new Error("over") });
    expect(await connection.closed).toMatchObject({ reason: "aborted" });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("a refused connection is thrown by open and told by closed", async () => {
    const port = await closedPort();
    const target = { host: "127.0.0.1", port };
    expect(await rejection(Connection.open(target))).toMatchObject({ code: "NK_CONNECT_REFUSED" });
    await using connection = Connection.to(target);
    expect(await connection.closed).toMatchObject({ reason: "error", error: { code: "NK_CONNECT_REFUSED" } });
    expect(connection.report?.attempts).toHaveLength(1);
  });

  test("leaving while it still connects closes what comes of it", async () => {
    await using server = await plainServer(silent);
    {
      await using connection = Connection.to({ ...server.target, tls: {} });
      expect(connection.state.kind).toBe("connecting");
    }
    await until(() => server.sockets.size === 0, "nothing is left");
  });

  test("leaving the scope by throw sends what was written and closes", async () => {
    let received = 0;
    await using server = await plainServer((socket) =>
      socket.on("data", (bytes: Buffer) => {
        received += bytes.length;
      }),
    );
    let socket: Socket | undefined;
    let writing: Promise<unknown> | undefined;
    const run = async (): Promise<void> => {
      await using connection = await Connection.open(server.target);
      socket = connection.socket;
      writing = rejection(connection.write(Buffer.alloc(4 << 20)));
      throw new Error("in the middle");
    };
    await expect(run()).rejects.toThrow("in the middle");
    expect(socket?.destroyed).toBe(true);
    expect(socket?.listenerCount("data")).toBe(0);
    expect(socket?.listenerCount("error")).toBe(0);
    expect(await writing).toMatchObject({ code: "NK_CONNECTION_ENDED" });
    await until(() => received === 4 << 20, "everything arrived");
  });

  test("a peer that never reads delays leaving by the linger time at most", async () => {
    await using server = await plainServer((socket) => void socket.pause());
    const connection = await Connection.open(server.target, { lingerMs: 50 });
    const writing = rejection(connection.write(Buffer.alloc(64 << 20)));
    expect(await connection.close()).toMatchObject({ reason: "clean" });
    expect(await writing).toMatchObject({ code: "NK_CONNECTION_ENDED" });
  });

  test("an alert after the handshake (TLS 1.3, no client certificate) reads as a TLS error", async () => {
    const options = { cert: local.cert, key: local.key, requestCert: true, ca: local.cert };
    await using server = await tlsServer(options, echo);
    await using connection = await Connection.open({ ...server.target, tls: { ca: local.cert } });
    const error = await rejection(connection.read());
    expect(error).toMatchObject({ stage: "tls", code: "NK_TLS_ALERT" });
    expect(error.why).toContain("certificate required");
  });

  test("takes over an accepted socket, also one that is gone already", async () => {
    const states: Promise<unknown>[] = [];
    await using server = await plainServer((socket) => {
      if (states.length === 1) socket.destroy();
      const connection = Connection.from(socket);
      states.push(connection.closed);
      void connection.write("hi").then(
        () => connection.close(),
        () => undefined,
      );
    });
    await using first = await Connection.open(server.target);
    expect(await textOf(first)).toBe("hi");
    await using second = await Connection.open(server.target);
    await second.read().catch(() => undefined);
    expect(await Promise.all(states)).toMatchObject([{ reason: "clean" }, { reason: "reset" }]);
  });
});
