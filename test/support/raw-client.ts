// A client that says exactly the bytes it is given, and remembers what came back.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";

export class RawClient implements Disposable {
  readonly socket: Socket;
  /** All that came, latin1: one character a byte. */
  text = "";
  /** The peer closed its side, or the connection broke. */
  over = false;
  /** System error code that the connection broke with. */
  error: string | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.text += text;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on("end", () => {
      this.over = true;
    });
    socket.on("close", () => {
      this.over = true;
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    return new RawClient(socket);
  }

  /** SHA-256 of the certificate that the server showed. */
  get fingerprint(): string {
    return (this.socket as TLSSocket).getPeerCertificate().fingerprint256;
  }

  write(bytes: string | Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  get(path: string, headers = ""): void {
    this.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
  }

  /** Resolves when the text has come; rejects when the connection is over, or the time, before it does. */
  async saw(text: string | RegExp, timeoutMs = 20_000): Promise<void> {
    const found = () => (typeof text === "string" ? this.text.includes(text) : text.test(this.text));
    await eventually(() => found() || this.over, `the server says ${text}`, timeoutMs);
    if (!found())
      throw new Error(`the connection is over (${this.error ?? "FIN"}) without ${text}: ${this.text}`);
  }

  /** Resolves when the server has closed. */
  async closed(timeoutMs = 20_000): Promise<void> {
    await eventually(() => this.over, "the server closes", timeoutMs);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Asks again and again until it holds. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}
