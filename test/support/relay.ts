// A relay on loopback between a client and a server, which counts connections and can spoil them.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface RelayOptions {
  /** Every connection with a number that this divides is reset when the client has sent its first bytes. */
  readonly resetEvery?: number;
  /** Milliseconds that bytes take from the client to the server and back. */
  readonly roundTripMs?: number;
}

export class Relay implements AsyncDisposable {
  connections = 0;
  resets = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  readonly #options: RelayOptions;

  private constructor(target: number, options: RelayOptions) {
    this.#target = target;
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  static async start(target: number, options: RelayOptions = {}): Promise<Relay> {
    const relay = new Relay(target, options);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    const number = ++this.connections;
    const { resetEvery, roundTripMs = 0 } = this.#options;
    this.#keep(client);
    if (resetEvery !== undefined && number % resetEvery === 0) {
      this.resets++;
      client.once("data", () => client.resetAndDestroy());
      return;
    }
    const server = this.#keep(
      connect({ port: this.#target, host: "127.0.0.1", noDelay: true, allowHalfOpen: true }),
    );
    pass(client, server, roundTripMs / 2);
    pass(server, client, roundTripMs / 2);
    client.on("close", () => server.destroy());
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Bytes, ends and resets of `from`, to `to`, so much later. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  const later = (action: () => void): void => {
    if (delayMs === 0) action();
    else setTimeout(action, delayMs);
  };
  from.on("data", (bytes) => later(() => to.writable && to.write(bytes)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => later(() => to.resetAndDestroy()));
}
