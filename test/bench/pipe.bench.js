/**
 * A gigabyte each way at once: `netkit connect` and socat as the client of the same socat, files behind standard input
 * and output, in turns. Wall clock, since both ways share two processes; CPU seconds of the client beside it. socat
 * moves 8 KiB at a time unless it is told otherwise, so it is shown as people start it and with 128 KiB.
 *
 *     node test/bench/pipe.bench.js        needs `npm run build`, socat, openssl, 5 GiB of temporary space
 */
import { spawn, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, has } from "./rig.js";

const BIN = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const BYTES = 1024 ** 3;
const ROUNDS = 5;

if (!has("socat")) throw new Error("socat is not installed");

const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
const file = (name) => join(folder, name);

function fill(path) {
  const fd = openSync(path, "w");
  const chunk = Buffer.allocUnsafe(4 * 1024 * 1024);
  for (let left = BYTES; left > 0; left -= chunk.length) writeSync(fd, randomFillSync(chunk));
  closeSync(fd);
}

/** Runs with the files as standard input and output; resolves with seconds of wall clock and of CPU. */
function timed(words, input, output) {
  const [stdin, stdout] = [openSync(input, "r"), openSync(output, "w")];
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const child = spawn("bash", ["-c", `TIMEFORMAT='took %R %U %S'; time ${quoted}`], {
    stdio: [stdin, stdout, "pipe"],
  });
  closeSync(stdin);
  closeSync(stdout);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      const [, wall, user, system] = /took ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
      if (code !== 0 || wall === undefined) return reject(new Error(`${words[0]}: ${stderr}`));
      resolve({ wall: Number(wall), cpu: Number(user) + Number(system) });
    });
  });
}

/** Resolves when it listens; `gone` when it has ended. */
async function listener(port, tls) {
  const options = `${port},bind=127.0.0.1,reuseaddr`;
  const address =
    tls === undefined ? `TCP-LISTEN:${options}` : `OPENSSL-LISTEN:${options},cert=${tls},verify=0`;
  const [stdin, stdout] = [openSync(file("theirs"), "r"), openSync(file("arrived"), "w")];
  const child = spawn("socat", ["-d", "-d", "-b", "131072", "-t", "600", address, "-"], {
    stdio: [stdin, stdout, "pipe"],
  });
  closeSync(stdin);
  closeSync(stdout);
  const gone = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      if (text.includes("listening on")) resolve();
    });
  });
  return { gone };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function compare(name, tls) {
  const clients = {
    netkit: (port) => [
      process.execPath,
      BIN,
      "connect",
      `${tls === undefined ? "tcp" : "tls"}://127.0.0.1:${port}`,
      "--exit-on-eof",
      "both",
      ...(tls === undefined ? [] : ["--insecure"]),
    ],
    socat: (port) => [
      "socat",
      "-t",
      "600",
      "-",
      `${tls === undefined ? "TCP" : "OPENSSL"}:127.0.0.1:${port}${tls === undefined ? "" : ",verify=0"}`,
    ],
    "socat -b 131072": (port) => [...clients.socat(port).toSpliced(1, 0, "-b", "131072")],
  };
  const taken = Object.fromEntries(Object.keys(clients).map((client) => [client, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [client, words] of Object.entries(clients)) {
      const port = await freePort();
      const { gone } = await listener(port, tls);
      taken[client].push(await timed(words(port), file("ours"), file("back")));
      await gone;
      const { status } = spawnSync("cmp", [file("ours"), file("arrived")]);
      if (status !== 0) throw new Error(`${client} did not carry the bytes as they were`);
    }
  }
  const wall = (client) => median(taken[client].map((one) => one.wall));
  for (const client of Object.keys(clients)) {
    const rate = (2 * BYTES) / 1e9 / wall(client);
    const cpu = median(taken[client].map((one) => one.cpu));
    const ratio =
      client === "netkit" ? "" : `   netkit has ${(wall(client) / wall("netkit")).toFixed(2)} × its rate`;
    console.log(`${name}  ${client.padEnd(16)} ${rate.toFixed(2)} GB/s  ${cpu.toFixed(2)} s CPU${ratio}`);
  }
}

try {
  fill(file("ours"));
  fill(file("theirs"));
  await compare("tcp", undefined);
  const pem = file("both.pem");
  const { status } = spawnSync("bash", [
    "-c",
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout ${pem}.key -out ${pem}.crt && cat ${pem}.crt ${pem}.key > ${pem}`,
  ]);
  if (status === 0) await compare("tls", pem);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
