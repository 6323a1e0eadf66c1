import { expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { formatOpenMetrics } from "../../../src/core/metrics/openmetrics.ts";

test("writes counters, gauges and histograms as OpenMetrics 1.0 has them", () => {
  const histogram = new LatencyHistogram();
  for (const us of [500, 900_000, 3_000_000]) histogram.record(us);
  const text = formatOpenMetrics({
    families: [
      {
        name: "a_requests_total",
        help: 'With "quotes"\nand \\ more.',
        kind: "counter",
        labelNames: ["path"],
        series: [{ labels: ['/"x"\n\\'], value: 3 }],
      },
      {
        name: "a_load",
        help: "Load.",
        kind: "gauge",
        merge: "max",
        labelNames: [],
        series: [{ labels: [], value: 0.5 }],
      },
      {
        name: "a_wait_seconds",
        help: "Wait.",
        kind: "histogram",
        labelNames: ["path"],
        boundsSeconds: [0.001, 1],
        series: [{ labels: ["/"], data: histogram.snapshot() }],
      },
    ],
  });
  expect(text).toBe(`# TYPE a_requests counter
# HELP a_requests With \\"quotes\\"\\nand \\\\ more.
a_requests_total{path="/\\"x\\"\\n\\\\"} 3
# TYPE a_load gauge
# HELP a_load Load.
a_load 0.5
# TYPE a_wait_seconds histogram
# UNIT a_wait_seconds seconds
# HELP a_wait_seconds Wait.
a_wait_seconds_bucket{path="/",le="0.001"} 1
a_wait_seconds_bucket{path="/",le="1.0"} 2
a_wait_seconds_bucket{path="/",le="+Inf"} 3
a_wait_seconds_sum{path="/"} 3.9005
a_wait_seconds_count{path="/"} 3
# EOF
`);
});

test("nothing is a document too", () => {
  expect(formatOpenMetrics({ families: [] })).toBe("# EOF\n");
});
