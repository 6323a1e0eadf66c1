// A server on loopback whose every connection is a few lines of script, and a prober that talks to it.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { ProbeLimits, Upgrade } from "../../../../src/engine/tls-check/plan.ts";
import { Prober, type ProberOptions } from "../../../../src/engine/tls-check/probe/prober.ts";
import type { Script } from "../../../support/starttls-scripts.ts";

export type { Script };

export const LIMITS: ProbeLimits = {
  maxConnections: 200,
  concurrency: 6,
  ratePerSecond: undefined,
  timeoutMs: 5000,
  retries: 3,
};

export class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;
  /** The most that were open at once. */
  peak = 0;

  private constructor(script: Script) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      this.peak = Math.max(this.peak, this.#sockets.size);
      socket.on("error", () => undefined).on("end", () => socket.end());
      socket.on("close", () => this.#sockets.delete(socket));
      script(socket, ++this.connections);
    });
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  prober(limits: Partial<ProbeLimits> = {}, more: Partial<ProberOptions> = {}): Prober {
    return new Prober({
      address: "127.0.0.1",
      family: 4,
      port: this.port,
      upgrade: "none",
      serverName: "localhost",
      limits: { ...LIMITS, ...limits },
      signal: new AbortController().signal,
      backOff: () => 1,
      ...more,
    });
  }

  proberFor(upgrade: Upgrade, limits: Partial<ProbeLimits> = {}): Prober {
    return this.prober(limits, { upgrade });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
