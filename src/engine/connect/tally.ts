/**
 * What many paths come to: histograms of the whole and of each phase, loss, jitter, up and down spans, and
 * what changed in the name's addresses. Bounded: it keeps figures, not paths; spans and changes are capped,
 * the oldest go first.
 */
import { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { summarize } from "../../core/metrics/latency-summary.ts";
import type { PathResult, PhaseName, RepeatResult, Span } from "./result.ts";

/** A flapping target may bring one a path: these are kept. */
const MOST_SPANS = 1000;
const MOST_CHANGES = 200;

interface OpenSpan {
  readonly state: "up" | "down";
  readonly fromMs: number;
  untilMs: number;
  paths: number;
}

export class Tally {
  /** Of the paths that went well. */
  readonly total = new LatencyHistogram();
  readonly #phases = new Map<PhaseName, LatencyHistogram>();
  readonly #failures = new Map<string, number>();
  readonly #spans: OpenSpan[] = [];
  readonly #changes: RepeatResult["resolutionChanges"][number][] = [];
  #lastVerdict: PathResult["verdict"] | undefined;
  #lastFailure: PathResult["verdict"] | undefined;
  #addresses: readonly string[] | undefined;
  #sent = 0;
  #failed = 0;
  #lastTotalUs: number | undefined;
  #differences = 0;
  #differenceSumUs = 0;
  #leastDaysLeft: number | undefined;
  #lastStatus: number | undefined;
  #mostBytes: number | undefined;
  #leastThroughput: number | undefined;

  /** An interrupted path tells nothing about the target and is not counted. */
  add(path: PathResult): void {
    if (path.verdict.outcome === "interrupted") return;
    this.#sent++;
    this.#lastVerdict = path.verdict;
    if (path.error !== null) this.#lastFailure = path.verdict;
    const isUp = path.error === null;
    this.#span(isUp ? "up" : "down", Date.parse(path.startedAt), path.totalUs / 1000);
    this.#resolution(path);
    if (!isUp) {
      this.#failed++;
      this.#failures.set(path.error.code, (this.#failures.get(path.error.code) ?? 0) + 1);
      this.#lastTotalUs = undefined;
      return;
    }
    this.total.record(path.totalUs);
    for (const { name, durationUs } of path.phases) this.#histogram(name).record(durationUs);
    if (this.#lastTotalUs !== undefined) {
      this.#differences++;
      this.#differenceSumUs += Math.abs(path.totalUs - this.#lastTotalUs);
    }
    this.#lastTotalUs = path.totalUs;
    this.#figures(path);
  }

  get sent(): number {
    return this.#sent;
  }

  get lastVerdict(): PathResult["verdict"] | undefined {
    return this.#lastVerdict;
  }

  get lastFailure(): PathResult["verdict"] | undefined {
    return this.#lastFailure;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Mean of the absolute differences of neighbours that both went well. */
  get jitterUs(): number | undefined {
    return this.#differences === 0 ? undefined : this.#differenceSumUs / this.#differences;
  }

  get leastDaysLeft(): number | undefined {
    return this.#leastDaysLeft;
  }

  get lastStatus(): number | undefined {
    return this.#lastStatus;
  }

  get mostBytes(): number | undefined {
    return this.#mostBytes;
  }

  /** Bytes received per second of the transfer. */
  get leastThroughput(): number | undefined {
    return this.#leastThroughput;
  }

  phase(name: PhaseName): LatencyHistogram | undefined {
    return this.#phases.get(name);
  }

  result(): RepeatResult {
    return {
      sent: this.#sent,
      succeeded: this.#sent - this.#failed,
      loss: this.#sent === 0 ? 0 : this.#failed / this.#sent,
      total: summarize(this.total),
      phases: Object.fromEntries([...this.#phases].map(([name, histogram]) => [name, summarize(histogram)])),
      jitterUs: this.jitterUs ?? null,
      spans: this.#spans.map(spanResult),
      failures: [...this.#failures].map(([code, count]) => ({ code, count })),
      resolutionChanges: [...this.#changes],
    };
  }

  #histogram(name: PhaseName): LatencyHistogram {
    const known = this.#phases.get(name);
    if (known !== undefined) return known;
    const histogram = new LatencyHistogram();
    this.#phases.set(name, histogram);
    return histogram;
  }

  #span(state: "up" | "down", startMs: number, durationMs: number): void {
    const last = this.#spans.at(-1);
    if (last?.state === state) {
      last.untilMs = startMs + durationMs;
      last.paths++;
      return;
    }
    // A span lasts until the next one begins: nobody looked in between.
    if (last !== undefined) last.untilMs = startMs;
    this.#spans.push({ state, fromMs: startMs, untilMs: startMs + durationMs, paths: 1 });
    if (this.#spans.length > MOST_SPANS) this.#spans.shift();
  }

  #resolution(path: PathResult): void {
    const found = path.resolution?.queries.flatMap(({ records }) => records.map(({ address }) => address));
    if (found === undefined || found.length === 0) return;
    // Resolvers turn the order with every answer; only the set is told.
    const after = [...new Set(found)].sort();
    const before = this.#addresses;
    this.#addresses = after;
    if (before === undefined || before.join() === after.join()) return;
    this.#changes.push({ at: path.startedAt, before, after });
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift();
  }

  #figures(path: PathResult): void {
    const daysLeft = path.tls?.daysLeft;
    if (daysLeft != null) this.#leastDaysLeft = Math.min(daysLeft, this.#leastDaysLeft ?? daysLeft);
    if (path.probe?.kind === "http") this.#lastStatus = path.probe.status;
    this.#mostBytes = Math.max(path.bytesReceived, this.#mostBytes ?? 0);
    const transfer = path.phases.find(({ name }) => name === "transfer");
    if (transfer !== undefined && transfer.durationUs > 0) {
      const perSecond = path.bytesReceived / (transfer.durationUs / 1e6);
      this.#leastThroughput = Math.min(perSecond, this.#leastThroughput ?? perSecond);
    }
  }
}

function spanResult({ state, fromMs, untilMs, paths }: OpenSpan): Span {
  return { state, from: new Date(fromMs).toISOString(), seconds: (untilMs - fromMs) / 1000, paths };
}
