import cluster, { type Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { MetricsRegistry } from "../../../src/core/metrics/registry.ts";
import type { FromWorker, ToWorker } from "../../../src/engine/serve/cluster/messages.ts";
import { dealShares } from "../../../src/engine/serve/cluster/shares.ts";
import { type ServePlan, servePlan } from "../../../src/engine/serve/plan.ts";
import { startServer } from "../../../src/engine/serve/server.ts";

const LISTENING = { scheme: "http", url: "http://127.0.0.1:1", address: "127.0.0.1", port: 1 } as const;

/** A worker process of which only the messages are real. */
class FakeWorker extends EventEmitter {
  static #last = 0;
  readonly id = ++FakeWorker.#last;
  /** It is stopped: it hears and does nothing. */
  stopped = false;
  readonly heard: ToWorker[] = [];
  readonly #counts = new MetricsRegistry();
  readonly #requests = this.#counts.counterFamily("netkit_serve_requests_total", "Requests.", [
    "route",
    "status",
  ]);
  readonly process = { kill: () => setImmediate(() => this.emit("exit", null, "SIGKILL")) };

  constructor(inFlight: number) {
    super();
    this.#requests.child(["root", "2xx"]).value = 10;
    this.#counts.observedGauge("netkit_serve_requests_in_flight", "In flight.", () => inFlight);
    setImmediate(() => this.#tell({ kind: "here" }));
  }

  send(message: ToWorker): void {
    this.heard.push(message);
    if (!this.stopped) setImmediate(() => this.#answer(message));
  }

  /** Goes on where it was stopped. */
  resume(): void {
    this.stopped = false;
    this.#requests.child(["root", "2xx"]).value = 20;
    for (const message of this.heard.filter(({ kind }) => kind === "snapshot").slice(-1))
      this.#answer(message);
  }

  #tell(message: FromWorker): void {
    this.emit("message", message);
  }

  #answer({ kind, id }: ToWorker): void {
    switch (kind) {
      case "start":
        this.#tell({ kind: "started", id, listeners: [LISTENING] });
        return;
      case "snapshot":
        this.#tell({ kind: "snapshot", id, snapshot: this.#counts.snapshot(), open: 0 });
        return;
      case "reload":
        this.#tell({ kind: "reloaded", id, events: [] });
        return;
      case "stop-accepting":
        this.#tell({ kind: "stopped-accepting", id });
        return;
      case "drain":
        this.#tell({ kind: "drained", id, report: { finished: 1, cut: 0, idleClosed: 0, seconds: 0 } });
    }
  }
}

const PLAN: ServePlan = servePlan([{ endpoint: parseEndpoint("http://127.0.0.1:0", "serve") }], {
  threads: 2,
  admin: { host: "127.0.0.1", port: 0 },
});

describe("several workers behind one admin listener", () => {
  let workers: FakeWorker[] = [];

  beforeEach(() => {
    workers = [];
    vi.spyOn(cluster, "setupPrimary").mockImplementation(() => {});
    vi.spyOn(cluster, "fork").mockImplementation(() => {
      workers.push(new FakeWorker(workers.length));
      return workers.at(-1) as unknown as Worker;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it("/stats and /metrics wait a second for one that is stuck, use its last figures, and say so", async () => {
    await using server = await startServer(PLAN);
    const ask = async () => {
      const began = performance.now();
      const [stats, metrics] = await Promise.all([
        fetch(`${server.admin!.url}/stats`).then((answer) => answer.json()),
        fetch(`${server.admin!.url}/metrics`).then((answer) => answer.text()),
      ]);
      return { stats, metrics, ms: performance.now() - began };
    };
    const before = await ask();
    expect(before.stats).toMatchObject({ threads: 2, workersMissing: 0, requests: { total: 20 } });
    expect(before.metrics).toContain("\nnetkit_serve_workers_missing 0\n");
    expect(before.ms).toBeLessThan(900);

    workers[1]!.stopped = true;
    const stuck = await ask();
    expect(stuck.stats).toMatchObject({ threads: 2, workersMissing: 1, requests: { total: 20 } });
    expect(stuck.metrics).toContain("\nnetkit_serve_workers_missing 1\n");
    expect(stuck.ms).toBeGreaterThan(900);
    expect(stuck.ms).toBeLessThan(5000);

    // From here on nobody waits for it, and nothing piles up in its mailbox.
    const heard = workers[1]!.heard.length;
    const again = await ask();
    expect(again.stats).toMatchObject({ workersMissing: 1, requests: { total: 20 } });
    expect(again.ms).toBeLessThan(900);
    expect(workers[1]!.heard).toHaveLength(heard);

    workers[1]!.resume();
    const after = await ask();
    expect(after.stats).toMatchObject({ workersMissing: 0, requests: { total: 30 } });
  });

  it("one that died is missing until its successor serves, and what it counted stays", async () => {
    await using server = await startServer(PLAN);
    await server.stats();
    vi.mocked(cluster.fork).mockImplementation(() => {
      const unborn = new FakeWorker(0);
      unborn.stopped = true;
      return unborn as unknown as Worker;
    });
    workers[0]!.emit("exit", 1, null);
    await expect.poll(async () => (await server.stats()).workerRestarts, { timeout: 5000 }).toBe(1);
    expect(await server.stats()).toMatchObject({ workersMissing: 1, requests: { total: 20 } });
  });

  it("a drain does not wait for one that is stuck longer than for the deadline, and counts what it had", async () => {
    const server = await startServer(PLAN);
    await server.stats();
    workers[1]!.stopped = true;
    const report = await server.drain(100);
    expect(report).toMatchObject({ finished: 1, cut: 1 });
    expect(report.seconds).toBeLessThan(10);
  });

  it("a worker that cannot reload is told of, not thrown", async () => {
    await using server = await startServer(PLAN);
    const reloading = server.reload();
    workers[1]!.emit("exit", 1, null);
    workers[1]!.stopped = true;
    expect(await reloading).toMatchObject([{ kind: "certificate-kept", error: { code: "NK_WORKER_DIED" } }]);
  });
});

describe("the shares of max-connections", () => {
  const loads = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 });

  it("take nothing from anybody and are never more than the whole", () => {
    fc.assert(
      fc.property(fc.nat(200), loads, fc.nat(20), (total, open, round) => {
        const shares = dealShares(total, open, round);
        const held = open.reduce((sum, count) => sum + count, 0);
        expect(shares.every((share, at) => share >= open[at]!)).toBe(true);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.max(total, held));
        const parts = shares.map((share, at) => share - open[at]!);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("come round to every worker, also when there are fewer than workers", () => {
    const rounds = [0, 1, 2].map((round) => dealShares(1, [0, 0, 0], round).indexOf(1));
    expect(new Set(rounds).size).toBe(3);
  });

  it("are without end when the whole is", () => {
    expect(dealShares(Number.POSITIVE_INFINITY, [3, 0], 1)).toEqual([Infinity, Infinity]);
  });
});
