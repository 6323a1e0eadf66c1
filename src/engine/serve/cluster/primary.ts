/**
 * Several worker processes behind one face: the primary starts them, merges their metrics, and leads reload
 * and drain. It serves nothing itself.
 *
 * The workers share the listening sockets, so port 0 is one port for all. A worker that dies is reported and
 * replaced, and counted; one that dies again and again is reported and not replaced. What a dead worker had
 * counted stays in the totals, as of at most a second before its end. One that is stuck holds up nothing: its last
 * figures stand in for it and it is counted as missing, and it is killed when a drain is over.
 *
 * The kernel deals out connections (SCHED_NONE): each worker accepts from the one queue. Against dealing by the
 * primary (SCHED_RR) this takes 1.75 times as many new connections a second (7,000 against 4,000 with `ab`, two
 * workers), the primary has nothing to do, and a drain finds no connections stuck between two processes. Shares
 * are less even: of 4,000 connections four workers had 750 to 1,300. So the permits of `maxConnections` are not
 * divided for good but dealt again once a second: each worker may have what it has and its part of what is left.
 */

import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { MAX_TIMER_MS } from "../../../core/backpressure/timers.ts";
import { revivedError } from "../../../core/errors.ts";
import type { Counter } from "../../../core/metrics/counter.ts";
import { MetricsRegistry } from "../../../core/metrics/registry.ts";
import { type MetricsSnapshot, mergeSnapshots } from "../../../core/metrics/snapshot.ts";
import { withCertificatesMade } from "../certificates.ts";
import type { Backend } from "../local.ts";
import { registerProcess } from "../metrics.ts";
import type { ServeLimits, ServePlan } from "../plan.ts";
import type { DrainReport, ListeningAt, ServerEvent, StartOptions } from "../running.ts";
import type { PlainEvent } from "./messages.ts";
import { dealShares } from "./shares.ts";
import { ANSWER_MS, WorkerFigures } from "./worker-figures.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** Figures of a worker that dies are lost since the last time they were asked for. */
const POLL_MS = 1000;
/** A worker that lived shorter is not worth replacing at once more often than this. */
const SHORT_LIFE_MS = 5000;
const MAX_SHORT_LIVES = 5;
/** A worker cuts at the deadline of a drain and tells its report at once; one that is later than this is stuck. */
const OVERDUE_MS = 2000;
/** The same when all is cut at once, by somebody who waits. */
const CUT_OVERDUE_MS = 500;
/** Reading and checking a certificate takes milliseconds. */
const RELOAD_MS = 5000;

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
  readonly #workers = new Map<WorkerHandle, WorkerFigures>();
  #listeners: readonly ListeningAt[] = [];
  /** What workers that are gone had counted. */
  #departed: MetricsSnapshot = { families: [] };
  /** Workers of the plan whose figures were not fresh in the last snapshot. */
  #missing = 0;
  #shortLives = 0;
  #rounds = 0;
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
    this.#registry.observedGauge(
      "netkit_serve_workers_missing",
      "Workers that did not answer in time or are dead; of these the last known figures are in the totals.",
      () => this.#missing,
    );
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

  /** Asks every worker for its figures; `deal` tells each how many connections it may have. Tells how many answered. */
  async #ask(deal: boolean): Promise<number> {
    const all = [...this.#workers.values()];
    const heard = all.filter(({ silent }) => !silent);
    const shares = deal ? this.#shares(all, heard) : [];
    const answers = await Promise.all(heard.map((figures, at) => figures.ask(shares[at])));
    return answers.filter((answered) => answered).length;
  }

  /** A worker that is silent keeps its connections and gets no more. */
  #shares(all: readonly WorkerFigures[], heard: readonly WorkerFigures[]): number[] {
    const kept = all.reduce((sum, { silent, open }) => sum + (silent ? open : 0), 0);
    const open = heard.map((figures) => figures.open);
    return dealShares(this.#plan.limits.maxConnections - kept, open, this.#rounds++);
  }

  async snapshot(): Promise<MetricsSnapshot> {
    this.#missing = this.#plan.threads - (await this.#ask(false));
    let sum = mergeSnapshots(this.#registry.snapshot(), this.#departed);
    for (const { snapshot } of this.#workers.values()) {
      if (snapshot !== undefined) sum = mergeSnapshots(sum, snapshot);
    }
    return sum;
  }

  async reload(): Promise<readonly ServerEvent[]> {
    const workers = [...this.#workers.keys()];
    const answers = await Promise.allSettled(
      workers.map((worker) => worker.call({ kind: "reload" }, RELOAD_MS)),
    );
    // Every worker loads the same files, so the same is said once.
    const events = new Map<string, ServerEvent>();
    for (const [at, answer] of answers.entries()) {
      if (answer.status === "rejected") {
        const listener = `worker ${workers[at]!.number}`;
        events.set(listener, { kind: "certificate-kept", listener, error: answer.reason });
      } else if (answer.value.kind === "reloaded") {
        for (const event of answer.value.events) events.set(JSON.stringify(event), revivedEvent(event));
      }
    }
    return [...events.values()];
  }

  drain(deadlineMs: number, signal?: AbortSignal): Promise<DrainReport> {
    if (this.#draining === undefined) {
      this.#draining = this.#drain(deadlineMs);
      const cut = (): void => this.#cut();
      if (signal?.aborted) cut();
      else signal?.addEventListener("abort", cut, { once: true });
    } else {
      this.#cut();
    }
    return this.#draining;
  }

  async #drain(deadlineMs: number): Promise<DrainReport> {
    this.#stopping = true;
    const startedMs = performance.now();
    const workers = [...this.#workers];
    // All, before one client is told to close: it would connect again, to the queue that is still open.
    await Promise.allSettled(workers.map(([worker]) => worker.call({ kind: "stop-accepting" }, ANSWER_MS)));
    await this.snapshot();
    this.#stopIn(Math.min(deadlineMs + OVERDUE_MS, MAX_TIMER_MS));
    const reports = await Promise.all(
      workers.map(async ([worker, { snapshot }]) => {
        const answer = await worker.call({ kind: "drain", deadlineMs }).catch(() => undefined);
        const seconds = (performance.now() - startedMs) / 1000;
        return answer?.kind === "drained" ? answer.report : lost(snapshot, seconds);
      }),
    );
    this.#stop();
    await Promise.all(workers.map(([{ ended }]) => ended));
    return reports.reduce(addReports, { finished: 0, cut: 0, idleClosed: 0, seconds: 0 });
  }

  #cut(): void {
    for (const worker of this.#workers.keys()) worker.call({ kind: "drain", deadlineMs: 0 }).catch(() => {});
    this.#stopIn(CUT_OVERDUE_MS);
  }

  /** Workers that cannot end their work themselves are killed, which ends it as well. */
  #stopIn(delayMs: number): void {
    setTimeout(() => this.#stop(), delayMs).unref();
  }

  #stop(): void {
    this.#stopping = true;
    clearInterval(this.#poll);
    for (const worker of this.#workers.keys()) worker.kill();
  }

  async #fork(): Promise<readonly ListeningAt[]> {
    const worker = new WorkerHandle(cluster.fork(), (event) => this.#heard(worker, event));
    const limits = shareOf(this.#plan, this.#workers.size);
    this.#workers.set(worker, new WorkerFigures(worker));
    void worker.ended.then((end) => this.#died(worker, end.code, end.signal));
    const plan = { ...this.#plan, threads: 1, admin: undefined, limits };
    const answer = await worker.call({ kind: "start", plan, version: this.#version });
    return answer.kind === "started" ? answer.listeners : [];
  }

  #heard(worker: WorkerHandle, event: PlainEvent): void {
    // All workers watch the same files and say the same; the oldest speaks for them.
    const [oldest] = this.#workers.keys();
    if (event.kind === "accept-failed" || worker === oldest) this.#report(revivedEvent(event));
  }

  #died(worker: WorkerHandle, code: number | null, signal: string | null): void {
    const last = this.#workers.get(worker)?.snapshot;
    this.#workers.delete(worker);
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
function shareOf({ limits, threads }: ServePlan, at: number): ServeLimits {
  return {
    ...limits,
    maxConnections: dealShares(limits.maxConnections, Array(threads).fill(0), 0)[at % threads]!,
    maxInFlight: Math.ceil(limits.maxInFlight / threads),
  };
}

/** The report of a worker that never told one: cut is what it had under way when it was last heard. */
function lost(snapshot: MetricsSnapshot | undefined, seconds: number): DrainReport {
  const family = snapshot?.families.find(({ name }) => name === "netkit_serve_requests_in_flight");
  const cut = family?.kind === "gauge" ? (family.series[0]?.value ?? 0) : 0;
  return { finished: 0, cut, idleClosed: 0, seconds };
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
