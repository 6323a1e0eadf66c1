/**
 * Carries out a flood: threads, clock, stop, quality. Plan in, result out.
 *
 *   resolve ─► threads open their connections ─► all ready ─► one start instant ─► a snapshot a second
 *           ─► done ─► merge ─► expectations ─► verdict
 */
import { nowUs } from "../../core/clock.ts";
import { NetkitError } from "../../core/errors.ts";
import type { ParsedExpectation } from "../../core/expectation.ts";
import type { RunResult } from "../../core/run-document.ts";
import { Collector } from "./collector.ts";
import { compose } from "./compose.ts";
import { rankAddresses, resolveWay } from "./connector.ts";
import { Crew } from "./crew.ts";
import { descriptorUse } from "./environment.ts";
import { checkExpectations } from "./expectations.ts";
import type { FloodPlan } from "./plan.ts";
import type { LiveProgress } from "./progress.ts";
import { connectionsOf } from "./schedule.ts";

export interface FloodOptions {
  /** Of netkit, for the result. */
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  /** For expectations relative to it. */
  readonly baseline?: RunResult | undefined;
  /** About once a second. */
  readonly onProgress?: (progress: LiveProgress) => void;
  /** Aborted: send nothing more, wait for what is in flight, report. */
  readonly drain: AbortSignal;
  /** Aborted: stop at once, report what there is. */
  readonly abort: AbortSignal;
}

// Threads are told the start this much ahead, so that all of them begin at the same instant.
const START_AHEAD_US = 20_000;

/**
 * @throws NetkitError when the name does not resolve, no connection could be opened at all (stages `dns`,
 * `connect`, `tls`), or a thread died.
 */
export async function runFlood(plan: FloodPlan, options: FloodOptions): Promise<RunResult> {
  checkExpectations(options.expectations, plan, options.baseline);
  checkDescriptors(connectionsOf(plan, { index: 0, threads: 1 }));
  const { addresses: found, dnsUs } = await resolveWay(plan.way);
  const addresses = await rankAddresses(found, plan.way.port, plan.timeoutMs, options.drain);
  const collector = new Collector(plan);
  if (!Number.isNaN(dnsUs)) collector.histogram("dns").record(dnsUs);
  const crew = new Crew(plan, addresses, collector);
  const stopListening = listen(crew, options);
  try {
    await crew.ready();
    const opening = {
      us: crew.openingUs,
      residentBytesBefore: crew.residentBytes,
      residentBytesAfter: process.memoryUsage.rss(),
    };
    const startedAt = new Date();
    const startUs = Math.ceil(nowUs() + START_AHEAD_US);
    const progress = reportProgress(plan, collector, startUs, options.onProgress);
    crew.start(startUs);
    await crew.finished();
    clearInterval(progress);
    const measureFromUs = startUs + Math.round(plan.warmupSeconds * 1e6);
    const interrupted = options.drain.aborted || options.abort.aborted;
    return compose(plan, collector, {
      version: options.version,
      expectations: options.expectations,
      baseline: options.baseline,
      startedAt,
      measureFromUs,
      lastEndUs: crew.lastEndUs,
      health: crew.health,
      opening,
      interrupted,
    });
  } finally {
    stopListening();
    await crew.dismiss();
  }
}

/** Sooner than after tens of thousands of attempts, each of which fails for the same reason. */
function checkDescriptors(connections: number): void {
  const { limit } = descriptorUse();
  if (limit === null || connections < limit) return;
  throw new NetkitError("resource", "NK_DESCRIPTORS", `could not open ${connections} connections`, {
    subject: `${connections} connections`,
    why: `this process may have ${limit} file descriptors, and each connection takes one`,
    next: "raise the limit (ulimit -n) or use fewer --connections",
  });
}

function listen(crew: Crew, { drain, abort }: FloodOptions): () => void {
  const onDrain = () => crew.tell({ kind: "drain" });
  const onAbort = () => crew.tell({ kind: "abort" });
  drain.addEventListener("abort", onDrain);
  abort.addEventListener("abort", onAbort);
  // An interrupt may have come while the name was being resolved.
  if (drain.aborted) onDrain();
  if (abort.aborted) onAbort();
  return () => {
    drain.removeEventListener("abort", onDrain);
    abort.removeEventListener("abort", onAbort);
  };
}

function reportProgress(
  plan: FloodPlan,
  collector: Collector,
  startUs: number,
  onProgress: FloodOptions["onProgress"],
): NodeJS.Timeout | undefined {
  if (onProgress === undefined) return undefined;
  const totalSeconds = plan.stop.kind === "duration" ? plan.warmupSeconds + plan.stop.seconds : null;
  const timer = setInterval(() => {
    const elapsedSeconds = (nowUs() - startUs) / 1e6;
    const { requests, response, inFlight } = collector.newest;
    onProgress({
      phase:
        elapsedSeconds < plan.warmupSeconds
          ? "warm-up"
          : totalSeconds !== null && elapsedSeconds >= totalSeconds
            ? "draining"
            : "measuring",
      elapsedSeconds,
      totalSeconds,
      requests: collector.requests,
      totalRequests: plan.stop.kind === "requests" ? plan.stop.count : null,
      failed: collector.counters.failed,
      ratePerSecond: requests,
      p50Us: response.valueAtPercentile(50) ?? null,
      p99Us: response.valueAtPercentile(99) ?? null,
      inFlight,
    });
  }, 500);
  timer.unref();
  return timer;
}
