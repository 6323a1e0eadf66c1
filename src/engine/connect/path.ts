/**
 * One path, from the name to the last byte: every phase stamped, every failure named, nothing left behind.
 *
 *     resolve ──► race ──► [proxy] ──► [tls] ──► probe ──► result
 *        └──────────┴─────────┴─────────┴─────────┴──► failed: the phase under way, and why
 *
 * Guarantees: never rejects for what the world does; a failure is in the result with the phase that it ended. When
 * the run is disposed, no socket, timer or listener of its own is left. Each time-out of the plan is its own error.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext, TLSSocket } from "node:tls";
import { type Clock, monotonicClock } from "../../core/clock.ts";
import { errorRecord, NetkitError, wrapSystemError } from "../../core/errors.ts";
import type { Address } from "../../core/lifecycle/happy-eyeballs.ts";
import { secure, secureContextOf } from "../../core/lifecycle/secure.ts";
import { MASK } from "../../core/secrets.ts";
import type { ConnectPlan } from "./plan.ts";
import { probeFor } from "./probes/catalog.ts";
import type { Probe, ProbePlan } from "./probes/probe.ts";
import { peerOf } from "./probes/unexpected.ts";
import { upgrade } from "./probes/websocket-upgrade.ts";
import type { PathError, PathResult, PhaseName, ProbeFacts, Resolution } from "./result.ts";
import { judgePath, type PathFacts } from "./verdict.ts";
import { openDatagrams } from "./way/datagrams.ts";
import { addressesOf, type DialContext, dialled, type Progress } from "./way/dialled.ts";
import { LoopDelayMeter } from "./way/loop-delay.ts";
import { PhaseLog } from "./way/phase-log.ts";
import { SocketWire } from "./way/socket-wire.ts";
import { tapped } from "./way/tap.ts";
import { readTls, type TlsReading, tlsResultOf } from "./way/tls-facts.ts";
import { maskedLine, type Note, type Trace } from "./way/trace.ts";
import { Watchdog } from "./way/watchdog.ts";

export interface PathOptions {
  readonly label?: string | undefined;
  /** Only this address, of a resolution made before. */
  readonly address?: Address | undefined;
  readonly resolution?: Resolution | undefined;
  /** A TLS session of an earlier path. */
  readonly session?: Buffer | undefined;
  readonly trace?: Trace | undefined;
  readonly clock?: Clock | undefined;
  /** For a pipe: the peer is spoken to until its stream carries the caller's own bytes; see `opened`. */
  readonly openOnly?: boolean | undefined;
  readonly resolving?: DialContext["resolving"];
}

/** A stream that is the caller's to use. */
export interface Opened {
  /** Connected, secured where the scheme says so, upgraded to WebSocket where it says that. */
  readonly stream: Duplex;
  /** What the peer said together with its last answer: comes before what the stream gives. */
  readonly early: Buffer;
}

/** For a banner that nobody promised: once; who takes many paths wants to know how long connecting takes. */
const PATIENCE_MS = 300;

export class PathRun implements AsyncDisposable {
  /** The last TLS session that the server gave. */
  session: Buffer | undefined;
  readonly #plan: ConnectPlan;
  readonly #options: PathOptions;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  /** Outermost last. */
  readonly #streams: Duplex[] = [];
  readonly #secureContext: SecureContext | undefined;
  /** Undefined when nobody traces. */
  readonly #note: Note | undefined;
  #progress: Progress;
  #phases: PhaseLog;
  #raw: Socket | undefined;
  #wire: SocketWire | undefined;
  #probe: Probe | undefined;
  #tls: TlsReading | undefined;
  #early: Buffer = Buffer.alloc(0);
  #result!: PathResult;

  private constructor(plan: ConnectPlan, options: PathOptions, signal: AbortSignal) {
    this.#plan = plan;
    this.#options = options;
    this.#signal = signal;
    this.#clock = options.clock ?? monotonicClock;
    const { trace } = options;
    this.#note =
      trace && ((line) => trace({ atUs: this.#clock.nowUs() - this.#phases.startUs, ...maskedLine(line) }));
    // Reading certificates and suites takes milliseconds that are no handshake's: the clock starts behind it.
    this.#secureContext = contextOf(plan);
    this.#phases = new PhaseLog(this.#clock);
    this.#progress = {
      resolution: options.resolution ?? null,
      attempts: [],
      remote: null,
      local: null,
      proxy: null,
      probe: null,
    };
  }

  static async run(plan: ConnectPlan, options: PathOptions, signal: AbortSignal): Promise<PathRun> {
    const path = new PathRun(plan, options, signal);
    await path.#measure(options.label ?? null, () => path.#way());
    return path;
  }

  /** Undefined when it did not come about. */
  get opened(): Opened | undefined {
    const stream = this.#streams.at(-1);
    if (stream === undefined || this.#result.error !== null) return undefined;
    return { stream, early: this.#early };
  }

  get result(): PathResult {
    return this.#result;
  }

  /** The same request again on the same connection; undefined when the protocol or the peer does not allow that. */
  async again(label: string): Promise<PathResult | undefined> {
    const [wire, probe] = [this.#wire, this.#probe];
    if (wire === undefined || probe?.reusable !== true || this.#result.error !== null) return undefined;
    if (wire.stream.destroyed || wire.stream.readableEnded) return undefined;
    this.#progress = { ...this.#progress, resolution: null, attempts: [], probe: null };
    this.#phases = new PhaseLog(this.#clock);
    wire.follow(this.#phases);
    await this.#measure(label, () => this.#ask(wire, "request", (plan) => probe.run(wire, plan, true)));
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire?.[Symbol.dispose]();
    for (const stream of this.#streams.toReversed()) {
      if (stream.closed) continue;
      const gone = new Promise<void>((done) => stream.once("close", done));
      stream.on("error", () => undefined).destroy();
      await gone;
    }
  }

  async #measure(label: string | null, work: () => Promise<void>): Promise<void> {
    const startedAt = new Date().toISOString();
    const before = this.#bytes();
    using delay = new LoopDelayMeter();
    let error: PathError | null = null;
    try {
      this.#signal.throwIfAborted();
      await work();
      if (this.#progress.probe?.kind === "banner" && this.#progress.probe.text === null)
        this.#phases.endBefore();
      else this.#phases.end();
    } catch (thrown) {
      this.#phases.fail();
      error = this.#errorOf(thrown);
    }
    const errorBarUs = delay.stop();
    const after = this.#bytes();
    const facts: PathFacts = {
      label,
      startedAt,
      ...this.#progress,
      tls: this.#tls === undefined ? null : tlsResultOf(this.#tls, Date.now()),
      phases: this.#phases.phases,
      totalUs: this.#phases.totalUs,
      bytesSent: after.sent - before.sent,
      bytesReceived: after.received - before.received,
      errorBarUs,
      error,
    };
    const { target, host } = this.#dialled(facts);
    const verdict = judgePath(facts, { target, host, slowUs: this.#plan.slowMs * 1000 });
    this.#result = { ...facts, verdict };
  }

  /** Who the verdict is about: with a proxy, nobody else is looked up or connected to. */
  #dialled({ error, phases }: PathFacts): { readonly target: string; readonly host: string } {
    const { proxy, endpoint } = this.#plan;
    const last = phases.at(-1)?.name;
    const isProxys = proxy !== undefined && error !== null && (last === "dns" || last === "connect");
    if (!isProxys) return { target: this.#subject, host: endpoint.host };
    return { target: `the proxy ${proxy.host}:${proxy.port}`, host: proxy.host };
  }

  async #way(): Promise<void> {
    const { endpoint } = this.#plan;
    const { address, resolving } = this.#options;
    const context: DialContext = {
      plan: this.#plan,
      phases: this.#phases,
      progress: this.#progress,
      clock: this.#clock,
      signal: this.#signal,
      address,
      resolving,
      note: this.#note,
    };
    if (endpoint.protocol === "udp") return await this.#datagrams(context);
    const raw = await dialled(context);
    this.#raw = raw;
    this.#own(raw);
    this.#progress.local = { address: raw.localAddress ?? "", port: raw.localPort ?? 0 };
    let secured: TLSSocket | undefined;
    if (endpoint.tls) {
      this.#phases.begin("tls");
      secured = await this.#secure(raw);
    }
    await this.#speak(secured ?? raw, secured);
  }

  async #datagrams(context: DialContext): Promise<void> {
    const { endpoint, localAddress } = this.#plan;
    using resolved = await addressesOf(context);
    // Nothing answers a datagram before it is sent: there is no race, the first address is taken.
    const address = resolved.first[0]!;
    const stream = await openDatagrams(address, endpoint.port, localAddress).catch((error: unknown) => {
      throw wrapSystemError(error, "send to", this.#subject);
    });
    this.#own(stream);
    this.#progress.remote = { ...address, port: endpoint.port };
    this.#progress.local = { address: stream.local.address, port: stream.local.port };
    this.#progress.resolution = resolved.report();
    await this.#speak(stream, undefined);
  }

  async #speak(stream: Duplex, secured: TLSSocket | undefined): Promise<void> {
    const { endpoint } = this.#plan;
    if (this.#options.openOnly === true && endpoint.protocol !== "ws") return;
    const options = {
      subject: this.#subject,
      host: endpoint.host,
      note: this.#note,
      secure: (plain: Duplex) => this.#secure(plain),
    };
    const wire = new SocketWire(stream, secured, this.#phases, options, this.#signal);
    this.#wire = wire;
    if (this.#options.openOnly === true) {
      await this.#ask(wire, "request", async (plan) => {
        await upgrade(wire, plan, peerOf(wire, plan, "WebSocket"));
        return null;
      });
      wire[Symbol.dispose]();
      this.#early = wire.takeUnread();
      return;
    }
    const probe = probeFor(endpoint, this.#plan, wire.alpn);
    this.#probe = probe;
    await this.#ask(wire, probe.greets ? "greeting" : "request", (plan) => probe.run(wire, plan, false));
  }

  async #ask(
    wire: SocketWire,
    first: PhaseName,
    dialogue: (plan: ProbePlan) => Promise<ProbeFacts | null>,
  ): Promise<void> {
    const { request, timeouts, endpoint, http, mode } = this.#plan;
    this.#phases.begin(first);
    using watchdog = new Watchdog(
      this.#phases,
      timeouts,
      this.#subject,
      this.#signal,
      endpoint.protocol === "udp",
    );
    wire.signal = watchdog.signal;
    const patienceMs = mode.kind === "once" ? Math.min(PATIENCE_MS, timeouts.answerMs) : 0;
    this.#progress.probe = await watchdog.race(dialogue({ endpoint, http, request, patienceMs }));
  }

  async #secure(plain: Duplex): Promise<TLSSocket> {
    const { endpoint, timeouts } = this.#plan;
    const secureContext = this.#secureContext;
    const options = { ...this.#plan.tls, secureContext, session: this.#options.session };
    const onSocket = (socket: TLSSocket): void => {
      socket.once("secureConnect", () => this.#readTls(socket));
      // TLS 1.3 sends its tickets after the handshake, behind the first bytes of the answer.
      socket.on("session", (session: Buffer) => {
        this.session = session;
      });
    };
    const under = this.#note === undefined ? plain : this.#own(tapped(plain, this.#note));
    return this.#own(await secure(under, endpoint.host, options, timeouts.secureMs, this.#signal, onSocket));
  }

  #readTls(socket: TLSSocket): void {
    this.#tls = readTls(socket);
    const { version, cipher, group, alpn } = this.#tls.agreed;
    const agreed = [version, cipher, group, alpn].filter((one) => one !== null).join(", ");
    this.#note?.({ layer: "tls", direction: "note", what: `agreed: ${agreed}`, bytes: undefined });
  }

  #own<S extends Duplex>(stream: S): S {
    this.#streams.push(stream);
    return stream;
  }

  get #subject(): string {
    return this.#plan.unixSocket ?? this.#plan.endpoint.origin.replace(/^[^:]+:\/\//, "");
  }

  #bytes(): { readonly sent: number; readonly received: number } {
    return { sent: this.#raw?.bytesWritten ?? 0, received: this.#raw?.bytesRead ?? 0 };
  }

  /** A server may quote what it was given. */
  #withoutPassword(text: string | null): string | null {
    const { endpoint, proxy } = this.#plan;
    const secrets = [endpoint.password, proxy?.password].filter(
      (one) => one !== undefined && one.length >= 3,
    );
    return secrets.reduce<string | null>((left, secret) => left?.replaceAll(secret!, MASK) ?? null, text);
  }

  #errorOf(thrown: unknown): PathError {
    const aborted = this.#signal.aborted && thrown === this.#signal.reason;
    const error = aborted
      ? new NetkitError("connect", "NK_ABORTED", `stopped connecting to ${this.#subject}`, {
          why: "it was told to stop",
        })
      : wrapSystemError(thrown, "connect to", this.#subject);
    const { stage, code, message, why, next } = errorRecord(error);
    return { stage, code, message, why: this.#withoutPassword(why ?? null), next: next ?? null };
  }
}

/** Undefined where OpenSSL takes none of it: the handshake will fail, and say why. */
function contextOf({ tls }: ConnectPlan): SecureContext | undefined {
  try {
    return secureContextOf(tls);
  } catch {
    return undefined;
  }
}
