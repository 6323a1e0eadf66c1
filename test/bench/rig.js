// What benchmarks share: pinned child processes with their CPU time, an nginx to measure against, medians.
// Benchmarks print; they never fail a build.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function has(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program on one core to its end; CPU seconds (user + system) of it and its children. */
export function pinned(core, program, args) {
  const quoted = [program, ...args].map((word) => `'${String(word).replaceAll("'", `'\\''`)}'`).join(" ");
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", `TIMEFORMAT='rusage %U %S'; time taskset -c ${core} ${quoted}`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const [, user, system] = /rusage ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
      resolve({ code, stdout, stderr, cpuSeconds: Number(user) + Number(system) });
    });
  });
}

/** A process on one core that runs until `stop`; `ready` is a text to wait for on stdout, or undefined. */
export async function background(core, program, args, ready) {
  const child = spawn("taskset", ["-c", String(core), program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  if (ready !== undefined) {
    await new Promise((resolve, reject) => {
      child.on("exit", () => reject(new Error(`${program} ended early`)));
      child.stdout.on("data", (data) => {
        stdout += data;
        if (stdout.includes(ready)) resolve();
      });
    });
    child.removeAllListeners("exit");
  }
  return {
    pid: child.pid,
    get stdout() {
      return stdout;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** nginx with one worker that answers `hello, world` to everything; `http2`: over TLS by ALPN, or in clear. */
export async function startNginx(core, { tls, http2 = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
  const port = await freePort();
  const listen = tls === undefined ? "" : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 20000; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}; proxy_temp_path ${folder};
  fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port} backlog=4096${tls === undefined ? "" : " ssl"}${http2 ? " http2" : ""}; ${listen}
    location / { return 200 "hello, world\\n"; } }
}
`,
  );
  const running = await background(core, "nginx", [
    "-c",
    join(folder, "nginx.conf"),
    "-e",
    join(folder, "error.log"),
  ]);
  const scheme = tls === undefined ? "http" : "https";
  for (let attempt = 0; attempt < 100; attempt++) {
    const known = http2 && tls === undefined ? ["--http2-prior-knowledge"] : [];
    if (spawnSync("curl", ["-sk", ...known, `${scheme}://127.0.0.1:${port}/`]).status === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    port,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0
    ? Number.NaN
    : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export const number = (value) => Math.round(value).toLocaleString("en-US");
