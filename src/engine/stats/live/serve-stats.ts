/**
 * `netkit.serve-stats/1`, what `netkit serve` tells at `/stats`, as families of the same names as at its `/metrics`.
 *
 * It is read when the URL names that path. It has percentiles since the start only, so they become summaries:
 * `/metrics` shows more, and a bare origin is asked for that.
 */
import {
  type Exposition,
  type Family,
  type FamilyKind,
  type Labels,
  type Sample,
  seriesKey,
  unitOfName,
} from "./exposition/family.ts";

type Value = unknown;

/** Undefined where the document is none of ours. */
export function readServeStats(document: unknown): Exposition | undefined {
  const stats = record(document);
  if (stats.schema !== "netkit.serve-stats/1") return undefined;
  const connections = record(stats.connections);
  const requests = record(stats.requests);
  const bytes = record(stats.bytes);
  const own = record(stats.process);
  const routes = Array.isArray(stats.routes) ? stats.routes.map(record) : [];
  const families = [
    ...counter("netkit_serve_connections_accepted_total", connections.accepted),
    ...counter("netkit_serve_connections_refused_total", connections.refused),
    ...counter("netkit_serve_handshake_failures_total", connections.handshakeFailures),
    ...gauge("netkit_serve_connections_open", connections.open),
    ...gauge("netkit_serve_connections_waiting", connections.waiting),
    ...gauge("netkit_serve_requests_in_flight", requests.inFlight),
    family(
      "netkit_serve_requests_total",
      "counter",
      routes.flatMap(({ route, statuses }) =>
        Object.entries(record(statuses)).flatMap(([status, value]) =>
          series(
            { route, status },
            numeric(value, (number) => ({ kind: "counter", value: number })),
          ),
        ),
      ),
    ),
    family(
      "netkit_serve_request_duration_seconds",
      "summary",
      routes.flatMap(({ route, latency }) => series({ route }, summary(record(latency)))),
    ),
    ...counter("netkit_serve_echo_messages_total", stats.echoed),
    ...counter("netkit_serve_received_bytes_total", bytes.received),
    ...counter("netkit_serve_sent_bytes_total", bytes.sent),
    ...tally("netkit_serve_limit_hits_total", "limit", stats.limits),
    ...tally("netkit_serve_protocol_violations_total", "reason", stats.violations),
    ...counter("process_cpu_seconds_total", own.cpuSeconds),
    ...gauge("process_resident_memory_bytes", own.residentBytes),
    ...gauge("process_open_fds", own.openDescriptors),
  ];
  return {
    format: "netkit.serve-stats",
    families: new Map(families.map((one) => [one.name, one])),
    warnings: [],
  };
}

type Entry = readonly [key: string, Family["series"] extends ReadonlyMap<string, infer S> ? S : never];

function record(value: Value): Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null ? (value as Record<string, Value>) : {};
}

function numeric<T>(value: Value, make: (value: number) => T): T | undefined {
  return typeof value === "number" ? make(value) : undefined;
}

function series(labels: Readonly<Record<string, Value>>, sample: Sample | undefined): Entry[] {
  if (sample === undefined) return [];
  const sorted: Labels = Object.entries(labels).map(([name, value]) => [name, String(value)] as const);
  return [[seriesKey(sorted), { labels: sorted, sample, created: null, timestampMs: null }]];
}

function family(name: string, kind: FamilyKind, entries: readonly Entry[]): Family {
  return { name, kind, unit: unitOfName(name), help: null, series: new Map(entries) };
}

function counter(name: string, value: Value): Family[] {
  const sample = numeric(value, (number): Sample => ({ kind: "counter", value: number }));
  return sample === undefined ? [] : [family(name, "counter", series({}, sample))];
}

function gauge(name: string, value: Value): Family[] {
  const sample = numeric(value, (number): Sample => ({ kind: "gauge", value: number }));
  return sample === undefined ? [] : [family(name, "gauge", series({}, sample))];
}

function tally(name: string, label: string, values: Value): Family[] {
  const entries = Object.entries(record(values)).flatMap(([key, value]) =>
    series(
      { [label]: key },
      numeric(value, (number): Sample => ({ kind: "counter", value: number })),
    ),
  );
  return [family(name, "counter", entries)];
}

const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99, p99_9: 0.999 } as const;

/** Microseconds become seconds. */
function summary(latency: Readonly<Record<string, Value>>): Sample | undefined {
  const { count, mean } = latency;
  if (typeof count !== "number") return undefined;
  const quantiles = Object.entries(QUANTILES).flatMap(([name, quantile]) => {
    const value = latency[name];
    return typeof value === "number" ? [{ quantile, value: value / 1e6 }] : [];
  });
  const sum = typeof mean === "number" ? (mean * count) / 1e6 : 0;
  return { kind: "summary", quantiles, count, sum };
}
