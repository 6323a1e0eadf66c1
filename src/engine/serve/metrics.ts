/**
 * The server's metrics by name. Hot paths hold a Counter and add to its `value`; everything else is read when
 * a snapshot is taken.
 */
import { readdirSync } from "node:fs";
import type { Counter } from "../../core/metrics/counter.ts";
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { type Family, MetricsRegistry } from "../../core/metrics/registry.ts";
import { Tally } from "./socket/turn.ts";

/**
 * Every bound that can turn a client away, as it is called in `netkit_serve_limit_hits_total`. Of max-connections the
 * listeners keep count: clients wait there (`netkit_serve_connections_waiting`) before any is turned away
 * (`netkit_serve_connections_refused_total`).
 */
type LimitName =
  | "in-flight"
  | "frame-bytes"
  | "header-bytes"
  | "headers"
  | "body-bytes"
  | "header-timeout"
  | "idle-timeout"
  | "stall-timeout"
  | "send-timeout";

/** What the parser calls a limit, and what we call it. Other reasons are violations of the protocol. */
const LIMIT_BY_REASON: Readonly<Record<string, LimitName>> = {
  "header-too-large": "header-bytes",
  "target-too-long": "header-bytes",
  "trailer-too-large": "header-bytes",
  "too-many-headers": "headers",
  "body-too-large": "body-bytes",
};

/** The numbers of one route. */
export class RouteMetrics {
  readonly tally: Tally;
  readonly #byClass: (Counter | undefined)[] = [];
  readonly #counterFor: (statusClass: string) => Counter;

  constructor(durations: LatencyHistogram, counterFor: (statusClass: string) => Counter) {
    this.tally = new Tally(durations);
    this.#counterFor = counterFor;
  }

  /** The counter for answers of this status's class. */
  requests(status: number): Counter {
    const hundreds = Math.floor(status / 100);
    const known = this.#byClass[hundreds];
    if (known !== undefined) return known;
    const counter = this.#counterFor(`${hundreds}xx`);
    this.#byClass[hundreds] = counter;
    return counter;
  }

  recordUs(durationUs: number): void {
    this.tally.histogram.record(durationUs);
  }
}

export class ServeMetrics {
  readonly registry = new MetricsRegistry();
  readonly bytesIn: Counter;
  readonly bytesOut: Counter;
  /** Frames and reads sent back by the echo listeners. */
  readonly echoed: Counter;
  /** Messages of `/broadcast`, a count for each member that got one, or could not take it. */
  readonly broadcastDelivered: Counter;
  readonly broadcastDropped: Counter;
  /** Bytes that `/sink` of raw listeners read. */
  readonly sunkBytes: Counter;
  /** Bytes of `/source` of raw listeners, as whole blocks that the kernel took. */
  readonly sourcedBytes: Counter;
  readonly datagramsReceived: Counter;
  readonly datagramsEchoed: Counter;
  readonly datagramsDropped: Counter;
  readonly #requests: Family<Counter, "route" | "status">;
  readonly #durations: Family<LatencyHistogram, "route">;
  readonly #violations: Family<Counter, "reason">;
  readonly #limits: Family<Counter, "limit">;

  constructor() {
    const { registry } = this;
    this.bytesIn = registry.counter(
      "netkit_serve_received_bytes_total",
      "Bytes read from clients, after TLS.",
    );
    this.bytesOut = registry.counter(
      "netkit_serve_sent_bytes_total",
      "Bytes written to clients, before TLS.",
    );
    this.echoed = registry.counter(
      "netkit_serve_echo_messages_total",
      "Frames, WebSocket messages and raw reads echoed.",
    );
    this.broadcastDelivered = registry.counter(
      "netkit_serve_broadcast_deliveries_total",
      "Messages of /broadcast, one for each member they were sent to.",
    );
    this.broadcastDropped = registry.counter(
      "netkit_serve_broadcast_dropped_total",
      "Messages of /broadcast not sent to a member that reads too slowly.",
    );
    this.sunkBytes = registry.counter("netkit_serve_sink_bytes_total", "Bytes that raw sinks read.");
    this.sourcedBytes = registry.counter(
      "netkit_serve_source_bytes_total",
      "Bytes of raw sources that the kernel took, by whole blocks.",
    );
    this.datagramsReceived = registry.counter(
      "netkit_serve_datagrams_received_total",
      "UDP datagrams received.",
    );
    this.datagramsEchoed = registry.counter(
      "netkit_serve_datagrams_echoed_total",
      "UDP datagrams sent back.",
    );
    this.datagramsDropped = registry.counter(
      "netkit_serve_datagrams_dropped_total",
      "UDP datagrams not sent back: the send queue was full, or they claimed to come from the server itself.",
    );
    this.#requests = registry.counterFamily(
      "netkit_serve_requests_total",
      "HTTP requests answered, by route and status class.",
      ["route", "status"],
    );
    this.#durations = registry.histogramFamily(
      "netkit_serve_request_duration_seconds",
      "From the complete request head to the last byte of the answer handed to the socket.",
      ["route"],
    );
    this.#violations = registry.counterFamily(
      "netkit_serve_protocol_violations_total",
      "Requests and frames that broke the protocol, by reason.",
      ["reason"],
    );
    this.#limits = registry.counterFamily(
      "netkit_serve_limit_hits_total",
      "Clients turned away by a limit, by limit.",
      ["limit"],
    );
  }

  route(id: string): RouteMetrics {
    return new RouteMetrics(this.#durations.child([id]), (statusClass) =>
      this.#requests.child([id, statusClass]),
    );
  }

  violation(reason: string): void {
    const limit = LIMIT_BY_REASON[reason];
    if (limit === undefined) this.#violations.child([reason]).value++;
    else this.limitHit(limit);
  }

  limitHit(limit: LimitName): void {
    this.#limits.child([limit]).value++;
  }
}

/** Figures of this process that monitoring expects under these names, and which build it is. */
export function registerProcess(registry: MetricsRegistry, version: string): void {
  registry.observedCounter("process_cpu_seconds_total", "User and system processor time.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  registry.observedGauge("process_resident_memory_bytes", "Resident memory.", () =>
    process.memoryUsage.rss(),
  );
  registry.observedGauge(
    "process_open_fds",
    "Open file descriptors; NaN where /proc is not there.",
    openDescriptors,
  );
  registry.observedGauge(
    "process_start_time_seconds",
    "Start of the process, seconds since 1970.",
    () => Math.round(performance.timeOrigin / 1000),
    { merge: "max" },
  );
  const build = registry.gaugeFamily(
    "netkit_build_info",
    "Always 1; the labels say what runs.",
    ["version", "node"],
    {
      merge: "max",
    },
  );
  build.labels({ version, node: process.version }).value = 1;
}

function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return Number.NaN;
  }
}
