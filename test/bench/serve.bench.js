// serve against node:http and nginx with the same answer: each pinned to core 0, wrk -t1 -c50 on core 1, in turn;
// requests per second, CPU microseconds per request, medians and ratios. Then what 10,000 connections cost.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { background, has, median, number, pinned, startNginx } from "./rig.js";

const SELF = fileURLToPath(import.meta.url);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 10_000);
const LISTENING = /listening (\S+)/;

/** What runs in a process of its own: `node serve.bench.js --role netkit`. */
const ROLES = {
  async netkit() {
    const { startServer } = await import("../../dist/engine/serve/server.js");
    const { servePlan } = await import("../../dist/engine/serve/plan.js");
    const { parseEndpoint } = await import("../../dist/core/endpoint.js");
    const endpoint = parseEndpoint("http://127.0.0.1:0", "serve");
    const limits = { maxConnections: 2 * CONNECTIONS, idleTimeoutMs: 600_000 };
    const server = await startServer(servePlan([{ endpoint }], { limits }));
    console.log(`listening ${server.listeners[0].url}/`);
  },
  async node() {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": 13 });
      response.end("hello, world\n");
    });
    server.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${server.address().port}/`));
  },
  /** Opens connections, asks once on each, and then either keeps them or asks in rounds. */
  async client(url, count, rounds) {
    const { port } = new URL(url);
    const ask = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
    const sockets = [];
    const answer = (socket) => new Promise((resolve) => socket.once("data", resolve));
    const open = async (at) => {
      // A range of loopback addresses, so that local ports cannot run out.
      const socket = connect({
        port: Number(port),
        host: "127.0.0.1",
        localAddress: `127.0.0.${2 + (at % 8)}`,
      });
      socket.on("error", (error) => console.log(`failed ${error.code}`));
      sockets.push(socket);
      socket.write(ask);
      await answer(socket);
    };
    for (let at = 0; at < Number(count); at += 250) {
      await Promise.all(Array.from({ length: Math.min(250, Number(count) - at) }, (_, i) => open(at + i)));
    }
    console.log("opened");
    const started = performance.now();
    for (let round = 0; round < Number(rounds); round++) {
      await Promise.all(
        sockets.map((socket) => {
          socket.write(ask);
          return answer(socket);
        }),
      );
    }
    if (Number(rounds) > 0) console.log(`rounds ${(performance.now() - started) / 1000}`);
    setInterval(() => {}, 1000);
  },
};

async function start(role, core, ...args) {
  const process_ = await background(core, process.execPath, [SELF, "--role", role, ...args], "\n");
  return { ...process_, pid: process_.pid, stop: process_.stop, url: LISTENING.exec(process_.stdout)?.[1] };
}

function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

/** User and system time of a process so far, in seconds. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function drive(target) {
  const before = target.pid === undefined ? Number.NaN : cpuSeconds(target.pid);
  const { stdout } = await pinned(1, "wrk", ["-t1", "-c50", `-d${SECONDS}s`, target.url]);
  const after = target.pid === undefined ? Number.NaN : cpuSeconds(target.pid);
  const requests = Number(/(\d+) requests in/.exec(stdout)[1]);
  if (/Socket errors|Non-2xx/.test(stdout)) console.log(`  ${target.name}: ${stdout}`);
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]),
    cpuUs: ((after - before) * 1e6) / requests,
  };
}

async function speed() {
  const targets = [
    { name: "netkit", ...(await start("netkit", 0)) },
    { name: "node:http", ...(await start("node", 0)) },
  ];
  if (has("nginx")) targets.push({ name: "nginx", ...(await startNginx(0)) });
  const runs = new Map(targets.map(({ name }) => [name, []]));
  // The first round warms up and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const target of targets) {
      const run = await drive(target);
      if (round > 0) runs.get(target.name).push(run);
    }
  }
  for (const target of targets) await target.stop();
  const ours = runs.get("netkit");
  for (const [name, theirs] of runs) {
    const rate = median(theirs.map((run) => run.rate));
    const cpu = median(theirs.map((run) => run.cpuUs));
    const ratios = theirs.map((run, at) => ours[at].rate / run.rate);
    const against = name === "netkit" ? "" : `   netkit is ${median(ratios).toFixed(2)} times as fast`;
    const cost = Number.isNaN(cpu) ? "" : `${cpu.toFixed(2)} us CPU a request`;
    console.log(`  ${name.padEnd(10)} ${number(rate).padStart(9)} req/s  ${cost}${against}`);
  }
}

async function memory() {
  const server = await start("netkit", 0);
  const warm = await background(
    1,
    process.execPath,
    [SELF, "--role", "client", server.url, "500", "2"],
    "rounds",
  );
  await warm.stop();
  await pause(1000);
  const baseline = residentBytes(server.pid);
  const client = await background(
    1,
    process.execPath,
    [SELF, "--role", "client", server.url, String(CONNECTIONS), "0"],
    "opened",
  );
  await pause(2000);
  const grown = residentBytes(server.pid) - baseline;
  const each = (grown / CONNECTIONS / 1024).toFixed(2);
  console.log(
    `  ${number(CONNECTIONS)} idle keep-alive connections: ${each} KiB resident each above the baseline`,
  );
  await client.stop();
  const active = await background(
    1,
    process.execPath,
    [SELF, "--role", "client", server.url, String(CONNECTIONS), "10"],
    "rounds",
  );
  const seconds = Number(/rounds ([\d.]+)/.exec(active.stdout)[1]);
  console.log(
    `  ${number(CONNECTIONS)} active connections: 10 rounds, all answered, in ${seconds.toFixed(1)} s`,
  );
  await active.stop();
  await server.stop();
}

if (process.argv[2] === "--role") {
  const [, , , role, ...args] = process.argv;
  await ROLES[role](...args);
} else {
  if (has("wrk") && has("taskset")) await speed();
  else console.log("  wrk or taskset is not installed: no speed");
  await memory();
}
