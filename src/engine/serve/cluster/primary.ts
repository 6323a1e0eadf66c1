/**
 * Several worker processes behind one face: the primary starts them, merges their metrics, and leads reload
 * and drain. It serves nothing itself.
 *
 * The workers share the listening sockets, so port 0 is one port for all. A worker that dies is reported and
 * replaced, and counted; one that dies again and again is reported and not replaced. What a dead worker had
 * counted stays in the totals, as of at most a second before its end.
 *
 * The kernel deals out connections (SCHED_NONE): each worker accepts from the one queue. Against dealing by the
 * primary (SCHED_RR) this takes 1.75 times as many new connections a second (7,000 against 4,000 with `ab`, two
 * workers), the primary has nothing to do, and a drain finds no connections stuck between two processes. Shares
 * are less even: of 4,000 connections four workers had 750 to 1,300. So the permits of `maxConnections` are not
 * divided for good but dealt again once a second: each worker may have what it has and its part of what is left.
 */
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import type { Counter } from "../../../core/metrics/counter.ts";
import { MetricsRegistry } from "../../../core/metrics/registry.ts";
import { type MetricsSnapshot, mergeSnapshots } from "../../../core/metrics/snapshot.ts";
import { withCertificatesMade } from "../certificates.ts";
import type { Backend } from "../local.ts";
import { registerProcess } from "../metrics.ts";
import { revivedError } from "../plain-error.ts";
import type { ServeLimits, ServePlan } from "../plan.ts";
import type { DrainReport, ListeningAt, ServerEvent, StartOptions } from "../running.ts";
import type { PlainEvent } from "./messages.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** Figures of a worker that dies are lost since the last time they were asked for. */
const POLL_MS = 1000;
/** A worker that lived shorter is not worth replacing at once more often than this. */
const SHORT_LIFE_MS = 5000;
const MAX_SHORT_LIVES = 5;

const ENTRY = new URL("../cluster-worker.js", import.meta.url);

export async function startCluster(
  plan: ServePlan,
  version: string,
  options: StartOptions,
): Promise<Backend> {
  const backend = new ClusterBackend(await withCertificatesMade(plan), version, options);
  await backend.start();
  return backend;
}

class ClusterBackend implements Backend {
  readonly #plan: ServePlan;
  readonly #version: string;
  readonly #report: (event: ServerEvent) => void;
  readonly #registry = new MetricsRegistry();
  readonly #restarts: Counter;
  readonly #workers = new Set<WorkerHandle>();
  readonly #lastSnapshots = new Map<WorkerHandle, MetricsSnapshot>();
  /** Connections of each worker when it was last asked. */
  readonly #lastOpen = new Map<WorkerHandle, number>();
  #listeners: readonly ListeningAt[] = [];
  /** What workers that are gone had counted. */
  #departed: MetricsSnapshot = { families: [] };
  #shortLives = 0;
  #poll: NodeJS.Timeout | undefined;
  #stopping = false;
  #draining: Promise<DrainReport> | undefined;

  constructor(plan: ServePlan, version: string, options: StartOptions) {
    this.#plan = plan;
    this.#version = version;
    this.#report = options.onEvent ?? (() => {});
    registerProcess(this.#registry, version);
    this.#restarts = this.#registry.counter(
      "netkit_serve_worker_restarts_total",
      "Workers replaced after they died.",
    );
    this.#registry.observedGauge("netkit_serve_workers", "Worker processes alive.", () => this.#workers.size);
  }

  get listeners(): readonly ListeningAt[] {
    return this.#listeners;
  }

  get ready(): boolean {
    return !this.#stopping && this.#workers.size > 0;
  }

  async start(): Promise<void> {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: fileURLToPath(ENTRY), args: [], serialization: "advanced" });
    try {
      const starting = Array.from({ length: this.#plan.threads }, () => this.#fork());
      const started = await Promise.all(starting);
      this.#listeners = started[0]!;
    } catch (error) {
      this.#stop();
      throw error;
    }
    this.#poll = setInterval(() => void this.#ask(true), POLL_MS);
    this.#poll.unref();
  }

  /** Asks every worker for its figures; `deal` tells each how many connections it may have. */
  async #ask(deal: boolean): Promise<void> {
    const { maxConnections } = this.#plan.limits;
    const open = [...this.#workers].map((worker) => this.#lastOpen.get(worker) ?? 0);
    const left = Math.max(0, maxConnections - open.reduce((sum, count) => sum + count, 0));
    const part = Math.floor(left / Math.max(1, this.#workers.size));
    await Promise.all(
      [...this.#workers].map(async (worker, at) => {
        const share = deal ? open[at]! + part : undefined;
        const answer = await worker.call({ kind: "snapshot", maxConnections: share }).catch(() => undefined);
        if (answer?.kind !== "snapshot" || !worker.alive) return;
        this.#lastSnapshots.set(worker, answer.snapshot);
        this.#lastOpen.set(worker, answer.open);
      }),
    );
  }

  async snapshot(): Promise<MetricsSnapshot> {
    await this.#ask(false);
    const own = mergeSnapshots(this.#registry.snapshot(), this.#departed);
    return [...this.#lastSnapshots.values()].reduce(mergeSnapshots, own);
  }

  async reload(): Promise<readonly ServerEvent[]> {
    const answers = await Promise.allSettled(
      [...this.#workers].map((worker) => worker.call({ kind: "reload" })),
    );
    // Every worker loads the same files, so the same is said once.
    const events = new Map<string, PlainEvent>();
    for (const answer of answers) {
      if (answer.status !== "fulfilled" || answer.value.kind !== "reloaded") continue;
      for (const event of answer.value.events) events.set(JSON.stringify(event), event);
    }
    return [...events.values()].map(revivedEvent);
  }

  drain(deadlineMs: number, signal?: AbortSignal): Promise<DrainReport> {
    if (this.#draining === undefined) {
      this.#draining = this.#drain(deadlineMs);
      const cut = (): void => this.#askToDrain(0);
      if (signal?.aborted) cut();
      else signal?.addEventListener("abort", cut, { once: true });
    } else {
      this.#askToDrain(0);
    }
    return this.#draining;
  }

  async #drain(deadlineMs: number): Promise<DrainReport> {
    this.#stopping = true;
    const workers = [...this.#workers];
    // All, before one client is told to close: it would connect again, to the queue that is still open.
    await Promise.allSettled(workers.map((worker) => worker.call({ kind: "stop-accepting" })));
    await this.snapshot();
    const answers = await Promise.allSettled(
      workers.map((worker) => worker.call({ kind: "drain", deadlineMs })),
    );
    const reports = answers.flatMap((answer) =>
      answer.status === "fulfilled" && answer.value.kind === "drained" ? [answer.value.report] : [],
    );
    this.#stop();
    await Promise.all(workers.map(({ ended }) => ended));
    return reports.reduce(addReports, { finished: 0, cut: 0, idleClosed: 0, seconds: 0 });
  }

  #askToDrain(deadlineMs: number): void {
    for (const worker of this.#workers) worker.call({ kind: "drain", deadlineMs }).catch(() => {});
  }

  #stop(): void {
    this.#stopping = true;
    clearInterval(this.#poll);
    for (const worker of this.#workers) worker.kill();
  }

  async #fork(): Promise<readonly ListeningAt[]> {
    const worker = new WorkerHandle(cluster.fork(), (event) => this.#heard(worker, event));
    this.#workers.add(worker);
    void worker.ended.then((end) => this.#died(worker, end.code, end.signal));
    const plan = { ...this.#plan, threads: 1, admin: undefined, limits: shareOf(this.#plan) };
    const answer = await worker.call({ kind: "start", plan, version: this.#version });
    return answer.kind === "started" ? answer.listeners : [];
  }

  #heard(worker: WorkerHandle, event: PlainEvent): void {
    // All workers watch the same files and say the same; the oldest speaks for them.
    const [oldest] = this.#workers;
    if (event.kind === "accept-failed" || worker === oldest) this.#report(revivedEvent(event));
  }

  #died(worker: WorkerHandle, code: number | null, signal: string | null): void {
    this.#workers.delete(worker);
    const last = this.#lastSnapshots.get(worker);
    this.#lastSnapshots.delete(worker);
    this.#lastOpen.delete(worker);
    if (last !== undefined) this.#departed = mergeSnapshots(this.#departed, withoutGauges(last));
    // One that never came to serve failed the start as a whole, which says why.
    if (this.#stopping || this.#listeners.length === 0) return;
    this.#shortLives = Date.now() - worker.startedAtMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    const restarted = this.#shortLives < MAX_SHORT_LIVES;
    this.#report({ kind: "worker-died", worker: worker.number, code, signal, restarted });
    if (!restarted) return;
    this.#restarts.value++;
    // Failing to start ends the process, which is told as a death of its own.
    this.#fork().catch(() => {});
  }
}

/** Limits on counts are divided, since a worker sees only its own; connections are dealt again later. */
function shareOf({ limits, threads }: ServePlan): ServeLimits {
  return {
    ...limits,
    maxConnections: Math.ceil(limits.maxConnections / threads),
    maxInFlight: Math.ceil(limits.maxInFlight / threads),
  };
}

function addReports(a: DrainReport, b: DrainReport): DrainReport {
  return {
    finished: a.finished + b.finished,
    cut: a.cut + b.cut,
    idleClosed: a.idleClosed + b.idleClosed,
    seconds: Math.max(a.seconds, b.seconds),
  };
}

/** What is over adds up; what was is no more. */
function withoutGauges(snapshot: MetricsSnapshot): MetricsSnapshot {
  return { families: snapshot.families.filter(({ kind }) => kind !== "gauge") };
}

function revivedEvent(event: PlainEvent): ServerEvent {
  if (event.kind === "certificate-kept" || event.kind === "accept-failed") {
    return { ...event, error: revivedError(event.error) };
  }
  return event;
}
