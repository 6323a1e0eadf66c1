// Servers on loopback for the tests of this folder: a free port, closed with all they hold at scope end.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { NetkitError } from "../../../src/core/errors.ts";
import type { DialOptions } from "../../../src/core/lifecycle/dial-types.ts";

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** For `dial` and `Connection`. */
  readonly target: DialOptions;
  /** Raw sockets that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

async function start(server: Server, onOpen: "connection" | "secureConnection"): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  server.on(onOpen, (socket: Socket) => socket.on("error", () => undefined));
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    target: { host: "127.0.0.1", port },
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function plainServer(handler: (socket: Socket) => void): Promise<TestServer> {
  return start(createServer({ allowHalfOpen: true }, handler), "connection");
}

export function tlsServer(options: TlsOptions, handler: (socket: Socket) => void): Promise<TestServer> {
  return start(createTlsServer({ allowHalfOpen: true, ...options }, handler), "secureConnection");
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  await using server = await plainServer(() => undefined);
  return server.port;
}

export async function until(condition: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<NetkitError> {
  return promise.then(
    () => Promise.reject(new Error("did not fail")),
    (error: NetkitError) => error,
  );
}
