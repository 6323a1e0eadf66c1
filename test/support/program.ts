// A real server of someone else's for one test: started on a free port, waited for, stopped by its id.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves when something accepts on the port; rejects after `timeoutMs`. */
export async function accepts(port: number, timeoutMs = 10_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      socket.destroy();
    }
  }
}

export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "netkit-test-")));
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export class Program implements AsyncDisposable {
  readonly process: ChildProcess;
  output = "";

  constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }
}

/** Runs a program to its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  timeoutMs = 30_000,
): Promise<{ code: number | null; output: string }> {
  await using program = new Program(command, args);
  const timer = setTimeout(() => program.process.kill("SIGKILL"), timeoutMs);
  const [code] = (await once(program.process, "close")) as [number | null];
  clearTimeout(timer);
  return { code, output: program.output };
}

/** nginx in the foreground, one worker, with the given `http` configuration. */
export async function startNginx(folder: Folder, port: number, server: string, http = ""): Promise<Program> {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder.path};`)
    .join(" ");
  const config = await folder.write(
    "nginx.conf",
    `daemon off; master_process off; worker_processes 1; pid ${folder.path}/nginx.pid; error_log ${folder.path}/error.log;
events { worker_connections 1000; }
http { access_log off; ${http} ${temporary} server { ${server} } }
`,
  );
  const program = new Program("nginx", ["-c", config, "-e", join(folder.path, "error.log")]);
  await accepts(port);
  return program;
}
