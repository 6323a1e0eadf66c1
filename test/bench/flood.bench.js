// flood against wrk, autocannon, hey and h2load: nginx (one worker) on core 0, one generator thread on core 1,
// alternated; requests per second and CPU microseconds per request, medians and the ratio pair by pair. CPU is that
// of the whole process from its start; netkit also says what its thread took while it measured ("steady"), since a
// start of 0.4 s weighs less the longer a run is.
import { fileURLToPath } from "node:url";
import { has, median, number, pinned, startNginx } from "./rig.js";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);
const root = fileURLToPath(new URL("../..", import.meta.url));

async function netkit(url, depth = 1) {
  const args = ["flood", url, "-c", 50, "-d", `${SECONDS}s`, "--threads", 1, "--depth", depth, "--json"];
  const run = await pinned(1, process.execPath, [`${root}bin/run.js`, ...args]);
  const result = JSON.parse(run.stdout);
  if (result.totals.failed + result.totals.censored > 0) throw new Error("netkit saw errors");
  const steady = result.quality.cpu.usPerRequest / 1e6;
  return { rate: result.rate.achieved, cpu: run.cpuSeconds / result.totals.requests, steady };
}

/** A peer's run: `parse` finds the number of requests and the seconds in its output. */
async function peer(program, args, parse) {
  const run = await pinned(1, program, args);
  const { requests, rate } = parse(run.stdout + run.stderr);
  return { rate, cpu: run.cpuSeconds / requests };
}

const figure = (text, pattern) => Number(pattern.exec(text)?.[1]?.replaceAll(",", "") ?? Number.NaN);

const PEERS = {
  wrk: (url) =>
    peer("wrk", ["-t1", "-c50", `-d${SECONDS}s`, url], (text) => ({
      requests: figure(text, /(\d+) requests in/),
      rate: figure(text, /Requests\/sec:\s+([\d.]+)/),
    })),
  autocannon: (url) =>
    peer(
      process.execPath,
      [`${root}node_modules/autocannon/autocannon.js`, "-c", 50, "-d", SECONDS, "--json", url],
      (text) => {
        const requests = figure(text, /"requests":\{[^}]*"total":(\d+)/);
        return { requests, rate: requests / figure(text, /"duration":([\d.]+)/) };
      },
    ),
  hey: (url) =>
    peer("hey", ["-c", 50, "-z", `${SECONDS}s`, "-cpus", 1, url], (text) => ({
      requests: figure(text, /\[200\]\s+(\d+) responses/),
      rate: figure(text, /Requests\/sec:\s+([\d.]+)/),
    })),
};

async function pairs(label, ours, theirs, count) {
  const rates = [];
  const cpus = [];
  const steady = [];
  const our = [];
  const their = [];
  for (let i = 0; i < count; i++) {
    const a = await ours();
    const b = await theirs();
    our.push(a);
    their.push(b);
    rates.push(a.rate / b.rate);
    cpus.push(a.cpu / b.cpu);
    steady.push(a.steady / b.cpu);
  }
  const [a, b] = [our, their].map((runs) => ({
    rate: median(runs.map((run) => run.rate)),
    cpu: median(runs.map((run) => run.cpu)) * 1e6,
  }));
  console.log(
    `${label}: netkit ${number(a.rate)} req/s ${a.cpu.toFixed(2)} us CPU/req, peer ${number(b.rate)} req/s ` +
      `${b.cpu.toFixed(2)} us; ratio of rates ${median(rates).toFixed(2)}, of CPU ${median(cpus).toFixed(2)}, steady ${median(steady).toFixed(2)}`,
  );
}

const nginx = await startNginx(0);
try {
  for (const [name, run] of Object.entries(PEERS)) {
    if (name !== "autocannon" && !has(name)) {
      console.log(`${name}: not installed, left out`);
      continue;
    }
    await pairs(
      `closed loop against ${name}`,
      () => netkit(nginx.url),
      () => run(nginx.url),
      PAIRS,
    );
  }
  if (has("h2load")) {
    const h2load = () =>
      peer("h2load", ["--h1", "-t1", "-c50", "-m16", `-D${SECONDS}`, nginx.url], (text) => ({
        requests: figure(text, /requests: (\d+) total/),
        rate: figure(text, /finished in [\d.]+\w+, ([\d.]+) req\/s/),
      }));
    await pairs("depth 16 against h2load --h1 -m16", () => netkit(nginx.url, 16), h2load, PAIRS);
  }
} finally {
  await nginx.stop();
}
