// Starts known-server.js for one test; `await using` stops it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export type KnownMode =
  | "fast"
  | "50ms"
  | "mixed"
  | "frozen"
  | "silent"
  | "500"
  | "close-each"
  | "close-every-7"
  | "garbage";

export class KnownServer implements AsyncDisposable {
  readonly port: number;
  readonly process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  static async start(mode: KnownMode): Promise<KnownServer> {
    const child = fork(fileURLToPath(new URL("./known-server.js", import.meta.url)), [mode]);
    return new KnownServer(child, await told<number>(child, "port"));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Resolves when the first request has arrived. */
  async started(): Promise<void> {
    const started = told(this.process, "started");
    this.process.send("started");
    await started;
  }

  /** When requests arrived, µs on the monotonic clock. */
  async arrivals(): Promise<number[]> {
    const arrivals = told<number[]>(this.process, "arrivals");
    this.process.send("arrivals");
    return await arrivals;
  }

  /** For the modes that wait: how long each answer truly waited, µs from the request's arrival. */
  async waitsUs(): Promise<number[]> {
    const waits = told<number[]>(this.process, "waitsUs");
    this.process.send("waitsUs");
    return await waits;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }
}

/** The next message of the child that tells `what`. */
async function told<T>(child: ChildProcess, what: string): Promise<T> {
  for (;;) {
    const [message] = (await once(child, "message")) as [Record<string, T>];
    if (what in message) return message[what]!;
  }
}
