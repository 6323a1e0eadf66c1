/**
 * A server in this thread: the plan's listeners over one Service.
 */
import { Semaphore } from "../../core/backpressure/semaphore.ts";
import { NetkitError, usageError } from "../../core/errors.ts";
import { assertNever } from "../../core/exhaustive.ts";
import { Listener } from "../../core/lifecycle/listener.ts";
import type { MetricsSnapshot } from "../../core/metrics/snapshot.ts";
import { Certificate } from "./certificates.ts";
import { drainService } from "./drain.ts";
import { DatagramEcho } from "./echo/datagram.ts";
import { FramedEcho } from "./echo/framed.ts";
import { RawEcho } from "./echo/raw.ts";
import { type RawMode, rawMode } from "./echo/raw-mode.ts";
import { RawSink } from "./echo/sink.ts";
import { RawSource } from "./echo/source.ts";
import { HttpConnection } from "./http1/connection.ts";
import { Http2Connection } from "./http2/connection.ts";
import { registerProcess } from "./metrics.ts";
import { type ListenerPlan, MAX_WAITING_CONNECTIONS, type ServePlan, type TlsPlan } from "./plan.ts";
import type { DrainReport, ListeningAt, ServerEvent, StartOptions } from "./running.ts";
import { Service } from "./service.ts";
import { Wire, type WireOwner } from "./socket/wire.ts";

/** What serves: this thread, or several processes behind the same face. */
export interface Backend {
  readonly listeners: readonly ListeningAt[];
  /** False from the first moment of a drain. */
  readonly ready: boolean;
  snapshot(): Promise<MetricsSnapshot>;
  reload(): Promise<readonly ServerEvent[]>;
  drain(deadlineMs: number, signal?: AbortSignal): Promise<DrainReport>;
}

/** Connections that the kernel has accepted and we have not: 511 overflow when 10,000 clients connect at once. */
const BACKLOG = 4096;

interface Open {
  readonly plan: ListenerPlan;
  readonly listener: Pick<Listener, "address" | "counters" | "close">;
  readonly certificate: Certificate | undefined;
}

export class LocalBackend implements Backend {
  readonly service: Service;
  /** One for each open connection of all listeners. */
  readonly permits: Semaphore;
  readonly #certificates: readonly Certificate[];
  readonly #open: Open[] = [];
  #stopped: Promise<void> | undefined;
  #draining: Promise<DrainReport> | undefined;
  /** Aborted by a second call of `drain`, which may come before the first has begun to wait. */
  readonly #cut = new AbortController();

  private constructor(plan: ServePlan, certificates: readonly Certificate[]) {
    this.service = new Service(plan.limits, plan);
    this.permits = new Semaphore(plan.limits.maxConnections);
    this.#certificates = certificates;
  }

  /** Resolves when all listeners accept. @throws NetkitError; then nothing is left open. */
  static async start(plan: ServePlan, version: string, options: StartOptions = {}): Promise<LocalBackend> {
    const report = options.onEvent ?? (() => {});
    const certificates = await openCertificates(plan, report);
    const backend = new LocalBackend(plan, [...certificates.values()]);
    try {
      for (const listener of plan.listeners) await backend.#listen(listener, certificates, report);
    } catch (error) {
      backend.#stopAccepting();
      throw error;
    }
    backend.#registerConnections();
    registerProcess(backend.service.metrics.registry, version);
    return backend;
  }

  get ready(): boolean {
    return !this.service.ending;
  }

  get listeners(): readonly ListeningAt[] {
    return this.#open.map(listeningAt);
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return this.service.metrics.registry.snapshot();
  }

  async reload(): Promise<readonly ServerEvent[]> {
    const events = await Promise.all(this.#certificates.map((certificate) => certificate.reload()));
    return events.flat();
  }

  drain(deadlineMs: number, signal?: AbortSignal): Promise<DrainReport> {
    if (this.#draining === undefined) this.#draining = this.#drain(deadlineMs, signal);
    else this.#cut.abort();
    return this.#draining;
  }

  /**
   * First step of a drain. Resolves when nothing is accepted any more; until then no client is told to close, or
   * it would connect again, to a queue that nobody will look into.
   */
  stopAccepting(): Promise<void> {
    this.service.ending = true;
    this.#stopped ??= this.#takeInAndStop();
    return this.#stopped;
  }

  async #takeInAndStop(): Promise<void> {
    // What the kernel has accepted already is taken in before the listening socket, and its queue, go.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    this.#stopAccepting();
  }

  async #drain(deadlineMs: number, signal?: AbortSignal): Promise<DrainReport> {
    await this.stopAccepting();
    const { signal: cut } = this.#cut;
    return await drainService(
      this.service,
      deadlineMs,
      signal === undefined ? cut : AbortSignal.any([signal, cut]),
    );
  }

  #stopAccepting(): void {
    for (const { listener } of this.#open) listener.close();
    for (const certificate of this.#certificates) certificate[Symbol.dispose]();
  }

  async #listen(
    plan: ListenerPlan,
    certificates: ReadonlyMap<TlsPlan, Certificate>,
    report: (event: ServerEvent) => void,
  ): Promise<void> {
    const { endpoint, unixSocket, tls } = plan;
    const onError = (error: NetkitError): void =>
      report({ kind: "accept-failed", listener: endpoint.origin, error });
    if (endpoint.scheme === "udp") {
      const { host, port } = endpoint;
      const listener = await DatagramEcho.listen(host, port, this.service.metrics, onError);
      this.#open.push({ plan, listener, certificate: undefined });
      return;
    }
    const certificate = endpoint.tls ? certificates.get(tls!) : undefined;
    const own = ownerOf(plan);
    const listener = await Listener.listen({
      address: unixSocket === undefined ? { host: endpoint.host, port: endpoint.port } : { path: unixSocket },
      permits: this.permits,
      tls: certificate?.acceptor,
      alpn: alpnOf(plan),
      backlog: BACKLOG,
      holdLimit: MAX_WAITING_CONNECTIONS,
      handler: (socket, permit) => {
        if (socket.destroyed) {
          permit[Symbol.dispose]();
          return;
        }
        const wire = new Wire(this.service, socket, permit, own);
        // Accepted while the listener was closing.
        if (this.service.draining) wire.owner.drain();
      },
      onError,
    });
    this.#open.push({ plan, listener, certificate });
  }

  /** Connection counts live in the listeners; a scrape reads them there. */
  #registerConnections(): void {
    const { registry } = this.service.metrics;
    const sum = (pick: (listener: Open["listener"]) => number) => () =>
      this.#open.reduce((total, { listener }) => total + pick(listener), 0);
    registry.observedCounter(
      "netkit_serve_connections_accepted_total",
      "Connections the kernel gave us.",
      sum(({ counters }) => counters.accepted),
    );
    registry.observedCounter(
      "netkit_serve_connections_refused_total",
      "Connections reset: too many waited for a place within max-connections, or a drain found them waiting.",
      sum(({ counters }) => counters.refused),
    );
    registry.observedCounter(
      "netkit_serve_handshake_failures_total",
      "TLS handshakes that failed.",
      sum(({ counters }) => counters.handshakeFailures),
    );
    registry.observedGauge(
      "netkit_serve_connections_open",
      "Connections open now.",
      sum(({ counters }) => counters.open),
    );
    registry.observedGauge(
      "netkit_serve_connections_waiting",
      "Connections accepted and not read, waiting for a place within max-connections.",
      sum(({ counters }) => counters.held),
    );
    registry.observedGauge(
      "netkit_serve_requests_in_flight",
      "HTTP requests whose head is complete and whose answer is not.",
      () => this.service.requestsInFlight,
    );
  }
}

async function openCertificates(
  plan: ServePlan,
  report: (event: ServerEvent) => void,
): Promise<Map<TlsPlan, Certificate>> {
  const byPlan = new Map<TlsPlan, ListenerPlan[]>();
  for (const listener of plan.listeners) {
    if (!listener.endpoint.tls) continue;
    if (listener.tls === undefined) throw missingTls(listener);
    byPlan.set(listener.tls, [...(byPlan.get(listener.tls) ?? []), listener]);
  }
  const certificates = new Map<TlsPlan, Certificate>();
  for (const [tls, listeners] of byPlan)
    certificates.set(tls, await Certificate.open(tls, listeners, report));
  return certificates;
}

function missingTls({ endpoint }: ListenerPlan): NetkitError {
  return new NetkitError("usage", "NK_USAGE", `${endpoint.origin} needs a certificate`, {
    subject: endpoint.origin,
    next: "give --cert and --key, or --self-signed",
  });
}

/** A protocol is added to serve here. */
function ownerOf({ endpoint, http }: ListenerPlan): (wire: Wire) => WireOwner {
  const { scheme } = endpoint;
  switch (scheme) {
    case "http":
      return (wire) => new HttpConnection(wire);
    case "h2c":
      return (wire) => new Http2Connection(wire);
    case "https":
      return (wire) =>
        wire.alpn === HTTP2 || http === "2" ? new Http2Connection(wire) : new HttpConnection(wire);
    case "ws":
    case "wss":
      return (wire) => new HttpConnection(wire, wire.service.webSocketRouter);
    case "tcp":
    case "tls":
      return RAW[rawModeOf(endpoint)];
    case "framed":
    case "framed+tls":
      return (wire) => new FramedEcho(wire);
    case "udp":
      throw new Error("datagrams come without connections");
    default:
      return assertNever(scheme);
  }
}

/** Names of ALPN (RFC 7301, RFC 9113 section 3.1). The other protocols have none. */
const HTTP1 = "http/1.1";
const HTTP2 = "h2";

function alpnOf({ endpoint, http }: ListenerPlan): readonly string[] | undefined {
  if (endpoint.scheme !== "https") return undefined;
  return http === undefined ? [HTTP2, HTTP1] : [http === "2" ? HTTP2 : HTTP1];
}

const RAW: Readonly<Record<RawMode, (wire: Wire) => WireOwner>> = {
  echo: (wire) => new RawEcho(wire),
  sink: (wire) => new RawSink(wire),
  source: (wire) => new RawSource(wire),
};

function rawModeOf({ path, origin }: ListenerPlan["endpoint"]): RawMode {
  const mode = rawMode(path);
  if (mode !== undefined) return mode;
  throw usageError(`${origin} does not know the path ${path}`, "use /echo, /sink or /source", origin);
}

function listeningAt({ plan, listener, certificate }: Open): ListeningAt {
  const { scheme, host } = plan.endpoint;
  const { address } = listener;
  const shared = {
    scheme,
    ...(plan.http === undefined ? {} : { http: plan.http }),
    ...(certificate === undefined ? {} : { fingerprint: certificate.fingerprint }),
  };
  if ("path" in address)
    return { ...shared, url: `${scheme}://${bracketed(host)}`, address: host, port: 0, path: address.path };
  // The name that was asked for is the one that certificates and people know.
  const mode = scheme === "tcp" || scheme === "tls" ? rawModeOf(plan.endpoint) : "echo";
  const url = `${scheme}://${bracketed(host)}:${address.port}${mode === "echo" ? "" : `/${mode}`}`;
  return { ...shared, url, address: address.host, port: address.port };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
