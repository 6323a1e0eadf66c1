/**
 * The figures of a run for Prometheus: a file for the node exporter's textfile collector or a push gateway. A finished
 * run is a fact of its time, so its counts are gauges; the distributions are histograms, which a server can add up.
 */

import { formatOpenMetrics } from "../../core/metrics/openmetrics.ts";
import { formatPrometheus } from "../../core/metrics/prometheus.ts";
import {
  type FamilySnapshot,
  type MetricsSnapshot,
  type NumberSeries,
  plainHistogram,
} from "../../core/metrics/snapshot.ts";
import type { RunResult } from "../../core/run-document.ts";
import { withoutControls } from "../syntax/escape.ts";
import { type DistributionName, distribution } from "./distribution.ts";
import { partsOf } from "./part-metrics.ts";

/** 100 us to 60 s, about three a decade: enough for a quantile estimate within the step. */
const BOUNDS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

const PERCENTILES = [
  ["50", "p50"],
  ["90", "p90"],
  ["99", "p99"],
  ["99.9", "p99_9"],
  ["100", "max"],
] as const;

const DISTRIBUTIONS = [
  ["response", "response_seconds", "End minus intended: what a user of the target waits."],
  ["service", "service_seconds", "End minus sent: what the target took."],
  ["lateness", "send_lateness_seconds", "Sent minus intended."],
  ["failed", "failed_response_seconds", "Response time of failed requests."],
] as const satisfies readonly (readonly [DistributionName, string, string])[];

export function renderRunPrometheus(result: RunResult): string {
  return formatPrometheus(snapshotOf(result));
}

export function renderRunOpenMetrics(result: RunResult): string {
  return formatOpenMetrics(snapshotOf(result));
}

function snapshotOf(result: RunResult): MetricsSnapshot {
  const { totals, rate, latency, quality, expectations, errors } = result;
  const url = withoutControls(result.plan.urls[0] ?? "");
  const gauge = (name: string, help: string, value: number): FamilySnapshot =>
    gauges(name, help, [], [{ labels: [url], value }]);
  const gauges = (
    name: string,
    help: string,
    labelNames: readonly string[],
    series: readonly NumberSeries[],
  ): FamilySnapshot => ({
    name: `netkit_flood_${name}`,
    help,
    kind: "gauge",
    merge: "max",
    labelNames: ["url", ...labelNames],
    series,
  });
  const outcomes = ["succeeded", "failed", "censored"] as const;
  const families: FamilySnapshot[] = [
    gauge(
      "start_time_seconds",
      "When the run began, seconds since 1970.",
      Date.parse(result.startedAt) / 1000,
    ),
    gauge("duration_seconds", "Measured time, warm-up excluded.", totals.seconds),
    gauges(
      "requests",
      "Requests by outcome; censored ones were unanswered at their time-out or at the end.",
      ["outcome"],
      outcomes.map((outcome) => ({ labels: [url, outcome], value: totals[outcome] })),
    ),
    gauges(
      "errors",
      "Errors by kind.",
      ["kind"],
      errors.map(({ kind, count }) => ({ labels: [url, withoutControls(kind)], value: count })),
    ),
    gauge("requests_per_second", "The achieved rate.", rate.achieved),
    ...(rate.offered === null
      ? []
      : [gauge("offered_requests_per_second", "The rate of the plan.", rate.offered)]),
    gauge("received_bytes", "Bytes received.", totals.bytesReceived),
    gauge("sent_bytes", "Bytes sent.", totals.bytesSent),
    gauges(
      "response_percentile_seconds",
      "Response time at a percentile, exact to 0.1 %.",
      ["percentile"],
      PERCENTILES.flatMap(([percentile, figure]) => {
        const value = latency.response[figure];
        return value === null ? [] : [{ labels: [url, percentile], value: value / 1e6 }];
      }),
    ),
    ...partsOf(result).map(([name, help, value]) => gauge(name, help, value)),
    gauge("expectations", "Expectations that the run was held to.", expectations.length),
    gauge(
      "broken_expectations",
      "Expectations that did not hold.",
      expectations.filter(({ holds }) => !holds).length,
    ),
    gauges(
      "quality",
      "1 for the verdict on the measurement itself.",
      ["verdict"],
      [{ labels: [url, quality.verdict], value: 1 }],
    ),
    ...DISTRIBUTIONS.flatMap(([name, metric, help]): FamilySnapshot[] => {
      const histogram = distribution(result, name);
      if (histogram === undefined) return [];
      const { mean, count } = latency[name];
      const data = plainHistogram(histogram.snapshot());
      return [
        {
          name: `netkit_flood_${metric}`,
          help,
          kind: "histogram",
          labelNames: ["url"],
          boundsSeconds: BOUNDS_SECONDS,
          // The document knows the sum exactly; the buckets know it to 0.1 %.
          series: [
            {
              labels: [url],
              data: mean === null || count !== data.count ? data : { ...data, sum: mean * count },
            },
          ],
        },
      ];
    }),
  ];
  return { families: families.filter(({ series }) => series.length > 0) };
}
