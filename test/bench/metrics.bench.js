/**
 * Cost of one record(): netkit's LatencyHistogram against the histograms of hdr-histogram-js (WebAssembly and
 * JavaScript) and of node:perf_hooks, on the same values; then what a snapshot and an encoding cost.
 *
 * The sides alternate over several rounds, so that a slow moment of the machine hits all of them; the median
 * of each counts. Needs `npm run build` first.
 *
 *     node test/bench/metrics.bench.js
 */
import { createHistogram } from "node:perf_hooks";
import hdr from "hdr-histogram-js";

const BUILD = process.env.NETKIT_BENCH_BUILD ?? new URL("../../dist/", import.meta.url).href;
const { LatencyHistogram } = await import(`${BUILD}core/metrics/histogram.js`);
const { decodeHistogram, encodeHistogram } = await import(`${BUILD}core/metrics/hdr-codec.js`);
const { MetricsRegistry } = await import(`${BUILD}core/metrics/registry.js`);
const { formatPrometheus } = await import(`${BUILD}core/metrics/prometheus.js`);

const ROUNDS = 7;
const VALUES = 1 << 16;
const REPEATS = 60;

// Log-normal around 1 ms with a tail to some 100 ms, fractions included, as stamps of a clock give them.
// A generator of its own makes the values the same in every run.
let seed = 42;
function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return (seed + 0.5) / 2 ** 32;
}
const values = Float64Array.from({ length: VALUES }, () => {
  const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return 1000 * Math.exp(normal);
});

hdr.initWebAssemblySync();
const request = { highestTrackableValue: 2 ** 32 - 1, numberOfSignificantValueDigits: 3, autoResize: false };
const ours = new LatencyHistogram();
const wasm = hdr.build({ ...request, bitBucketSize: 64, useWebAssembly: true });
const js = hdr.build({ ...request, bitBucketSize: 64 });
const node = createHistogram({ lowest: 1, highest: 2 ** 32 - 1, figures: 3 });

// Each side has a loop of its own, lest one call site serve four shapes. The others take whole numbers only.
const sides = [
  {
    name: "netkit LatencyHistogram",
    run() {
      for (let i = 0; i < VALUES; i++) ours.record(values[i]);
    },
  },
  {
    name: "hdr-histogram-js (wasm)",
    run() {
      for (let i = 0; i < VALUES; i++) wasm.recordValue(Math.floor(values[i]));
    },
  },
  {
    name: "hdr-histogram-js (js)",
    run() {
      for (let i = 0; i < VALUES; i++) js.recordValue(Math.floor(values[i]));
    },
  },
  {
    name: "perf_hooks histogram",
    run() {
      for (let i = 0; i < VALUES; i++) node.record(Math.max(1, Math.floor(values[i])));
    },
  },
];

function elapsedNs(run) {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

function print(name, value, unit) {
  console.log(`${name.padEnd(44)}${value.toFixed(value < 100 ? 2 : 0).padStart(10)} ${unit}`);
}

const nanoseconds = sides.map(() => []);
for (let round = -1; round < ROUNDS; round++) {
  for (const [at, side] of sides.entries()) {
    const ns = elapsedNs(() => {
      for (let repeat = 0; repeat < REPEATS; repeat++) side.run();
    });
    // Round -1 warms up.
    if (round >= 0) nanoseconds[at].push(ns / (VALUES * REPEATS));
  }
}
for (const [at, side] of sides.entries()) print(`${side.name} record`, median(nanoseconds[at]), "ns");

const registry = new MetricsRegistry();
const family = registry.histogramFamily("bench_seconds", "One of ten.", ["of"]);
for (let child = 0; child < 10; child++) family.labels({ of: String(child) }).add(ours);
const encoded = encodeHistogram(ours);
const second = new LatencyHistogram();

function cold(name, run) {
  const times = Array.from({ length: 201 }, () => elapsedNs(run) / 1000);
  print(name, median(times), "us");
}
cold(`snapshot of ${ours.snapshot().indices.length} buckets`, () => ours.snapshot());
cold("add", () => second.add(ours));
cold("p50, p90, p99, p99.9", () => ours.percentiles([50, 90, 99, 99.9]));
cold("encode to HdrHistogram V2", () => encodeHistogram(ours));
cold("decode from HdrHistogram V2", () => decodeHistogram(encoded));
cold("Prometheus text of 10 histograms", () => formatPrometheus(registry.snapshot()));
print("encoded length", encoded.length, "characters");
