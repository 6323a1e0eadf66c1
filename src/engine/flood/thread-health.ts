/**
 * A generator thread's view of itself: how busy its event loop is, how long the scheduler let it wait, how
 * late its timer fires, what the garbage collector took. Evidence for the verdict on the measurement.
 */
import { readFileSync } from "node:fs";
import { type EventLoopUtilization, PerformanceObserver, performance } from "node:perf_hooks";
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import type { ThreadHealth } from "./messages.ts";

interface SchedulerTimes {
  readonly runNs: number;
  /** Runnable, waiting for a processor. */
  readonly waitNs: number;
}

/** Linux tells run and run-queue time of the calling thread (proc(5), schedstat); elsewhere unknown. */
function schedulerTimes(): SchedulerTimes {
  try {
    const [runNs, waitNs] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ").map(Number);
    return { runNs: runNs ?? Number.NaN, waitNs: waitNs ?? Number.NaN };
  } catch {
    return { runNs: Number.NaN, waitNs: Number.NaN };
  }
}

export class HealthMonitor implements Disposable {
  readonly #lag = new LatencyHistogram();
  readonly #observer: PerformanceObserver;
  #gc = { pauses: 0, totalMs: 0, maxMs: 0 };
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #scheduler = schedulerTimes();
  #sinceMs = performance.now();

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const pause of list.getEntries()) {
        this.#gc.pauses++;
        this.#gc.totalMs += pause.duration;
        this.#gc.maxMs = Math.max(this.#gc.maxMs, pause.duration);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Starts again: what came before (start-up, warm-up) does not count. */
  reset(): void {
    this.#lag.reset();
    this.#gc = { pauses: 0, totalMs: 0, maxMs: 0 };
    this.#loop = performance.eventLoopUtilization();
    this.#scheduler = schedulerTimes();
    this.#sinceMs = performance.now();
  }

  /** The scan came this much later than planned. */
  lag(us: number): void {
    this.#lag.record(us);
  }

  read(): ThreadHealth {
    const elapsedNs = Math.max(1, (performance.now() - this.#sinceMs) * 1e6);
    const scheduler = schedulerTimes();
    return {
      busy: performance.eventLoopUtilization(this.#loop).utilization,
      waiting: Math.min(1, (scheduler.waitNs - this.#scheduler.waitNs) / elapsedNs),
      cpuUs: (scheduler.runNs - this.#scheduler.runNs) / 1000,
      loopLag: this.#lag.isEmpty ? undefined : this.#lag.snapshot(),
      gc: this.#gc,
    };
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}
