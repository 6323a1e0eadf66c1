// Runs the built program as a user does.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../../src/core/run-document.ts";
import type { ReadyDocument } from "../../src/report/schemas/ready.ts";

export const BIN = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export class Running implements AsyncDisposable {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #finished: Promise<Finished>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const began = performance.now();
    this.process = spawn(process.execPath, [BIN, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#finished = once(this.process, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
      seconds: (performance.now() - began) / 1000,
    }));
  }

  get finished(): Promise<Finished> {
    return this.#finished;
  }

  /** Resolves when stdout or stderr holds the text; rejects when the program ends without. */
  async saw(text: string | RegExp): Promise<void> {
    const found = () => {
      const all = this.stdout + this.stderr;
      return typeof text === "string" ? all.includes(text) : text.test(all);
    };
    while (!found()) {
      if (this.process.exitCode !== null)
        throw new Error(`ended without ${text}:\n${this.stdout}${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGKILL");
    await this.#finished;
  }
}

export function netkit(...args: string[]): Promise<Finished> {
  return new Running(args).finished;
}

/** `flood … --json`, with the document parsed. */
export async function flood(...args: string[]): Promise<Finished & { result: RunResult }> {
  const finished = await netkit("flood", "--json", ...args);
  try {
    return { ...finished, result: JSON.parse(finished.stdout) as RunResult };
  } catch {
    throw new Error(`no JSON document (exit ${finished.code}):\n${finished.stdout}\n${finished.stderr}`);
  }
}

/**
 * The exit code that a flood must end with: what its answers say, unless the machine kept it from measuring and it
 * says so. That outranks the rest, and is the machine's doing and not the test's subject.
 */
export function exitFor({ quality }: RunResult, code: 0 | 1): number {
  return quality.verdict === "invalid" ? 4 : code;
}

/** Starts `serve --json …` and waits for its ready line. */
export async function serve(...args: string[]): Promise<Running & { ready: ReadyDocument }> {
  const running = new Running(["serve", "--json", ...args]);
  await running.saw('"netkit.ready/1"');
  const line = running.stdout.split("\n").find((text) => text.includes("netkit.ready/1"))!;
  return Object.assign(running, { ready: JSON.parse(line) as ReadyDocument });
}
