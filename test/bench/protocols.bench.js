/**
 * What flood does over frames, raw bytes and WebSocket, against what stands beside it: a bare socket, and a client on the
 * ws package. Server on core 1, generator on core 0, the sides alternate, medians. Needs `npm run build` first.
 *
 *     node test/bench/protocols.bench.js
 */
import { fileURLToPath } from "node:url";
import { background, freePort, median, number, pinned } from "./rig.js";

const NETKIT = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);

/** One flood; messages and bytes per second, and CPU of the generator for each message. */
async function flood(url, ...args) {
  const how = ["-d", `${SECONDS}s`, "--warmup", "500ms", "--json", ...args];
  const { stdout, stderr } = await pinned(0, process.execPath, [NETKIT, "flood", url, ...how]);
  if (stdout === "") throw new Error(stderr);
  const { rate, quality, totals } = JSON.parse(stdout);
  if (totals.failed + totals.censored > 0)
    throw new Error(`${totals.failed + totals.censored} requests failed`);
  return {
    perSecond: rate.achieved,
    bytes: totals.bytesReceived / totals.seconds,
    cpuUs: quality.cpu.usPerRequest,
  };
}

/** A program of a few lines, on one core, that prints one JSON line at its end. */
async function script(core, source, ...args) {
  const { stdout, stderr, cpuSeconds } = await pinned(core, process.execPath, [
    "--input-type=module",
    "-e",
    source,
    ...args,
  ]);
  if (stdout === "") throw new Error(stderr);
  return { ...JSON.parse(stdout), cpuSeconds };
}

const PIPE_SERVER = `
import { createServer } from "node:net";
createServer({ noDelay: true }, (socket) => socket.on("error", () => {}).pipe(socket))
  .listen(Number(process.argv[1]), "127.0.0.1", () => console.log("ready"));`;

/** Keeps 4 MiB under way on each of four connections, as frames of 1 MiB at depth 4 do. */
const PIPE_CLIENT = `
import { connect } from "node:net";
const [port, seconds] = process.argv.slice(1).map(Number);
const block = Buffer.alloc(1024 * 1024, 7);
const buffer = Buffer.alloc(64 * 1024);
let received = 0;
for (let i = 0; i < 4; i++) {
  let here = 0;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback: (bytes) => {
    received += bytes;
    here += bytes;
    while (here >= block.length) { here -= block.length; socket.write(block); }
    return true;
  } } }, () => { for (let n = 0; n < 4; n++) socket.write(block); });
}
setTimeout(() => {
  const from = received;
  const beganMs = performance.now();
  setTimeout(() => {
    console.log(JSON.stringify({ bytes: (received - from) / (performance.now() - beganMs) * 1000 }));
    process.exit();
  }, seconds * 1000);
}, 500);`;

const WS_CLIENT = `
import WebSocket from "ws";
const [port, seconds, connections, depth] = process.argv.slice(1).map(Number);
const message = Buffer.alloc(64, 7);
let answers = 0;
for (let i = 0; i < connections; i++) {
  const socket = new WebSocket("ws://127.0.0.1:" + port);
  socket.on("open", () => { for (let n = 0; n < depth; n++) socket.send(message); });
  socket.on("message", () => { answers++; socket.send(message); });
}
setTimeout(() => {
  const from = answers;
  const beganMs = performance.now();
  setTimeout(() => {
    console.log(JSON.stringify({ perSecond: (answers - from) / (performance.now() - beganMs) * 1000 }));
    process.exit();
  }, seconds * 1000);
}, 500);`;

async function alternate(sides) {
  const found = new Map(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of sides) found.get(name).push(await run());
  }
  return (name, figure) => median(found.get(name).map((one) => one[figure]));
}

const framedPort = await freePort();
const rawPort = await freePort();
const wsPort = await freePort();
const serve = await background(
  1,
  process.execPath,
  [
    NETKIT,
    "serve",
    `framed://127.0.0.1:${framedPort}`,
    `tcp://127.0.0.1:${rawPort}`,
    `ws://127.0.0.1:${wsPort}`,
    "--no-admin",
    "--json",
  ],
  "netkit.ready/1",
);
const pipePort = await freePort();
const pipe = await background(
  1,
  process.execPath,
  ["--input-type=module", "-e", PIPE_SERVER, pipePort],
  "ready",
);
try {
  const small = ["-c", "50", "--depth", "16"];
  const frames = `framed://127.0.0.1:${framedPort}`;
  const echo = await alternate([
    { name: "frames", run: () => flood(frames, ...small) },
    { name: "compared", run: () => flood(frames, ...small, "--echo") },
    { name: "ids", run: () => flood(frames, ...small, "--frame-id", "0:4") },
    { name: "bytes", run: () => flood(`tcp://127.0.0.1:${rawPort}`, ...small) },
  ]);
  console.log("64 bytes there and back, 50 connections, depth 16, serve on the other core");
  for (const name of ["frames", "compared", "ids", "bytes"]) {
    console.log(
      `  ${name.padEnd(10)} ${(echo(name, "perSecond") / 1e6).toFixed(2)} million/s, ${echo(name, "cpuUs")} µs of CPU each`,
    );
  }

  const large = ["-c", "4", "--depth", "4", "--size", "1MiB"];
  const blocks = await alternate([
    { name: "framed", run: () => flood(frames, ...large) },
    { name: "pipe", run: () => script(0, PIPE_CLIENT, pipePort, SECONDS) },
  ]);
  const framed = blocks("framed", "bytes");
  const bare = blocks("pipe", "bytes");
  console.log("1 MiB there and back, 4 connections, depth 4");
  console.log(`  frames through serve ${(framed / 1e9).toFixed(2)} GB/s`);
  console.log(
    `  bare socket.pipe(socket) ${(bare / 1e9).toFixed(2)} GB/s   ratio ${(framed / bare).toFixed(2)}`,
  );

  const messages = await alternate([
    { name: "netkit", run: () => flood(`ws://127.0.0.1:${wsPort}`, ...small) },
    { name: "ws", run: () => script(0, WS_CLIENT, wsPort, SECONDS, 50, 16) },
  ]);
  const ours = messages("netkit", "perSecond");
  const theirs = messages("ws", "perSecond");
  console.log("WebSocket echo of 64 bytes by serve, 50 connections, depth 16");
  console.log(`  netkit ${number(ours)}/s, ${messages("netkit", "cpuUs")} µs of CPU each`);
  console.log(`  ws     ${number(theirs)}/s   ratio ${(ours / theirs).toFixed(2)}`);
} finally {
  await Promise.all([serve.stop(), pipe.stop()]);
}
