// A server of someone else's that is more than one process: in a private folder, as a user without rights, stopped
// the way it wants to be stopped.
//
// Guarantees: it listens on loopback only, if its configuration says so; `stop` returns when every process of its
// group is gone and the folder with it, whatever state it was in; one that does not come up is stopped too, and the
// error holds its words.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { programPath } from "./peers.ts";
import { accepts, freePort } from "./program.ts";
import type { KeyPairFiles } from "./tls-servers.ts";

/** Whose rights a server runs with; ids are undefined when they are those of the tests. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** The first of `names` that exists, when the tests run as root; else the user of the tests. */
export function serverUser(...names: readonly string[]): ServerUser {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const users = lines.map((line) => line.split(":"));
  const own = process.getuid!();
  const found =
    own === 0
      ? names.map((name) => users.find(([known]) => known === name)).find((entry) => entry !== undefined)
      : users.find(([, , uid]) => uid === String(own));
  if (found === undefined) throw new Error(`none of these users exists: ${names.join(", ")}`);
  const [name = "", , uid, gid] = found;
  return own === 0 ? { name, uid: Number(uid), gid: Number(gid) } : { name, uid: undefined, gid: undefined };
}

/** The name of a user's first group, for servers that ask for it. */
export function groupOf({ gid = process.getgid!() }: ServerUser): string {
  const lines = readFileSync("/etc/group", "utf8").split("\n");
  return lines.map((line) => line.split(":")).find(([, , id]) => id === String(gid))?.[0] ?? String(gid);
}

/** Only the server's user can look into it. */
export class ServerFolder implements Disposable {
  readonly path: string;
  readonly user: ServerUser;

  private constructor(path: string, user: ServerUser) {
    this.path = path;
    this.user = user;
  }

  static async create(user: ServerUser): Promise<ServerFolder> {
    // Unix sockets inside have to keep below 108 bytes, so the name is short.
    const folder = new ServerFolder(await mkdtemp(join(tmpdir(), "nk-")), user);
    folder.#own(folder.path, 0o700);
    return folder;
  }

  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return this.#own(path, 0o600);
  }

  makeFolder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path);
    return this.#own(path, 0o700);
  }

  /** Copies that the server may read, and nobody else, as all of them demand of the key. */
  copyPair({ cert, key }: KeyPairFiles): KeyPairFiles {
    return { cert: this.#copy(cert, "server.crt"), key: this.#copy(key, "server.key") };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #copy(from: string, name: string): string {
    const path = join(this.path, name);
    copyFileSync(from, path);
    return this.#own(path, 0o600);
  }

  #own(path: string, mode: number): string {
    chmodSync(path, mode);
    const { uid, gid } = this.user;
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    return path;
  }
}

export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: ServerFolder;
  readonly port: number;
  /** What it prints when it is ready. Default: it is when the port accepts. */
  readonly readyText?: RegExp | undefined;
  /** What makes it finish cleanly. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  readonly startMs?: number | undefined;
}

const START_MS = 20_000;
/** For a clean end; then it is killed. */
const STOP_MS = 5000;

export class Daemon implements AsyncDisposable {
  readonly port: number;
  /** What it printed so far. */
  output = "";
  readonly #process: ChildProcess;
  readonly #folder: ServerFolder;
  readonly #stopSignal: NodeJS.Signals;
  readonly #gone: Promise<unknown>;
  readonly #killOnExit = (): void => this.#killGroup();
  #stopped: Promise<void> | undefined;

  private constructor(options: DaemonOptions) {
    const { program, args, folder, port } = options;
    const { uid, gid } = folder.user;
    this.port = port;
    this.#folder = folder;
    this.#stopSignal = options.stopSignal ?? "SIGTERM";
    this.#process = spawn(requiredPath(program), args, {
      cwd: folder.path,
      // Nothing of the tests' environment steers it.
      env: serverEnvironment(folder),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that its children can be told apart from everyone else's.
      detached: true,
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.#gone = new Promise((resolve) => {
      this.#process.once("exit", resolve);
      this.#process.once("error", (error) => {
        this.output += `${error.message}\n`;
        resolve(undefined);
      });
    });
    process.once("exit", this.#killOnExit);
  }

  /** Takes the folder over, also when it throws. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      await daemon.#ready(options.readyText, options.startMs ?? START_MS);
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #ended(): boolean {
    const { exitCode, signalCode, pid } = this.#process;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async #ready(text: RegExp | undefined, timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      if (this.#ended) throw new Error(`it ended before it was ready:\n${this.output}`);
      if (text?.test(this.output)) return;
      if (text === undefined && (await acceptsNow(this.port))) return;
      if (performance.now() > until) throw new Error(`not ready after ${timeoutMs} ms:\n${this.output}`);
      await pause(20);
    }
  }

  async #stop(): Promise<void> {
    if (!this.#ended) this.#process.kill(this.#stopSignal);
    const timer = setTimeout(() => this.#killGroup(), STOP_MS);
    await this.#gone;
    clearTimeout(timer);
    this.#killGroup();
    process.off("exit", this.#killOnExit);
    this.#folder[Symbol.dispose]();
  }

  #killGroup(): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  }
}

/** Starts on a free port; again on another one when somebody was quicker to take it. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !/address (already )?in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}

/** Runs a tool of the server to its end, with the server's rights. @throws with its words when it fails */
export async function runTool(
  folder: ServerFolder,
  program: string,
  args: readonly string[],
): Promise<string> {
  const { uid, gid } = folder.user;
  try {
    const { stdout } = await promisify(execFile)(requiredPath(program), args, {
      cwd: folder.path,
      env: serverEnvironment(folder),
      timeout: 60_000,
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
    return stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout ?? ""}${stderr ?? ""}`);
  }
}

function serverEnvironment({ path }: ServerFolder): Record<string, string> {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", HOME: path };
}

function requiredPath(program: string): string {
  const path = programPath(program);
  if (path === undefined) throw new Error(`not installed: ${program}`);
  return path;
}

async function acceptsNow(port: number): Promise<boolean> {
  try {
    await accepts(port, 0);
    return true;
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
