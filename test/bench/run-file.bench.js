/**
 * What the file of a long run costs: 86,400 seconds of 1,000 requests each, every second with its histogram. Opened by
 * `netkit stats FILE` as a user does, process and all; then the parts in one process; then its report page.
 *
 * Each figure is the median of several. Needs `npm run build` first.
 *
 *     node test/bench/run-file.bench.js
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const PROGRAM = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const { LatencyHistogram } = await import(`${BUILD}core/metrics/histogram.js`);
const { decodeHistogram, decodeHistogramData, encodeHistogram } = await import(
  `${BUILD}core/metrics/hdr-codec.js`
);
const { summarize } = await import(`${BUILD}core/metrics/latency-summary.js`);
const { runFormat } = await import(`${BUILD}report/catalog.js`);
const { readRunFile } = await import(`${BUILD}commands/shared/run-file.js`);

const SECONDS = 86_400;
/** As many differ; the day is these over and over. */
const DISTINCT = 900;
const ROUNDS = 5;

let seed = 42;
function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return (seed + 0.5) / 2 ** 32;
}

/** Any run has all that a file needs but the length: a short one of the embedded server is stretched. */
function dayOf(short) {
  const all = new LatencyHistogram();
  const second = new LatencyHistogram();
  const distinct = Array.from({ length: DISTINCT }, (_, at) => {
    second.reset();
    const level = 1000 * (1 + 0.3 * Math.sin(at / 40));
    for (let i = 0; i < 1000; i++) {
      const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
      second.record(level * Math.exp(0.7 * normal));
    }
    all.add(second);
    const { p50, p90, p99, max } = summarize(second);
    return { p50, p90, p99, max, histogram: encodeHistogram(second) };
  });
  const counts = { seconds: 1, requests: 1000, failed: 0, bytes: 900_000, inFlight: 10 };
  const intervals = Array.from({ length: SECONDS }, (_, start) => ({
    start,
    ...counts,
    ...distinct[start % DISTINCT],
  }));
  const requests = SECONDS * 1000;
  const day = new LatencyHistogram();
  for (let round = 0; round < SECONDS / DISTINCT; round++) day.add(all);
  return {
    ...short,
    plan: { ...short.plan, durationSeconds: SECONDS, requests: null },
    totals: { ...short.totals, requests, succeeded: requests, failed: 0, censored: 0, seconds: SECONDS },
    latency: { ...short.latency, response: summarize(day) },
    intervals,
    histograms: { ...short.histograms, response: encodeHistogram(day) },
  };
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

async function timed(run) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return median(times);
}

function print(name, value, unit) {
  console.log(`${name.padEnd(44)}${value.toFixed(value < 100 ? 1 : 0).padStart(10)} ${unit}`);
}

const folder = mkdtempSync(join(tmpdir(), "netkit-bench-"));
try {
  const netkit = (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
    if (status !== 0 && status !== 4) throw new Error(`netkit ${args.join(" ")}: ${stderr}`);
  };
  const small = join(folder, "small.json");
  const day = join(folder, "day.json");
  netkit("flood", "-n", "2000", "-c", "2", "-q", "--out", small);
  writeFileSync(day, JSON.stringify(dayOf(JSON.parse(readFileSync(small, "utf8")))));
  print("file of 86,400 seconds", statSync(day).size / 2 ** 20, "MiB");
  print("netkit stats FILE, a short run", await timed(() => netkit("stats", small)), "ms");
  print("netkit stats FILE, a day", await timed(() => netkit("stats", day)), "ms");
  const read = async (path) => readFileSync(path);
  print("read and checked, in one process", await timed(() => readRunFile(day, read)), "ms");
  const run = await readRunFile(day, read);
  const each = (decode) => timed(() => run.intervals.forEach(({ histogram }) => void decode(histogram)));
  print("every second decoded, buckets in use", await each(decodeHistogramData), "ms");
  print("every second decoded, whole", await each(decodeHistogram), "ms");
  const html = () => runFormat("html").render(run, { width: 80, color: 0 });
  print("report page", await timed(html), "ms");
  print("report page", html().length / 1024, "KiB");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
