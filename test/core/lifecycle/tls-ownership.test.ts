import { connect } from "node:net";
import { expect, test } from "vitest";
import { Semaphore } from "../../../src/core/backpressure/semaphore.ts";
import { Connection } from "../../../src/core/lifecycle/connection.ts";
import type { DialOptions, DialTls } from "../../../src/core/lifecycle/dial-types.ts";
import { Listener } from "../../../src/core/lifecycle/listener.ts";
import { TlsAcceptor } from "../../../src/core/tls/acceptor.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { quietCensus, sharedSignal } from "../../support/census.ts";
import { until } from "./support.ts";

const local = await generateSelfSigned();

/** A client that speaks no TLS: sends the bytes, then waits to be closed or resets by itself. */
function plainClient(port: number, bytes: string, reset: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      if (bytes !== "") socket.write(bytes);
      if (reset) socket.resetAndDestroy();
    });
    socket.on("error", () => undefined).on("close", () => resolve());
    socket.resume();
  });
}

type Client = (target: DialOptions & { port: number }, shared: AbortSignal) => Promise<unknown>;

const CLIENTS: Readonly<Record<string, Client>> = {
  "echoes and ends in order": async (target, signal) => {
    await using connection = await Connection.open({ ...target, tls: { ca: local.cert } }, { signal });
    await connection.write("ping");
    await connection.read();
    await connection.end();
    for await (const _ of connection);
  },
  "is reset by its owner after the handshake": async (target, signal) => {
    await using connection = await Connection.open({ ...target, tls: { ca: local.cert } }, { signal });
    connection.abort();
  },
  "does not trust the server": async (target, signal) =>
    Connection.open({ ...target, tls: {} }, { signal }).catch(() => undefined),
  "has no version in common": async (target, signal) => {
    const tls: DialTls = {
      ca: local.cert,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    return Connection.open({ ...target, tls }, { signal }).catch(() => undefined);
  },
  "goes in the middle of the handshake": async (target, signal) => {
    await using connection = Connection.to({ ...target, tls: {} }, { signal });
    await until(() => connection.state.kind !== "connecting", "it is connected");
  },
  "speaks HTTP": async ({ port }) => plainClient(port, "GET / HTTP/1.1\r\n\r\n", false),
  "sends half a record and resets": async ({ port }) => plainClient(port, "\x16\x03\x01\x02", true),
  "says nothing": async ({ port }) => plainClient(port, "", false),
};

test("TLS connections that end in every way before, in and after the handshake give everything back", async () => {
  const shared = sharedSignal();
  const permits = new Semaphore(14);
  const outside = await quietCensus(shared);
  {
    await using listener = await Listener.listen({
      address: { host: "127.0.0.1", port: 0 },
      permits,
      tls: new TlsAcceptor({ credentials: [local], handshakeTimeoutMs: 500 }),
      handler: (socket, permit) => {
        socket.on("error", () => undefined).on("close", () => permit[Symbol.dispose]());
        socket.pipe(socket);
      },
    });
    if ("path" in listener.address) throw new Error("not TCP");
    const target = listener.address;
    const before = await quietCensus(shared);
    const clients = Object.values(CLIENTS);
    let started = 0;
    const runner = async (): Promise<void> => {
      // More runners than permits, so that some are held before their handshake.
      while (started < 10 * clients.length) await clients[started++ % clients.length]!(target, shared);
    };
    await Promise.all(Array.from({ length: 20 }, runner));
    await until(() => permits.held === 0, "every permit came back");
    expect(listener.counters).toMatchObject({ accepted: 80, refused: 0, held: 0, handshaking: 0, open: 0 });
    // All but those who echo or are aborted after it fail; who is cut in the middle may just have finished.
    expect(listener.counters.handshakeFailures).toBeGreaterThanOrEqual(50);
    expect(await quietCensus(shared)).toEqual(before);
  }
  expect(await quietCensus(shared)).toEqual(outside);
});
