import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { cumulativeCounts, formatPrometheus } from "../../../src/core/metrics/prometheus.ts";
import { MetricsRegistry } from "../../../src/core/metrics/registry.ts";
import { peerTest } from "../../support/peers.ts";

function everyKind(): MetricsRegistry {
  const registry = new MetricsRegistry();
  const requests = registry.counterFamily("netkit_requests_total", "Requests by status.", ["path", "status"]);
  requests.labels({ path: "/", status: "200" }).value = 3;
  requests.labels({ path: '/a"b\\c\nd', status: "500" }).value = 1;
  registry.gauge("netkit_connections", "Connections open.\nNow \\ here.").set(-2.5);
  const wait = registry.histogramFamily("netkit_wait_seconds", "Wait for a permit.", ["pool"], {
    boundsSeconds: [0.0001, 0.5],
  });
  const main = wait.labels({ pool: "main" });
  main.record(50);
  main.record(400_000);
  main.record(2_000_000);
  wait.labels({ pool: "idle" });
  registry.observedGauge("netkit_ratio", "May be unknown.", () => Number.NaN);
  registry.observedGauge("netkit_top", "May be endless.", () => Number.POSITIVE_INFINITY);
  registry.observedGauge("netkit_void", "May be endless downwards.", () => Number.NEGATIVE_INFINITY);
  return registry;
}

test("every kind is written as the exposition format 0.0.4 has it", () => {
  expect(
    formatPrometheus(everyKind().snapshot()),
  ).toBe(String.raw`# HELP netkit_connections Connections open.\nNow \\ here.
# TYPE netkit_connections gauge
netkit_connections -2.5
# HELP netkit_ratio May be unknown.
# TYPE netkit_ratio gauge
netkit_ratio NaN
# HELP netkit_requests_total Requests by status.
# TYPE netkit_requests_total counter
netkit_requests_total{path="/",status="200"} 3
netkit_requests_total{path="/a\"b\\c\nd",status="500"} 1
# HELP netkit_top May be endless.
# TYPE netkit_top gauge
netkit_top +Inf
# HELP netkit_void May be endless downwards.
# TYPE netkit_void gauge
netkit_void -Inf
# HELP netkit_wait_seconds Wait for a permit.
# TYPE netkit_wait_seconds histogram
netkit_wait_seconds_bucket{pool="idle",le="0.0001"} 0
netkit_wait_seconds_bucket{pool="idle",le="0.5"} 0
netkit_wait_seconds_bucket{pool="idle",le="+Inf"} 0
netkit_wait_seconds_sum{pool="idle"} 0
netkit_wait_seconds_count{pool="idle"} 0
netkit_wait_seconds_bucket{pool="main",le="0.0001"} 1
netkit_wait_seconds_bucket{pool="main",le="0.5"} 2
netkit_wait_seconds_bucket{pool="main",le="+Inf"} 3
netkit_wait_seconds_sum{pool="main"} 2.40005
netkit_wait_seconds_count{pool="main"} 3
`);
});

test("an empty registry is an empty text", () => {
  expect(formatPrometheus({ families: [] })).toBe("");
});

/** Reads a label value back by the rules of the format: backslash before backslash, quote and n. */
function unescapeLabel(text: string): string {
  return text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
}

test("any label value stays on its line and comes back as it was", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("\\", '"', "\n", "n", "}", ",") })),
      (value) => {
        const registry = new MetricsRegistry();
        registry.counterFamily("hits_total", "Hits.", ["path"]).labels({ path: value }).value = 1;
        const lines = formatPrometheus(registry.snapshot()).split("\n");
        expect(lines).toHaveLength(4);
        const quoted = /^hits_total\{path="((?:[^"\\]|\\.)*)"\} 1$/s.exec(lines[2]!);
        expect(unescapeLabel(quoted![1]!)).toBe(value);
      },
    ),
    { numRuns: 500 },
  );
});

test("cumulative buckets never fall, never exceed the count, and are right to 0.1 % of their bound", () => {
  const bounds = [0.001, 0.002, 0.01, 0.1, 1, 10, 5000];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000_000 })), (values) => {
      const histogram = new LatencyHistogram();
      for (const value of values) histogram.record(value);
      const counts = cumulativeCounts(histogram.snapshot(), bounds);
      let previous = 0;
      for (const [at, bound] of bounds.entries()) {
        const us = bound * 1e6;
        expect(counts[at]).toBeGreaterThanOrEqual(previous);
        expect(counts[at]).toBeGreaterThanOrEqual(values.filter((value) => value <= us).length);
        expect(counts[at]).toBeLessThanOrEqual(values.filter((value) => value <= us * 1.001).length);
        previous = counts[at]!;
      }
      expect(previous).toBe(values.length);
    }),
  );
});

peerTest("promtool", "promtool check metrics accepts every kind without a word", () => {
  const registry = everyKind();
  const output = execFileSync("promtool", ["check", "metrics"], {
    input: formatPrometheus(registry.snapshot()),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(output).toBe("");
});
