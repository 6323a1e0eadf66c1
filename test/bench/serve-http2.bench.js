/**
 * serve over HTTP/2 against nginx and node:http2, in clear and over TLS: servers in turn on core 0, h2load with ten
 * connections of ten streams on core 1. Requests a second and their ratios. Needs `npm run build` first.
 *
 *     node test/bench/serve-http2.bench.js
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure, root, SECONDS } from "./pairs.js";
import { background, has, median, number, pinned, startNginx } from "./rig.js";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const NODE_SERVER = `
import { createServer, createSecureServer } from "node:http2";
import { readFileSync } from "node:fs";
const [cert, key] = process.argv.slice(1);
const answer = (stream) => {
  stream.respond({ ":status": 200, "content-type": "text/plain; charset=utf-8", "content-length": 13 });
  stream.end("hello, world\\n");
};
const server = cert === undefined ? createServer() : createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) });
server.on("stream", answer);
server.listen(0, "127.0.0.1", () => console.log("port " + server.address().port + "."));`;

const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
execFileSync("openssl", ["req", "-x509", ...made, "-keyout", tls.key, "-out", tls.cert], { stdio: "ignore" });

async function netkit(secure) {
  const url = `${secure ? "https" : "h2c"}://127.0.0.1:0`;
  const certificate = secure ? ["--cert", tls.cert, "--key", tls.key] : [];
  const args = [`${root}bin/run.js`, "serve", url, "--json", "--no-admin", ...certificate];
  const running = await background(0, process.execPath, args, "\n");
  const { port } = JSON.parse(running.stdout).listeners[0];
  return { name: "netkit", url: `http${secure ? "s" : ""}://127.0.0.1:${port}/`, stop: () => running.stop() };
}

async function node(secure) {
  const files = secure ? [tls.cert, tls.key] : [];
  const args = ["--input-type=module", "-e", NODE_SERVER, ...files];
  const running = await background(0, process.execPath, args, ".");
  const port = /port (\d+)/.exec(running.stdout)[1];
  return {
    name: "node:http2",
    url: `http${secure ? "s" : ""}://127.0.0.1:${port}/`,
    stop: () => running.stop(),
  };
}

async function nginx(secure) {
  return { name: "nginx", ...(await startNginx(0, { http2: true, ...(secure ? { tls } : {}) })) };
}

async function rateOf(url) {
  const { stdout } = await pinned(1, "h2load", ["-t1", "-c10", "-m10", `-D${SECONDS}`, url]);
  if (!/ 0 failed, 0 errored/.test(stdout)) console.log(stdout);
  return figure(stdout, /finished in [\d.]+\w+, ([\d.]+) req\/s/);
}

async function compare(secure) {
  const servers = [await netkit(secure), await node(secure), ...(has("nginx") ? [await nginx(secure)] : [])];
  const rates = new Map(servers.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, url } of servers) {
      const rate = await rateOf(url);
      // The first round warms up.
      if (round > 0) rates.get(name).push(rate);
    }
  }
  for (const server of servers) await server.stop();
  const ours = rates.get("netkit");
  for (const [name, theirs] of rates) {
    const ratio = median(theirs.map((rate, at) => ours[at] / rate)).toFixed(2);
    const against = name === "netkit" ? "" : `   netkit is ${ratio} times as fast`;
    console.log(
      `  ${secure ? "TLS" : "h2c"}  ${name.padEnd(10)} ${number(median(theirs)).padStart(9)} req/s${against}`,
    );
  }
}

try {
  if (has("h2load") && has("taskset")) {
    await compare(false);
    await compare(true);
  } else console.log("  h2load or taskset is not installed: left out");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
