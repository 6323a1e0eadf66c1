// Starts known-server.js for one test; `await using` stops it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { generateSelfSigned } from "../../src/core/tls/self-signed.ts";

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

export const KNOWN_DIALECTS = [
  "http",
  "https",
  "h2c",
  "h2",
  "ws",
  "wss",
  "framed",
  "framed+tls",
  "tcp",
  "tls",
  "udp",
  "handshake",
] as const;
export type KnownDialect = (typeof KNOWN_DIALECTS)[number];

/** The scheme of a URL, where the dialect is not one. */
const SCHEMES: Partial<Record<KnownDialect, string>> = { h2: "https", handshake: "tls" };

const SECURE: ReadonlySet<KnownDialect> = new Set(["https", "h2", "wss", "framed+tls", "tls", "handshake"]);
let credentials: Promise<{ readonly cert: string; readonly key: string }> | undefined;

export class KnownServer implements AsyncDisposable {
  readonly port: number;
  readonly process: ChildProcess;

  readonly #dialect: KnownDialect;

  private constructor(process: ChildProcess, port: number, dialect: KnownDialect) {
    this.process = process;
    this.port = port;
    this.#dialect = dialect;
  }

  static async start(mode: KnownMode, dialect: KnownDialect = "http"): Promise<KnownServer> {
    if (SECURE.has(dialect)) credentials ??= generateSelfSigned();
    const { cert, key } = (await credentials) ?? {};
    const child = fork(fileURLToPath(new URL("./known-server.js", import.meta.url)), [mode, dialect], {
      env: { ...process.env, KNOWN_CERT: cert, KNOWN_KEY: key },
    });
    return new KnownServer(child, await told<number>(child, "port"), dialect);
  }

  get url(): string {
    const scheme = SCHEMES[this.#dialect] ?? this.#dialect;
    return `${scheme}://127.0.0.1:${this.port}${scheme.startsWith("http") ? "/" : ""}`;
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
