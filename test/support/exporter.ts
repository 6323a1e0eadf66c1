// An HTTP server on a free port whose answers a test decides.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class Exporter implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: RequestListener): Promise<Exporter> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Exporter(server);
  }

  /** The same text for every path. */
  static async of(body: string | Buffer, headers: Record<string, string>, status = 200): Promise<Exporter> {
    return await Exporter.start((_request, response) => response.writeHead(status, headers).end(body));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
