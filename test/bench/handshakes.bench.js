/**
 * Full TLS 1.3 handshakes of flood against `openssl s_time -new`, with certificates of RSA-2048 and ECDSA P-256: openssl's own
 * server on core 0, clients in turn on core 1. Handshakes for each second of the client's processor. Needs `npm run build` first.
 *
 *     node test/bench/handshakes.bench.js
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure, PAIRS, root, SECONDS } from "./pairs.js";
import { background, freePort, has, median, number, pinned } from "./rig.js";

const KEYS = {
  "RSA-2048": ["-newkey", "rsa:2048"],
  "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
};

async function netkit(port) {
  const how = ["-c", 1, "--threads", 1, "-d", `${SECONDS}s`, "--warmup", "500ms", "--insecure", "--json"];
  const args = [
    `${root}bin/run.js`,
    "flood",
    `tls://127.0.0.1:${port}`,
    "--handshake-only",
    "--tls-min",
    "TLSv1.3",
    ...how,
  ];
  const { stdout } = await pinned(1, process.execPath, args);
  const { totals, rate, quality } = JSON.parse(stdout);
  if (totals.failed > 0) throw new Error(`${totals.failed} handshakes failed`);
  return { rate: rate.achieved, perCpu: 1e6 / quality.cpu.usPerRequest };
}

async function openssl(port) {
  const run = await pinned(1, "openssl", [
    "s_time",
    "-connect",
    `127.0.0.1:${port}`,
    "-new",
    "-tls1_3",
    "-time",
    SECONDS,
  ]);
  const count = figure(run.stdout, /(\d+) connections in [\d.]+s;/);
  return { rate: count / SECONDS, perCpu: count / run.cpuSeconds };
}

const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
try {
  if (!has("openssl") || !has("taskset")) throw new Error("openssl or taskset is not installed");
  for (const [name, key] of Object.entries(KEYS)) {
    const files = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const made = [...key, "-nodes", "-subj", "/CN=localhost", "-keyout", files[1], "-out", files[0]];
    execFileSync("openssl", ["req", "-x509", ...made], { stdio: "ignore" });
    const port = await freePort();
    const server = await background(
      0,
      "openssl",
      ["s_server", "-accept", port, "-cert", files[0], "-key", files[1], "-www"],
      "ACCEPT",
    );
    const ours = [];
    const theirs = [];
    for (let at = 0; at < PAIRS; at++) {
      ours.push(await netkit(port));
      theirs.push(await openssl(port));
    }
    await server.stop();
    const ratio = (what) => median(ours.map((run, at) => run[what] / theirs[at][what])).toFixed(2);
    const shown = (runs) =>
      `${number(median(runs.map(({ rate }) => rate)))}/s, ${number(median(runs.map(({ perCpu }) => perCpu)))} a CPU second`;
    console.log(
      `  ${name.padEnd(8)} netkit ${shown(ours)}; s_time ${shown(theirs)}; ratio of rates ${ratio("rate")}, per CPU second ${ratio("perCpu")}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
