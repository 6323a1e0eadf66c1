/**
 * A TCP relay between a pool and its server, for faults that no server can be asked for: late answers, refused and
 * reset connections, a server that is away for a while.
 *
 *     relay.delayMs = 100            what comes from the server goes on so much later
 *     relay.refuse() … accept()      nothing listens; connections that stand go on
 *     relay.reset(n)                 resets the oldest n, or all
 *
 * Guarantees: the port stays the same across `refuse` and `accept`; bytes keep their order under any change of delay; a
 * slow receiver stops the sender; disposing closes the listener, every socket and every timer.
 */
import { once } from "node:events";
import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { wrapSystemError } from "../../../core/errors.ts";
import { resetSocket } from "../../../core/lifecycle/reset.ts";
import type { TargetPlan } from "../plan.ts";

const LOOPBACK = "127.0.0.1";

export class Relay implements AsyncDisposable {
  /** To the same target by way of the relay; names in TLS, headers and messages stay as they were. */
  readonly plan: TargetPlan;
  /** Milliseconds added to every chunk from the server, from now on, on all connections. */
  delayMs = 0;
  readonly #target: TargetPlan;
  readonly #port: number;
  /** Oldest first. */
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #disposed = false;

  private constructor(target: TargetPlan, server: Server) {
    this.#target = target;
    this.#port = (server.address() as { port: number }).port;
    this.plan = rerouted(target, this.#port);
    this.#adopt(server);
  }

  /** Listens on a free port of loopback. @throws NetkitError */
  static async start(target: TargetPlan): Promise<Relay> {
    return new Relay(target, await listen(0));
  }

  /** Connections that clients have to it now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** New connections are refused by the kernel; those that stand go on. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    // The port is closed at once; the event "close" would wait for the connections.
    server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Takes connections again. @throws NetkitError when somebody has taken the port meanwhile */
  async accept(): Promise<void> {
    if (this.#server !== undefined || this.#disposed) return;
    const server = await listen(this.#port);
    // Whoever came second gives way.
    if (this.#server !== undefined || this.#disposed) server.close();
    else this.#adopt(server);
  }

  /** Resets connections on both sides, the oldest first; all when undefined. @returns how many */
  reset(count: number = Number.POSITIVE_INFINITY): number {
    let ended = 0;
    for (const pair of this.#pairs) {
      if (ended >= count) break;
      if (pair.reset()) ended++;
    }
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await Promise.all([this.refuse(), ...Array.from(this.#pairs, (pair) => pair.destroy())]);
  }

  #adopt(server: Server): void {
    this.#server = server;
    server.on("connection", (client: Socket) => {
      // One that the kernel had taken before the listener was closed.
      if (this.#server !== server) resetSocket(client.on("error", ignore));
      else this.#keep(client);
    });
  }

  #keep(client: Socket): void {
    const pair = new Pair(
      client,
      this.#target,
      () => this.delayMs,
      () => this.#pairs.delete(pair),
    );
    this.#pairs.add(pair);
  }
}

/** Only where to connect changes. */
function rerouted(target: TargetPlan, port: number): TargetPlan {
  const { endpoint, tls } = target;
  const { servername = isIP(endpoint.host) === 0 ? endpoint.host : undefined } = tls;
  return {
    ...target,
    endpoint: { ...endpoint, host: LOOPBACK, port, origin: `${endpoint.scheme}://${LOOPBACK}:${port}` },
    tls: { ...tls, servername },
    unixSocket: undefined,
    // The relay's connections are not the pool's.
    admin: undefined,
  };
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  try {
    server.listen(port, LOOPBACK);
    await once(server, "listening");
    return server;
  } catch (error) {
    throw wrapSystemError(error, "listen on", `${LOOPBACK}:${port}`);
  }
}

/** One client and its way to the server. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #down: DelayLine;
  readonly #gone: Promise<unknown>;

  constructor(
    client: Socket,
    { endpoint, unixSocket }: TargetPlan,
    delayMs: () => number,
    onGone: () => void,
  ) {
    this.#client = client;
    const { host, port } = endpoint;
    this.#server = connect(unixSocket === undefined ? { host, port } : { path: unixSocket });
    this.#server.setNoDelay(true);
    this.#server.allowHalfOpen = true;
    const up = new DelayLine(client, this.#server, () => 0);
    this.#down = new DelayLine(this.#server, client, delayMs);
    const ends = [client, this.#server].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    client.once("close", () => {
      this.#down.stop();
      this.#server.destroy();
    });
    this.#server.once("close", () => {
      up.stop();
      // What came before the server's end is still on its way.
      this.#down.afterLast(() => client.destroy());
    });
    // A reset, or a server that is not there, is told by a reset.
    client.on("error", () => resetSocket(this.#server));
    this.#server.on("error", () => resetSocket(client));
    this.#gone = Promise.all(ends).then(onGone);
  }

  /** False when it is ending already. */
  reset(): boolean {
    if (this.#client.destroyed) return false;
    this.#down.stop();
    resetSocket(this.#client);
    resetSocket(this.#server);
    return true;
  }

  async destroy(): Promise<void> {
    this.#down.stop();
    this.#client.destroy();
    this.#server.destroy();
    await this.#gone;
  }
}

interface Due {
  readonly atMs: number;
  /** Undefined: the end of the sender's side. */
  readonly bytes: Uint8Array | undefined;
}

/** Bytes and the end of one direction, each so much later as it says when they come; never out of order. */
class DelayLine {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: (() => void) | undefined;
  #stopped = false;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#from = from;
    this.#to = to;
    from.on("data", (bytes: Uint8Array) => this.#take(bytes, delayMs()));
    from.on("end", () => this.#take(undefined, delayMs()));
    to.on("drain", () => from.resume());
  }

  /** Nothing more is passed on. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#due.length = 0;
    this.#last?.();
  }

  /** Calls when everything that came has been passed on, or will not be. */
  afterLast(then: () => void): void {
    if (this.#stopped || this.#due.length === 0) then();
    else this.#last = then;
  }

  #take(bytes: Uint8Array | undefined, delayMs: number): void {
    if (this.#stopped) return;
    if (delayMs === 0 && this.#due.length === 0) {
      this.#pass(bytes);
      return;
    }
    const atMs = Math.max(performance.now() + delayMs, this.#due.at(-1)?.atMs ?? 0);
    this.#due.push({ atMs, bytes });
    if (this.#due.length === 1) this.#arm();
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#passDue(), Math.max(0, this.#due[0]!.atMs - performance.now()));
  }

  #passDue(): void {
    // A timer may fire a little early; a millisecond is the grain.
    while (this.#due.length > 0 && this.#due[0]!.atMs <= performance.now() + 0.5) {
      this.#pass(this.#due.shift()!.bytes);
    }
    if (this.#due.length > 0) this.#arm();
    else this.#last?.();
  }

  #pass(bytes: Uint8Array | undefined): void {
    if (!this.#to.writable) return;
    if (bytes === undefined) this.#to.end();
    else if (!this.#to.write(bytes)) this.#from.pause();
  }
}

function ignore(): void {}
