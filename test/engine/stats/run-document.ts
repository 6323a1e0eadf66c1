// A `netkit.run/1` document, as far as a comparison reads it, of simulated seconds.
import { encodeHistogram } from "../../../src/core/metrics/hdr-codec.ts";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { summarize } from "../../../src/core/metrics/latency-summary.ts";
import type { ComparedRun, NamedRun } from "../../../src/engine/stats/compare/run.ts";
import { createRandom } from "../../../src/engine/stats/inference/random.ts";
import { type Simulation, STEADY, simulate } from "./simulated-run.ts";

export function document(simulation: Partial<Simulation> = {}, seed = 1): ComparedRun {
  const whole = { ...STEADY, ...simulation };
  const intervals = simulate(whole, createRandom(seed));
  const response = new LatencyHistogram();
  for (const { histogram } of intervals) response.add(histogram);
  const requests = intervals.reduce((sum, interval) => sum + interval.requests, 0);
  const failed = intervals.reduce((sum, interval) => sum + interval.failed, 0);
  const totals = { requests, succeeded: requests - failed, failed, censored: 0 };
  const summary = summarize(response);
  return {
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, seed)).toISOString(),
    plan: {
      urls: ["http://127.0.0.1:8080/"],
      protocol: "HTTP/1.1",
      method: "GET",
      headers: [],
      bodyBytes: 0,
      load: "open",
      rate: whole.perSecond,
      arrival: "constant",
      durationSeconds: whole.seconds,
      requests: null,
      connections: 50,
      depth: 1,
      threads: 1,
      warmupSeconds: 0,
      timeoutMs: 10_000,
      newConnection: false,
      insecure: false,
    },
    environment: {
      netkit: "0.1.0",
      node: "v20.20.0",
      platform: "linux",
      arch: "x64",
      cpus: 2,
      cpuModel: "test",
      memoryBytes: 8 * 2 ** 30,
      hostname: "here",
    },
    totals: { ...totals, timedOut: 0, seconds: whole.seconds },
    rate: { achieved: requests / whole.seconds },
    latency: { response: summary },
    endpoints: [{ name: "/", totals, latency: { response: summary } }],
    intervals: intervals.map((interval, start) => ({
      start,
      seconds: 1,
      requests: interval.requests,
      failed: interval.failed,
      histogram: encodeHistogram(interval.histogram),
    })),
    quality: { verdict: "valid" },
    interrupted: false,
  };
}

export function named(run: ComparedRun, name = "run.json"): NamedRun {
  return { name, run };
}

/** Runs of the same true behaviour that differ by their seeds. */
export function several(count: number, simulation: Partial<Simulation> = {}, seed = 1): NamedRun[] {
  return Array.from({ length: count }, (_, at) =>
    named(document(simulation, seed + at), `run-${seed + at}.json`),
  );
}
