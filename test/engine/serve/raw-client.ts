/** A client that speaks bytes: what is sent and what comes back is written out in full. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { type ServeLimits, type ServePlan, servePlan, type TlsPlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";

const SELF_SIGNED: TlsPlan = { certificate: { kind: "self-signed" } };

export function planFor(scheme: string, limits: Partial<ServeLimits> = {}, admin = false): ServePlan {
  const endpoint = parseEndpoint(`${scheme}://127.0.0.1:0`, "serve");
  const listener = endpoint.tls ? { endpoint, tls: SELF_SIGNED } : { endpoint };
  return servePlan([listener], {
    limits,
    drainMs: 5000,
    ...(admin ? { admin: { host: "127.0.0.1", port: 0 } } : {}),
  });
}

export function serve(
  scheme = "http",
  limits: Partial<ServeLimits> = {},
  admin = false,
): Promise<RunningServer> {
  return startServer(planFor(scheme, limits, admin));
}

export class RawClient implements Disposable {
  readonly socket: Socket;
  /** All that came, as latin1. */
  text = "";
  ended = false;
  error: NodeJS.ErrnoException | undefined;
  #wake: () => void = () => {};

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

  static async to(server: RunningServer): Promise<RawClient> {
    const { port, scheme } = server.listeners[0]!;
    const secure = ["https", "tls", "framed+tls"].includes(scheme);
    const options = { port, host: "127.0.0.1", allowHalfOpen: true };
    const socket = secure ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    const client = new RawClient(socket);
    await once(socket, secure ? "secureConnect" : "connect");
    return client;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  async until(done: (text: string) => boolean): Promise<string> {
    while (!done(this.text)) {
      if (this.ended) throw new Error(`the connection ended after ${JSON.stringify(this.text.slice(-300))}`);
      await this.#more();
    }
    return this.text;
  }

  async untilIncludes(part: string): Promise<string> {
    return await this.until((text) => text.includes(part));
  }

  async untilEnd(): Promise<string> {
    while (!this.ended) await this.#more();
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** One exchange on a connection of its own: all that came back until the server closed. */
export async function talk(server: RunningServer, bytes: string | Uint8Array): Promise<string> {
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
