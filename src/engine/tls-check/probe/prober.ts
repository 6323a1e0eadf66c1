/**
 * Connections to one address, for all probes of a scan: permit, rate, budget, connecting, upgrade, retries.
 *
 *     permit ─► rate ─► budget ─► connect ─► upgrade ─► dialogue ─► close
 *        ▲                           └─────────┴───────────┴─ lost: back-off, then again from the start
 *        └───────────────────────────────────────────────────┘
 *
 * Guarantees: never more than `maxConnections` are opened, retries included, and when they are spent the
 * rest is inconclusive for that reason; never more than `concurrency` at once, and fewer for a while when
 * the server resets, refuses or is busy; what was reset, cut or timed out is tried again with back-off and jitter and
 * then is *inconclusive*, never an answer. When the server no longer answers at all, the scan does not wait
 * for each of its probes to find out. `exchange` rejects only for a bug of its caller.
 */
import { setMaxListeners } from "node:events";
import { type Cancellable, unwatchAbort, watchAbort } from "../../../core/backpressure/cancellation.ts";
import { RateLimiter } from "../../../core/backpressure/rate-limiter.ts";
import { Semaphore } from "../../../core/backpressure/semaphore.ts";
import { type Clock, monotonicClock } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { Connection } from "../../../core/lifecycle/connection.ts";
import { Deadline } from "../../../core/lifecycle/deadline.ts";
import type { ProbeLimits, Upgrade } from "../plan.ts";
import { Budget } from "./budget.ts";
import { Link, LinkLost, type LinkTrace, type LossKind, Unclear } from "./link.ts";
import type { Trace } from "./trace.ts";
import { notTls, type Unreachable, unreachableBy } from "./unreachable.ts";
import { UpgradeRefused } from "./upgrade/refusal.ts";
import { upgradeLink } from "./upgrade/upgrade.ts";

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "inconclusive"; readonly why: string };

export interface ProberOptions {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly upgrade: Upgrade;
  /** For SNI and for upgrades that name the host (XMPP); undefined = nothing is sent. */
  readonly serverName: string | undefined;
  readonly limits: ProbeLimits;
  readonly signal: AbortSignal;
  readonly trace?: Trace | undefined;
  readonly clock?: Clock | undefined;
  /** How long to wait before the retry of that number, from 1. Default: `backOffMs` with jitter. */
  readonly backOff?: ((retry: number) => number) | undefined;
}

/** 50, 150, 450 … ms, 2 s at most, each between half and one and a half times: servers that complain get quiet. */
export function backOffMs(retry: number, random: () => number = Math.random): number {
  return Math.min(2000, 50 * 3 ** (retry - 1)) * (0.5 + random());
}

/** A server that says it is busy gets more time than one that says nothing. */
const BUSY_FACTOR = 4;

/** Probes in a row that met a silent or closed port before the rest is not tried any more. */
const SILENT_IN_A_ROW = 12;

const STOPPED = "the scan was stopped";

export class Prober implements Cancellable, Disposable {
  readonly serverName: string | undefined;
  readonly limits: ProbeLimits;
  /** Aborted with the scan's signal; its own, since every connection and every wait listens to it. */
  readonly signal: AbortSignal;
  /** Whether the server refuses by closing: asked once, when it first matters, by `hello.ts`. */
  closingHabit: Promise<boolean> | undefined;
  /** A hello that the server answered with its own. */
  accepted: HelloSpec | undefined;
  readonly #stop = new AbortController();
  readonly #options: ProberOptions;
  readonly #clock: Clock;
  readonly #startUs: number;
  readonly #permits: Semaphore;
  readonly #rate: RateLimiter | undefined;
  readonly #budget: Budget;
  #silentInARow = 0;
  #heardTls = false;
  #refusedUpgrade: UpgradeRefused | undefined;
  #unreachable: Unreachable | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.serverName = options.serverName;
    this.limits = options.limits;
    this.signal = this.#stop.signal;
    setMaxListeners(0, this.signal);
    if (options.signal.aborted) this.#stop.abort(options.signal.reason);
    else watchAbort(options.signal, this);
    this.#clock = options.clock ?? monotonicClock;
    this.#startUs = this.#clock.nowUs();
    this.#permits = new Semaphore(options.limits.concurrency);
    const { ratePerSecond } = options.limits;
    this.#rate = ratePerSecond === undefined ? undefined : new RateLimiter({ ratePerSecond });
    this.#budget = new Budget(options.limits.maxConnections);
  }

  /** The scan's signal was aborted: exchanges under way end, and none begins. */
  cancel(reason: unknown): void {
    this.#stop.abort(reason);
  }

  /** Takes the watch off the scan's signal, which outlives this address. */
  [Symbol.dispose](): void {
    unwatchAbort(this.#options.signal, this);
  }

  /** Connections opened, or tried to, so far. */
  get connections(): number {
    return this.#budget.connections;
  }

  /** How many of them were retries. */
  get retries(): number {
    return this.#budget.retries;
  }

  /** Address and port, for messages. */
  get subject(): string {
    const { address, family, port } = this.#options;
    return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** True once a record came that is TLS beyond doubt. */
  get heardTls(): boolean {
    return this.#heardTls;
  }

  /** Why not a single TLS record was ever received; undefined once one was, or when nothing was tried. */
  get unreachable(): Unreachable | undefined {
    return this.#heardTls ? undefined : this.#unreachable;
  }

  /** A dialogue that met bytes which are no TLS says so here; it matters while nothing else has been heard. */
  noteNotTls(what: string): void {
    this.#unreachable = notTls(this.subject, what);
  }

  /**
   * Runs the dialogue on a fresh connection; again on another one when that is lost.
   * @param upgrading "by-dialogue": the dialogue does the STARTTLS step itself
   */
  async exchange<T>(
    name: string,
    dialogue: (link: Link) => Promise<T>,
    upgrading: "first" | "by-dialogue" = "first",
  ): Promise<Outcome<T>> {
    let why = "";
    let busy = false;
    for (let retry = 0; retry <= this.limits.retries; retry++) {
      try {
        if (retry > 0) await this.#pause(retry, busy);
        using permit = await this.#permits.acquire(this.signal);
        await this.#rate?.take(1, this.signal);
        const stop = this.#reasonToStop() ?? this.#budget.spend(retry > 0);
        if (stop !== undefined) return inconclusive(why === "" ? stop : `${why}; ${stop}`);
        const value = await this.#once(name, dialogue, upgrading === "first");
        permit.release();
        this.#answered();
        return { kind: "done", value };
      } catch (error) {
        if (this.signal.aborted) return inconclusive(STOPPED);
        if (error instanceof UpgradeRefused) return inconclusive(this.#noteRefusedUpgrade(error));
        if (!(error instanceof LinkLost || error instanceof Unclear)) throw error;
        why = error.message;
        busy = error instanceof LinkLost && error.how === "busy";
        this.#lost(error);
      }
    }
    return inconclusive(this.limits.retries === 0 ? why : `${why} (tried ${this.limits.retries + 1} times)`);
  }

  /** How a connection becomes one on which TLS may begin. */
  get upgrading(): Upgrade {
    return this.#options.upgrade;
  }

  /**
   * The STARTTLS step, where there is one.
   * @param injected text that goes out in one piece with the client's last line
   */
  async upgrade(link: Link, injected = ""): Promise<void> {
    const { upgrade, address } = this.#options;
    if (upgrade !== "none") await upgradeLink(upgrade, link, this.serverName ?? address, injected);
  }

  async #once<T>(name: string, dialogue: (link: Link) => Promise<T>, upgrade: boolean): Promise<T> {
    const trace = this.#traceOf(name);
    await using connection = await this.#connect();
    const link = new Link(connection, {
      timeoutMs: this.limits.timeoutMs,
      signal: this.signal,
      trace,
      onTls: () => {
        this.#heardTls = true;
      },
    });
    if (upgrade) await this.upgrade(link);
    const value = await dialogue(link);
    // Nothing that is still under way is worth lingering for.
    connection.abort();
    return value;
  }

  async #connect(): Promise<Connection> {
    const { address, family, port } = this.#options;
    const target = { host: address, port, family, timeouts: { connectMs: this.limits.timeoutMs } };
    try {
      return await Connection.open(target, { signal: this.signal, lingerMs: 0 });
    } catch (error) {
      if (!(error instanceof NetkitError) || this.signal.aborted) throw error;
      this.#unreachable = unreachableBy(error);
      throw new LinkLost("connect", error.why ?? error.message, error);
    }
  }

  async #pause(retry: number, busy: boolean): Promise<void> {
    const delayMs = (this.#options.backOff ?? backOffMs)(retry) * (busy ? BUSY_FACTOR : 1);
    using deadline = new Deadline({ signal: this.signal });
    deadline.signal.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    try {
      await deadline.race(
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, delayMs);
        }),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #reasonToStop(): string | undefined {
    if (this.#refusedUpgrade !== undefined) return this.#refusedUpgrade.message;
    if (this.#silentInARow < SILENT_IN_A_ROW) return undefined;
    return `the server stopped answering: ${SILENT_IN_A_ROW} connections in a row brought nothing`;
  }

  #answered(): void {
    this.#silentInARow = 0;
    // Back to the full number one by one.
    if (this.#permits.limit < this.limits.concurrency) this.#permits.resize(this.#permits.limit + 1);
  }

  #lost(error: LinkLost | Unclear): void {
    const how: LossKind | "unclear" = error instanceof LinkLost ? error.how : "unclear";
    this.#silentInARow = how === "connect" || how === "timeout" ? this.#silentInARow + 1 : 0;
    if (how === "connect" || how === "reset" || how === "busy") {
      this.#permits.resize(Math.max(1, Math.floor(this.#permits.limit / 2)));
    }
    if (how !== "connect" && how !== "unclear" && !this.#heardTls) {
      this.#unreachable = unreachableBy(error as LinkLost, this.subject);
    }
  }

  #noteRefusedUpgrade(error: UpgradeRefused): string {
    this.#refusedUpgrade = error;
    this.#unreachable = { code: error.code, message: `${this.subject}: ${error.message}`, next: error.next };
    return error.message;
  }

  #traceOf(probe: string): LinkTrace | undefined {
    const trace = this.#options.trace;
    if (trace === undefined) return undefined;
    const connection = this.connections;
    return (direction, what, bytes) => {
      trace({
        atMs: (this.#clock.nowUs() - this.#startUs) / 1000,
        connection,
        probe,
        direction,
        what,
        hex: bytes === undefined ? undefined : Buffer.from(bytes).toString("hex"),
      });
    };
  }
}

function inconclusive(why: string): { readonly kind: "inconclusive"; readonly why: string } {
  return { kind: "inconclusive", why };
}
