// Benchmarks of flood against other generators: both on core 1, alternated, compared pair by pair; CPU is that of the whole
// process from its start, and netkit also says what its thread took while it measured ("steady").
import { fileURLToPath } from "node:url";
import { median, number, pinned } from "./rig.js";

export const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
export const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);
export const root = fileURLToPath(new URL("../..", import.meta.url));

export async function netkitFlood(url, given) {
  const args = ["flood", url, "-d", `${SECONDS}s`, "--threads", 1, "--json", ...given];
  const run = await pinned(1, process.execPath, [`${root}bin/run.js`, ...args]);
  const result = JSON.parse(run.stdout);
  if (result.totals.failed + result.totals.censored > 0) throw new Error("netkit saw errors");
  const steady = result.quality.cpu.usPerRequest / 1e6;
  return { rate: result.rate.achieved, cpu: run.cpuSeconds / result.totals.requests, steady };
}

/** A peer's run: `parse` finds the number of requests and the seconds in its output. */
export async function peer(program, args, parse) {
  const run = await pinned(1, program, args);
  const { requests, rate } = parse(run.stdout + run.stderr);
  return { rate, cpu: run.cpuSeconds / requests };
}

export const figure = (text, pattern) => Number(pattern.exec(text)?.[1]?.replaceAll(",", "") ?? Number.NaN);

export async function inPairs(label, ours, theirs) {
  const rates = [];
  const cpus = [];
  const steady = [];
  const our = [];
  const their = [];
  for (let i = 0; i < PAIRS; i++) {
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
