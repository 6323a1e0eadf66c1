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
    const [message] = (await once(child, "message")) as [{ port: number }];
    return new KnownServer(child, message.port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Resolves when the first request has arrived. */
  async started(): Promise<void> {
    await once(this.process, "message");
  }

  /** When requests arrived, µs on the monotonic clock. */
  async arrivals(): Promise<number[]> {
    this.process.send("arrivals");
    const [message] = (await once(this.process, "message")) as [{ arrivals: number[] }];
    return message.arrivals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }
}
