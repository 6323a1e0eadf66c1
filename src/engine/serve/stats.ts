/**
 * `netkit.serve-stats/1`: what a running server tells about itself as JSON, worked out from one metrics
 * snapshot, so that one thread and many processes look the same.
 */
import type { HistogramData } from "../../core/metrics/histogram.ts";
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { FamilySnapshot, MetricsSnapshot } from "../../core/metrics/snapshot.ts";
import type { ListeningAt } from "./running.ts";

/** Microseconds; null when nothing was recorded. */
export interface LatencySummary {
  readonly unit: "us";
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly max: number | null;
}

interface RouteStats {
  readonly route: string;
  readonly requests: number;
  /** By status class: `2xx`, `4xx` … */
  readonly statuses: Readonly<Record<string, number>>;
  readonly latency: LatencySummary;
}

export interface ServeStats {
  readonly schema: "netkit.serve-stats/1";
  /** ISO 8601. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly state: "serving" | "draining";
  readonly version: string;
  readonly threads: number;
  readonly workerRestarts: number;
  /** Workers that are dead or did not answer in time: of these the last known figures are in the totals. */
  readonly workersMissing: number;
  readonly listeners: readonly ListeningAt[];
  readonly connections: {
    readonly open: number;
    readonly accepted: number;
    readonly refused: number;
    readonly waiting: number;
    readonly handshakeFailures: number;
  };
  readonly requests: {
    readonly total: number;
    readonly inFlight: number;
    readonly statuses: Readonly<Record<string, number>>;
  };
  readonly echoed: number;
  /** Messages of `/broadcast`, each counted for each member. */
  readonly broadcast: { readonly delivered: number; readonly dropped: number };
  /** Raw listeners with the path `/sink` or `/source`. */
  readonly streams: { readonly sunkBytes: number; readonly sourcedBytes: number };
  readonly datagrams: { readonly received: number; readonly echoed: number; readonly dropped: number };
  readonly bytes: { readonly received: number; readonly sent: number };
  readonly latency: LatencySummary;
  readonly routes: readonly RouteStats[];
  /** Clients turned away, by limit. */
  readonly limits: Readonly<Record<string, number>>;
  /** Broken protocol, by reason. */
  readonly violations: Readonly<Record<string, number>>;
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    /** Null where the system does not tell. */
    readonly openDescriptors: number | null;
  };
}

interface StatsContext {
  readonly startedAtMs: number;
  readonly ready: boolean;
  readonly version: string;
  readonly threads: number;
  readonly listeners: readonly ListeningAt[];
}

export function statsFrom(snapshot: MetricsSnapshot, context: StatsContext): ServeStats {
  const family = (name: string): FamilySnapshot | undefined =>
    snapshot.families.find((one) => one.name === name);
  const total = (name: string): number => {
    const found = family(name);
    if (found === undefined || found.kind === "histogram") return 0;
    return found.series.reduce((sum, { value }) => sum + value, 0);
  };
  const durations = family("netkit_serve_request_duration_seconds");
  const latencies = durations?.kind === "histogram" ? durations.series : [];
  const requests = family("netkit_serve_requests_total");
  const answered = requests?.kind === "counter" ? requests.series : [];
  const descriptors = total("process_open_fds");
  return {
    schema: "netkit.serve-stats/1",
    startedAt: new Date(context.startedAtMs).toISOString(),
    uptimeSeconds: (Date.now() - context.startedAtMs) / 1000,
    state: context.ready ? "serving" : "draining",
    version: context.version,
    threads: context.threads,
    workerRestarts: total("netkit_serve_worker_restarts_total"),
    workersMissing: total("netkit_serve_workers_missing"),
    listeners: context.listeners,
    connections: {
      open: total("netkit_serve_connections_open"),
      accepted: total("netkit_serve_connections_accepted_total"),
      refused: total("netkit_serve_connections_refused_total"),
      waiting: total("netkit_serve_connections_waiting"),
      handshakeFailures: total("netkit_serve_handshake_failures_total"),
    },
    requests: {
      total: total("netkit_serve_requests_total"),
      inFlight: total("netkit_serve_requests_in_flight"),
      statuses: sumBy(answered, 1),
    },
    echoed: total("netkit_serve_echo_messages_total"),
    broadcast: {
      delivered: total("netkit_serve_broadcast_deliveries_total"),
      dropped: total("netkit_serve_broadcast_dropped_total"),
    },
    streams: {
      sunkBytes: total("netkit_serve_sink_bytes_total"),
      sourcedBytes: total("netkit_serve_source_bytes_total"),
    },
    datagrams: {
      received: total("netkit_serve_datagrams_received_total"),
      echoed: total("netkit_serve_datagrams_echoed_total"),
      dropped: total("netkit_serve_datagrams_dropped_total"),
    },
    bytes: {
      received: total("netkit_serve_received_bytes_total"),
      sent: total("netkit_serve_sent_bytes_total"),
    },
    latency: summarise(latencies.map(({ data }) => data)),
    routes: latencies
      .map(({ labels: [route], data }) => {
        const own = answered.filter(({ labels }) => labels[0] === route);
        return {
          route: route!,
          // Not the count of latencies: one refused for its head has none.
          requests: own.reduce((sum, { value }) => sum + value, 0),
          statuses: sumBy(own, 1),
          latency: summarise([data]),
        };
      })
      .filter(({ requests }) => requests > 0),
    limits: labelled(family("netkit_serve_limit_hits_total")),
    violations: labelled(family("netkit_serve_protocol_violations_total")),
    process: {
      cpuSeconds: total("process_cpu_seconds_total"),
      residentBytes: total("process_resident_memory_bytes"),
      openDescriptors: Number.isFinite(descriptors) ? descriptors : null,
    },
  };
}

interface Labelled {
  readonly labels: readonly string[];
  readonly value: number;
}

function sumBy(series: readonly Labelled[], label: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { labels, value } of series) sums[labels[label]!] = (sums[labels[label]!] ?? 0) + value;
  return sums;
}

function labelled(family: FamilySnapshot | undefined): Record<string, number> {
  return family === undefined || family.kind === "histogram" ? {} : sumBy(family.series, 0);
}

function summarise(parts: readonly HistogramData[]): LatencySummary {
  const histogram = new LatencyHistogram();
  for (const part of parts) histogram.addSnapshot(part);
  const { count } = histogram;
  const [p50, p90, p99, p99_9] = count === 0 ? [] : histogram.percentiles([50, 90, 99, 99.9]);
  return {
    unit: "us",
    count,
    mean: histogram.mean ?? null,
    p50: p50 ?? null,
    p90: p90 ?? null,
    p99: p99 ?? null,
    p99_9: p99_9 ?? null,
    max: histogram.max ?? null,
  };
}
