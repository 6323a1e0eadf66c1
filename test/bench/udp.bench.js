/**
 * flood over UDP against a plain client on node:dgram: 64 datagrams of 64 bytes in flight on one socket, netkit's echo on core 1, the
 * clients in turn on core 0. The server is the limit, so CPU for each datagram says more than the rate. Needs `npm run build`.
 *
 *     node test/bench/udp.bench.js
 */
import { fileURLToPath } from "node:url";
import { background, freePort, median, number, pinned } from "./rig.js";

const NETKIT = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);

const PLAIN = `
import { createSocket } from "node:dgram";
const [port, seconds] = process.argv.slice(1).map(Number);
const socket = createSocket("udp4");
const message = Buffer.alloc(64, 7);
let answers = 0;
socket.on("message", () => { answers++; socket.send(message); });
socket.connect(port, "127.0.0.1", () => { for (let n = 0; n < 64; n++) socket.send(message); });
setTimeout(() => {
  const from = answers;
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  setTimeout(() => {
    const used = process.cpuUsage(cpu);
    const count = answers - from;
    console.log(JSON.stringify({ rate: count / (performance.now() - beganMs) * 1000, cpuUs: (used.user + used.system) / count }));
    process.exit();
  }, seconds * 1000);
}, 500);`;

const port = await freePort();
const serve = await background(
  1,
  process.execPath,
  [NETKIT, "serve", `udp://127.0.0.1:${port}`, "--no-admin", "--json"],
  "netkit.ready/1",
);

async function netkit() {
  const how = [
    "-c",
    1,
    "--depth",
    64,
    "-d",
    `${SECONDS}s`,
    "--warmup",
    "500ms",
    "--timeout",
    "500ms",
    "--json",
  ];
  const { stdout, stderr } = await pinned(0, process.execPath, [
    NETKIT,
    "flood",
    `udp://127.0.0.1:${port}`,
    ...how,
  ]);
  if (stdout === "") throw new Error(stderr);
  const { rate, quality, datagrams } = JSON.parse(stdout);
  return { rate: rate.achieved, cpuUs: quality.cpu.usPerRequest, lost: datagrams.lost };
}

async function plain() {
  const { stdout, stderr } = await pinned(0, process.execPath, [
    "--input-type=module",
    "-e",
    PLAIN,
    port,
    SECONDS,
  ]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

try {
  const ours = [];
  const theirs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    ours.push(await netkit());
    theirs.push(await plain());
  }
  const of = (runs, name) => median(runs.map((run) => run[name]));
  const ratio = (name) => median(ours.map((run, at) => run[name] / theirs[at][name]));
  console.log(
    `64 bytes, depth 64: netkit ${number(of(ours, "rate"))}/s ${of(ours, "cpuUs").toFixed(2)} us each (${of(ours, "lost")} lost), ` +
      `plain dgram ${number(of(theirs, "rate"))}/s ${of(theirs, "cpuUs").toFixed(2)} us; ratio of rates ${ratio("rate").toFixed(2)}, of CPU ${ratio("cpuUs").toFixed(2)}`,
  );
} finally {
  await serve.stop();
}
