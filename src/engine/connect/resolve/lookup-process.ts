/**
 * getaddrinfo in a process of its own, so that one that hangs can be ended.
 *
 * Inside this process a lookup whose name server is silent cannot be called back: it holds one of four threads, and
 * the process cannot end before the system gives up, 5 to 20 s later, whatever was said meanwhile. The other process
 * is killed instead, and a new one stands ready before the next question. It costs one hop, some 0.3 ms a lookup.
 *
 * Guarantees: nobody has to wait for the process's end; it ends with this one; without it (it cannot be started, it
 * dies) lookups run in this process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { realSystem, type SystemView } from "./system.ts";

interface Asked {
  readonly id: number;
  readonly host: string;
  readonly family: 4 | 6;
}

interface Waiting {
  readonly asked: Asked;
  readonly resolve: (addresses: readonly string[]) => void;
  readonly reject: (error: Error) => void;
  /** The same lookup in this process. */
  readonly fallBack: () => void;
}

interface Told {
  readonly id: number;
  /** Null: it went well. */
  readonly code: string | null;
  readonly addresses: readonly string[];
}

/**
 * What the other process runs. A first lookup, for which nobody needs to be asked, makes later ones as quick as they
 * stay. Ctrl-C in the terminal is for the one that asks, whose end ends this one.
 */
const SCRIPT = `
const { lookup } = require("node:dns");
process.on("SIGINT", () => {});
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", ({ id, host, family }) => {
  lookup(host, { family, all: true, verbatim: true }, (error, found) => {
    const code = error ? (error.code ?? "UNKNOWN") : null;
    if (process.connected) process.send({ id, code, addresses: (found ?? []).map((one) => one.address) });
  });
});
lookup("localhost", { family: 4 }, () => process.send("ready"));
`;

/** Starting takes 50 to 100 ms; after this the lookups run here. */
const START_TIMEOUT_MS = 2000;

export class LookupProcess implements SystemView, Disposable {
  #child: ChildProcess | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closed = false;

  private constructor() {
    this.#spawn();
  }

  /** To be awaited before a path begins. */
  static async start(): Promise<LookupProcess> {
    const lookups = new LookupProcess();
    const child = lookups.#child;
    if (child !== undefined) await readiness(child);
    return lookups;
  }

  lookup(host: string, family: 4 | 6, signal: AbortSignal): Promise<readonly string[]> {
    const child = this.#child;
    if (child?.connected !== true) return realSystem.lookup(host, family, signal);
    const id = ++this.#lastId;
    const asked: Asked = { id, host, family };
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        // What was asked may never be answered: the process that waits for it is worth nothing any more.
        if (this.#waiting.delete(id)) this.#replace(child);
        reject(signal.reason);
      };
      const leave = (): void => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.set(id, {
        asked,
        resolve: (addresses) => {
          leave();
          resolve(addresses);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
        fallBack: () => {
          leave();
          realSystem.lookup(host, family, signal).then(resolve, reject);
        },
      });
      child.send(asked);
    });
  }

  nameServer(host: string): ReturnType<SystemView["nameServer"]> {
    return realSystem.nameServer(host);
  }

  close(): void {
    this.#closed = true;
    this.#end(this.#child);
    this.#child = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error("the lookups are closed"));
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #spawn(): void {
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, ["--eval", SCRIPT], {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        windowsHide: true,
      });
    } catch {
      // Not allowed here: `lookup` does without.
      return;
    }
    this.#child = child;
    child.unref();
    child.channel?.unref();
    child.on("message", (told: Told | "ready") => {
      if (told !== "ready") this.#told(told);
    });
    child.on("error", () => this.#lost(child));
    child.on("exit", () => this.#lost(child));
  }

  #told({ id, code, addresses }: Told): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (code === null) waiting?.resolve(addresses);
    else waiting?.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
  }

  #replace(child: ChildProcess): void {
    if (this.#child !== child || this.#closed) return;
    this.#child = undefined;
    this.#end(child);
    this.#spawn();
    // What the same signal ends is gone by then; what is left was asked for something else.
    const lastId = this.#lastId;
    setImmediate(() => {
      for (const { asked, fallBack } of [...this.#waiting.values()].filter((one) => one.asked.id <= lastId)) {
        if (this.#child?.connected === true) this.#child.send(asked);
        else fallBack();
      }
    });
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (!this.#closed) for (const { fallBack } of waiting) fallBack();
  }

  #end(child: ChildProcess | undefined): void {
    child?.removeAllListeners();
    child?.on("error", () => undefined);
    child?.kill("SIGKILL");
  }
}

function readiness(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      child.off("message", done);
      child.off("exit", done);
      child.off("error", done);
      resolve();
    };
    const timer = setTimeout(done, START_TIMEOUT_MS);
    child.on("message", done);
    child.on("exit", done);
    child.on("error", done);
  });
}
