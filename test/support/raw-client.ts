// A client that speaks bytes: says exactly what it is given, and remembers what came back.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { RunningServer } from "../../src/engine/serve/running.ts";

const TIMEOUT_MS = 20_000;

/** What `RawClient.to` must know of a server: its first listener. */
type Listening = Pick<RunningServer, "listeners">;

export class RawClient implements Disposable {
  readonly socket: Socket;
  /** All that came, latin1: one character a byte. */
  text = "";
  /** The peer closed its side, or the connection broke. */
  ended = false;
  /** What the connection broke with. */
  error: NodeJS.ErrnoException | undefined;
  /** Called, once each, when something comes. */
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  /** An ordinary client: closes its side when the server has closed its own. */
  static async connect(port: number): Promise<RawClient> {
    return await RawClient.#over(connect({ port, host: "127.0.0.1", noDelay: true }), "connect");
  }

  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    return await RawClient.#over(socket, "secureConnect");
  }

  /** A client of the server's first listener that keeps its side open, whatever the server does with its own. */
  static async to({ listeners }: Listening): Promise<RawClient> {
    const { port, scheme } = listeners[0]!;
    const options = { port, host: "127.0.0.1", allowHalfOpen: true };
    return ["https", "wss", "tls", "framed+tls"].includes(scheme)
      ? await RawClient.#over(connectTls({ ...options, rejectUnauthorized: false }), "secureConnect")
      : await RawClient.#over(connect(options), "connect");
  }

  static async #over(socket: Socket, ready: string): Promise<RawClient> {
    const client = new RawClient(socket);
    await once(socket, ready);
    return client;
  }

  /** SHA-256 of the certificate that the server showed. */
  get fingerprint(): string {
    return (this.socket as TLSSocket).getPeerCertificate().fingerprint256;
  }

  send(bytes: string | Uint8Array): void {
    if (!this.socket.writable) return;
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** All that came, once it is `done`; rejects when the connection is over, or the time, before that. */
  async until(done: (text: string) => boolean): Promise<string> {
    const until = performance.now() + TIMEOUT_MS;
    while (!done(this.text)) {
      if (this.ended) {
        const how = this.error?.code ?? "FIN";
        throw new Error(`the connection ended (${how}) after ${JSON.stringify(this.text.slice(-300))}`);
      }
      await this.#more(until);
    }
    return this.text;
  }

  async untilIncludes(part: string): Promise<string> {
    return await this.until((text) => text.includes(part));
  }

  /** All that came until the server closed or the connection broke. */
  async untilEnd(): Promise<string> {
    const until = performance.now() + TIMEOUT_MS;
    while (!this.ended) await this.#more(until);
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #more(untilMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLate = () =>
        reject(new Error(`nothing more in ${TIMEOUT_MS} ms after ${JSON.stringify(this.text.slice(-300))}`));
      const timer = setTimeout(tooLate, untilMs - performance.now());
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** One exchange on a connection of its own: all that came back until the server closed. */
export async function talk(server: Listening, bytes: string | Uint8Array): Promise<string> {
  using client = await RawClient.to(server);
  client.send(bytes);
  return await client.untilEnd();
}

/** A GET that asks the server to close. */
export function get(path: string, ...fields: string[]): string {
  return request("GET", path, ["Connection: close", ...fields]);
}

export function request(method: string, path: string, fields: readonly string[] = [], body = ""): string {
  return [`${method} ${path} HTTP/1.1`, "Host: test", ...fields, "", body].join("\r\n");
}

/** Status, fields in lower case, and what follows the blank line. */
export function parse(text: string): { status: number; fields: Map<string, string>; body: string } {
  const end = text.indexOf("\r\n\r\n");
  const [line, ...rest] = text.slice(0, end).split("\r\n");
  const fields = new Map(
    rest.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(line!.split(" ")[1]), fields, body: text.slice(end + 4) };
}

/** Asks again and again until it holds. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}
