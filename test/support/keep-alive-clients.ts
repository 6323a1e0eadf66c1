// Many well-behaved HTTP/1.1 clients in a closed loop: each asks, waits for the whole answer, asks again, and
// asks no more when it is told `Connection: close`. What they asked and were not answered is lost.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "./raw-client.ts";

export class KeepAliveClients implements Disposable {
  readonly count: number;
  asked = 0;
  answered = 0;
  /** Clients whose last answer said that the server closes. */
  toldToClose = 0;
  /** Answers of each client. */
  readonly answers: number[];
  readonly #request: Buffer;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  private constructor(count: number, path: string) {
    this.count = count;
    this.answers = Array.from({ length: count }, () => 0);
    this.#request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
  }

  /** All are connected, and have asked for the first time, when it resolves. */
  static async open(
    count: number,
    port: number,
    path: string,
    { askOnce = false } = {},
  ): Promise<KeepAliveClients> {
    const clients = new KeepAliveClients(count, path);
    clients.#stopped = askOnce;
    for (let from = 0; from < count; from += 500) {
      const some = Array.from({ length: Math.min(500, count - from) }, (_, at) =>
        clients.#connect(from + at, port),
      );
      await Promise.all(some);
    }
    return clients;
  }

  /** Asked and not answered, once all connections are over. */
  get lost(): number {
    return this.asked - this.answered;
  }

  /** Asks no more; what is under way goes on. */
  stop(): void {
    this.#stopped = true;
  }

  /** All ask again, and go on asking; every earlier question must have been answered. */
  ask(): void {
    this.#stopped = false;
    for (const socket of this.#sockets) this.#ask(socket);
  }

  /** Resolves when all connections are closed. */
  async over(timeoutMs = 20_000): Promise<void> {
    await eventually(() => this.#sockets.size === 0, "all connections are closed", timeoutMs);
  }

  #ask(socket: Socket): void {
    this.asked++;
    socket.write(this.#request);
  }

  async #connect(at: number, port: number): Promise<void> {
    let head = "";
    /** Bytes of the body that are still to come; undefined within a head. */
    let left: number | undefined;
    let last = false;
    const take = (bytes: Buffer): void => {
      let from = 0;
      while (from < bytes.length || left === 0) {
        if (left === undefined) {
          head += bytes.toString("latin1", from);
          const end = head.indexOf("\r\n\r\n");
          if (end < 0) return;
          from = bytes.length - (head.length - end - 4);
          left = Number(/\r\ncontent-length: (\d+)/i.exec(head)![1]);
          last = /\r\nconnection: close\r\n/i.test(head.slice(0, end + 2));
        }
        const here = Math.min(left, bytes.length - from);
        from += here;
        left -= here;
        if (left > 0) return;
        head = "";
        left = undefined;
        this.answered++;
        this.answers[at]!++;
        if (last) {
          this.toldToClose++;
          socket.end();
        } else if (!this.#stopped) {
          this.#ask(socket);
        }
      }
    };
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length, buffer) => {
          take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    await once(socket, "connect");
    this.#ask(socket);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** All sockets read into it, one at a time. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
