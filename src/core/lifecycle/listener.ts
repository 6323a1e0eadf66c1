/**
 * A listener: permit first, accept after. Hands raw sockets to a handler, one permit with each.
 *
 * node offers no way to leave a connection in the kernel's accept queue: libuv accepts whatever the kernel
 * has, and the only switch is to close the listening socket, which resets everybody in the queue. So the rule
 * is kept one step later. A connection is handed over only together with a permit; one that comes while no
 * permit is free is held: accepted but never read, so the peer sees what it would see in the kernel's queue
 * (it is connected, its bytes fill a receive window that stays shut, nothing answers). The hold is bounded
 * like a kernel queue; beyond it connections are reset and counted. The price against the real queue is a
 * descriptor and about 3 KiB for each held connection, and a reset where the kernel would have let the
 * client repeat its SYN. `server.maxConnections` was not used: it drops instead of holding, and it counts
 * the sockets node knows of, not the permits.
 *
 * The usual path, a free permit, is synchronous: no promise, closure or string for each connection.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Permit, Semaphore } from "../backpressure/semaphore.ts";
import { type NetkitError, wrapSystemError } from "../errors.ts";
import type { Handshaker, TlsAcceptor } from "../tls/acceptor.ts";
import { resetSocket } from "./reset.ts";

export type AcceptedSocket = Socket | TLSSocket;

/**
 * Called with a socket that is paused, half-open capable, with Nagle off and without any listener: put yours
 * on ('error' included), then `resume()`. The permit is yours, too: dispose it when the socket is closed.
 */
export type AcceptHandler = (socket: AcceptedSocket, permit: Disposable) => void;

export type ListenAddress =
  /** Port 0 takes a free one. */
  | { readonly host: string; readonly port: number }
  /** A unix socket; the file is removed when the listener closes. */
  | { readonly path: string };

export interface ListenerOptions {
  readonly address: ListenAddress;
  readonly handler: AcceptHandler;
  /** Open connections at most, those in their TLS handshake included. May be shared. Absent: no limit. */
  readonly permits?: Semaphore | undefined;
  /** Connections that wait for a permit, accepted and unread. Default 511, the length of node's backlog. */
  readonly holdLimit?: number | undefined;
  readonly tls?: TlsAcceptor | undefined;
  /** ALPN of this listener's handshakes, in order of preference; default: the acceptor's. */
  readonly alpn?: readonly string[] | undefined;
  /** Length of the kernel's accept queue; default 511. The system's own bound may be lower. */
  readonly backlog?: number | undefined;
  /** Bytes a socket buffers before its reading stops. Default: node's. */
  readonly highWaterMark?: number | undefined;
  readonly onHandshakeFailure?: ((error: NetkitError, socket: TLSSocket) => void) | undefined;
  /** Accepting failed, for example for want of descriptors. Listening goes on. */
  readonly onError?: ((error: NetkitError) => void) | undefined;
}

/** Live numbers, to be read only. */
export interface ListenerCounters {
  /** All connections the kernel gave us: held, refused and handed over. */
  accepted: number;
  /** Reset because the hold was full, or because the listener closed while they were held. */
  refused: number;
  /** Waiting for a permit now. */
  held: number;
  /** In their TLS handshake now. */
  handshaking: number;
  handshakeFailures: number;
  /** Handed to the handler and their permit not yet disposed. */
  open: number;
}

const DEFAULT_HOLD_LIMIT = 511;
const DEFAULT_BACKLOG = 511;

/** The permit a handler owns: gives the semaphore's back and keeps `open` true. Disposing twice is harmless. */
class Seat implements Disposable {
  readonly #counters: ListenerCounters;
  readonly #permit: Permit | undefined;
  #open = true;

  constructor(counters: ListenerCounters, permit: Permit | undefined) {
    this.#counters = counters;
    this.#permit = permit;
    counters.open++;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#counters.open--;
    this.#permit?.release();
  }
}

export class Listener implements AsyncDisposable {
  readonly counters: ListenerCounters = {
    accepted: 0,
    refused: 0,
    held: 0,
    handshaking: 0,
    handshakeFailures: 0,
    open: 0,
  };
  readonly #server: Server;
  readonly #handler: AcceptHandler;
  readonly #permits: Semaphore | undefined;
  readonly #holdLimit: number;
  readonly #held: Socket[] = [];
  readonly #handshaker: Handshaker | undefined;
  /** Permits of connections in their handshake. All permits are alike, so no map says which is whose. */
  readonly #handshakePermits: (Permit | undefined)[] = [];
  readonly #closing = new AbortController();
  #address: ListenAddress;
  #pumping = false;

  private constructor(options: ListenerOptions) {
    this.#address = options.address;
    this.#handler = options.handler;
    this.#permits = options.permits;
    this.#holdLimit = options.holdLimit ?? DEFAULT_HOLD_LIMIT;
    this.#handshaker = options.tls?.handshaker(
      (socket) => this.#secured(socket),
      (error, socket) => {
        this.#leaveHandshake()?.release();
        this.counters.handshakeFailures++;
        options.onHandshakeFailure?.(error, socket);
      },
      options.alpn,
    );
    this.#server = createServer({
      // In a TLS handshake a FIN is the end; otherwise who has gone would hold a permit up to the time-out.
      allowHalfOpen: options.tls === undefined,
      noDelay: true,
      // Nothing is read before somebody owns the socket.
      pauseOnConnect: true,
      ...(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
    });
    this.#server.on("connection", (socket: Socket) => this.#accepted(socket));
  }

  /** Resolves when it accepts. @throws NetkitError, for example `NK_LISTEN_IN_USE`. */
  static async listen(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    await listener.#listen(options);
    return listener;
  }

  /** The real address: the port is the one the system chose, the host as the system writes it. */
  get address(): ListenAddress {
    return this.#address;
  }

  /** Stops accepting at once and resets held connections. Those handed over are their handler's. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#server.close();
    this.#handshaker?.close();
    for (const socket of this.#held.splice(0)) this.#refuse(socket);
    this.counters.held = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #listen(options: ListenerOptions): Promise<void> {
    const { address, backlog = DEFAULT_BACKLOG } = options;
    return new Promise((resolve, reject) => {
      const server = this.#server;
      const failed = (error: Error): void => {
        const where = "path" in address ? address.path : `${address.host}:${address.port}`;
        reject(wrapSystemError(error, "listen on", where));
      };
      server.once("error", failed);
      server.listen({ ...address, backlog }, () => {
        server.off("error", failed);
        server.on("error", (error) => options.onError?.(wrapSystemError(error, "accept a connection")));
        const real = server.address();
        if (real !== null && typeof real === "object")
          this.#address = { host: real.address, port: real.port };
        resolve();
      });
    });
  }

  #accepted(socket: Socket): void {
    this.counters.accepted++;
    // Those who wait are first: a permit that comes free belongs to the head of the hold.
    if (this.#held.length === 0) {
      const permit = this.#permits?.tryAcquire();
      if (permit !== undefined || this.#permits === undefined) {
        this.#admit(socket, permit);
        return;
      }
    }
    if (this.#held.length >= this.#holdLimit || this.#closing.signal.aborted) {
      this.#refuse(socket);
      return;
    }
    this.#held.push(socket);
    this.counters.held = this.#held.length;
    if (!this.#pumping) void this.#pump(this.#permits!);
  }

  /** Admits held sockets in their order, each as a permit comes free. */
  async #pump(permits: Semaphore): Promise<void> {
    this.#pumping = true;
    while (this.#held.length > 0) {
      const permit = await permits.acquire(this.#closing.signal).catch(() => undefined);
      const socket = this.#held.shift();
      this.counters.held = this.#held.length;
      if (permit === undefined) break;
      if (socket === undefined) permit.release();
      else this.#admit(socket, permit);
    }
    this.#pumping = false;
  }

  #admit(socket: Socket, permit: Permit | undefined): void {
    if (this.#handshaker === undefined) {
      this.#handler(socket, new Seat(this.counters, permit));
      return;
    }
    this.#handshakePermits.push(permit);
    this.counters.handshaking = this.#handshakePermits.length;
    this.#handshaker.accept(socket);
  }

  #secured(socket: TLSSocket): void {
    socket.allowHalfOpen = true;
    this.#handler(socket, new Seat(this.counters, this.#leaveHandshake()));
  }

  #leaveHandshake(): Permit | undefined {
    const permit = this.#handshakePermits.pop();
    this.counters.handshaking = this.#handshakePermits.length;
    return permit;
  }

  /** A reset, so that the peer knows at once and no TIME_WAIT is left here. */
  #refuse(socket: Socket): void {
    this.counters.refused++;
    resetSocket(socket);
  }
}
