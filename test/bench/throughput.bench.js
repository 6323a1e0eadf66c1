/**
 * A raw TCP stream against iperf3, one connection each way: receivers on core 0, senders on core 1, in turn. Bytes a second as
 * the sender counts them. Needs `npm run build` first.
 *
 *     node test/bench/throughput.bench.js
 */
import { PAIRS, root, SECONDS } from "./pairs.js";
import { background, freePort, has, median, pinned } from "./rig.js";

async function netkit(way) {
  const args = [`${root}bin/run.js`, "serve", `tcp://127.0.0.1:0/${way}`, "--json", "--no-admin"];
  const server = await background(0, process.execPath, args, "\n");
  const { url } = JSON.parse(server.stdout).listeners[0];
  const run = await pinned(1, process.execPath, [
    `${root}bin/run.js`,
    "flood",
    url,
    "-d",
    `${SECONDS}s`,
    "--json",
  ]);
  await server.stop();
  const { sentPerSecond, receivedPerSecond } = JSON.parse(run.stdout).throughput;
  return sentPerSecond + receivedPerSecond;
}

async function iperf(way) {
  const port = await freePort();
  const server = await background(0, "iperf3", ["-s", "-p", port, "-1", "--forceflush"], "listening");
  const back = way === "source" ? ["-R"] : [];
  const { stdout } = await pinned(1, "iperf3", [
    "-c",
    "127.0.0.1",
    "-p",
    port,
    "-t",
    SECONDS,
    "--json",
    ...back,
  ]);
  await server.stop();
  return JSON.parse(stdout).end.sum_received.bits_per_second / 8;
}

if (has("iperf3") && has("taskset")) {
  for (const way of ["sink", "source"]) {
    const ours = [];
    const theirs = [];
    for (let at = 0; at < PAIRS; at++) {
      ours.push(await netkit(way));
      theirs.push(await iperf(way));
    }
    const ratio = median(ours.map((bytes, at) => bytes / theirs[at]));
    const [a, b] = [ours, theirs].map((runs) => (median(runs) / 1e9).toFixed(2));
    console.log(`  ${way.padEnd(6)} netkit ${a} GB/s, iperf3 ${b} GB/s: ${ratio.toFixed(2)} of it`);
  }
} else console.log("  iperf3 or taskset is not installed: left out");
