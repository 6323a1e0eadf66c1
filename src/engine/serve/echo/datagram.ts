/**
 * UDP echo: each datagram goes back to where it came from.
 *
 * UDP has no backpressure: what the kernel does not take waits in a bounded queue, and beyond it datagrams are
 * dropped and counted. A datagram that claims to come from this very socket is dropped, or it would go round for
 * ever. In worker processes node:cluster opens the socket once and all workers read from it.
 */
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { type NetkitError, wrapSystemError } from "../../../core/errors.ts";
import type { ListenAddress, ListenerCounters } from "../../../core/lifecycle/listener.ts";
import type { ServeMetrics } from "../metrics.ts";

/** What a send buffer of the usual size holds once more. */
const QUEUE_BYTES = 256 * 1024;

export class DatagramEcho {
  /** There are no connections. */
  readonly counters: ListenerCounters = {
    accepted: 0,
    refused: 0,
    held: 0,
    handshaking: 0,
    handshakeFailures: 0,
    open: 0,
  };
  readonly address: Extract<ListenAddress, { readonly host: string }>;
  readonly #socket: Socket;
  readonly #metrics: ServeMetrics;
  #closed = false;

  private constructor(socket: Socket, metrics: ServeMetrics, onError: (error: NetkitError) => void) {
    const { address, port } = socket.address();
    this.address = { host: address, port };
    this.#socket = socket;
    this.#metrics = metrics;
    socket.on("message", (bytes, from) => this.#received(bytes, from.port, from.address));
    socket.on("error", (error) => onError(wrapSystemError(error, "receive on", `${address}:${port}`)));
  }

  /** Resolves when it receives. @throws NetkitError, for example `NK_LISTEN_IN_USE`. */
  static async listen(
    host: string,
    port: number,
    metrics: ServeMetrics,
    onError: (error: NetkitError) => void,
  ): Promise<DatagramEcho> {
    const where = `${host}:${port}`;
    try {
      const { address, family } = await lookup(host);
      const socket = createSocket({
        type: family === 6 ? "udp6" : "udp4",
        // Where a datagram came from is an address: no need to wait for a turn to be told so.
        lookup: (name, _options, done) => done(null, name, family),
      });
      await new Promise<void>((resolve, reject) => {
        socket.once("error", (error) => {
          socket.close();
          reject(error);
        });
        socket.bind({ address, port }, resolve);
      });
      socket.removeAllListeners("error");
      return new DatagramEcho(socket, metrics, onError);
    } catch (error) {
      throw wrapSystemError(error as Error, "listen on", where);
    }
  }

  /** Nothing is received any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #received(bytes: Buffer, port: number, address: string): void {
    const metrics = this.#metrics;
    metrics.datagramsReceived.value++;
    metrics.bytesIn.value += bytes.length;
    if (port === 0 || this.#isOwn(port, address) || this.#socket.getSendQueueSize() > QUEUE_BYTES) {
      metrics.datagramsDropped.value++;
      return;
    }
    metrics.datagramsEchoed.value++;
    metrics.bytesOut.value += bytes.length;
    this.#socket.send(bytes, port, address);
  }

  #isOwn(port: number, address: string): boolean {
    const own = this.address;
    if (port !== own.port) return false;
    if (address === own.host) return true;
    const everywhere = own.host === "0.0.0.0" || own.host === "::";
    return (
      everywhere && (address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127."))
    );
  }
}
