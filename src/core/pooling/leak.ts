/**
 * Finds leases that are never returned, and says where they were taken.
 *
 * Two kinds: `overdue`, held for longer than the threshold (perhaps only slow; counted as recovered when it
 * comes back), and `collected`, garbage collected without a return (certain; the pool takes the resource back
 * and destroys it).
 *
 * Cheap by three means, since a checkout costs 100 ns and a stack 1,500:
 * - A stack is captured as V8's raw frames and formatted only when it is reported.
 * - Stacks have a budget per second; when it is spent, one checkout in 128 still gets one. The first leak found
 *   without a stack lifts the budget for good: from then on every checkout has its stack.
 * - A lease is watched by the garbage collector only once a sweep has seen it held; short ones never are.
 */
import { fileURLToPath } from "node:url";
import type { Entry } from "./entry.ts";
import type { Lease } from "./lease.ts";

export interface LeakPolicy {
  /** Held for longer than this is overdue. Longer than the slowest honest use. */
  readonly thresholdMs: number;
  /** Frames of the caller's stack in a report. Default 8. */
  readonly stackFrames?: number | undefined;
  /** Budget of full stacks. Default 5,000: some 1 % of one core. */
  readonly stacksPerSecond?: number | undefined;
}

export interface LeakReport {
  readonly kind: "overdue" | "collected";
  /** Held for at least this long when it was noticed. */
  readonly heldMs: number;
  /** The caller's frames at checkout, innermost first; undefined when the budget was spent just then. */
  readonly stack: string | undefined;
}

export interface LeakCounts {
  readonly overdue: number;
  readonly collected: number;
  /** Overdue leases that were returned after all. */
  readonly recovered: number;
}

export const NO_LEAKS: LeakCounts = { overdue: 0, collected: 0, recovered: 0 };

export interface LeakHooks<T> {
  /** Takes away a resource whose lease is gone. */
  reclaim(entry: Entry<T>): void;
  report(report: LeakReport): void;
}

const DEFAULT_STACK_FRAMES = 8;
const DEFAULT_STACKS_PER_SECOND = 5_000;
/** Frames inside the pool between the caller and the capture, left out of reports. */
const OWN_FRAMES = 3;
const SAMPLE_MASK = 127;
/** Where our own frames come from: frames name a module by its URL, or by its path when a loader says so. */
const OWN_URL = new URL(".", import.meta.url);
const OWN_FILES = [OWN_URL.href, fileURLToPath(OWN_URL)];

/** A captured place in the program. */
export class CheckoutSite {
  declare readonly stack: string | undefined;

  /** The caller's frames, one per line. Formatting happens here. */
  format(frames: number): string | undefined {
    const lines = this.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
    const first = lines.findIndex((line) => !OWN_FILES.some((own) => line.includes(own)));
    return first < 0 ? undefined : lines.slice(first, first + frames).join("\n");
  }
}

function captureSite(frames: number): CheckoutSite {
  const site = new CheckoutSite();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames + OWN_FRAMES;
  Error.captureStackTrace(site, captureSite);
  Error.stackTraceLimit = limit;
  return site;
}

interface Watched<T> {
  readonly entry: Entry<T>;
  readonly serial: number;
}

export class LeakTracker<T> {
  readonly #thresholdUs: number;
  readonly #frames: number;
  readonly #stacksPerSweep: number;
  readonly #hooks: LeakHooks<T>;
  readonly #registry = new FinalizationRegistry<Watched<T>>((watched) => this.#collected(watched));
  #budget: number;
  #unsampled = 0;
  #everyStack = false;
  #overdue = 0;
  #collectedCount = 0;
  #recovered = 0;

  /** @param sweepMs how often the pool will sweep: the budget is handed out in portions. */
  constructor(policy: LeakPolicy, sweepMs: number, hooks: LeakHooks<T>) {
    this.#thresholdUs = policy.thresholdMs * 1000;
    this.#frames = policy.stackFrames ?? DEFAULT_STACK_FRAMES;
    this.#stacksPerSweep = Math.ceil(
      ((policy.stacksPerSecond ?? DEFAULT_STACKS_PER_SECOND) * sweepMs) / 1000,
    );
    this.#budget = this.#stacksPerSweep;
    this.#hooks = hooks;
  }

  counts(): LeakCounts {
    return { overdue: this.#overdue, collected: this.#collectedCount, recovered: this.#recovered };
  }

  /** The place of this checkout, if the budget allows. To be called in the caller's own call. */
  capture(): CheckoutSite | undefined {
    if (this.#budget > 0) this.#budget--;
    else if (!this.#everyStack && (++this.#unsampled & SAMPLE_MASK) !== 0) return undefined;
    return captureSite(this.#frames);
  }

  leased(entry: Entry<T>, lease: Lease<T>, site: CheckoutSite | undefined): void {
    entry.lease = lease;
    entry.site = site;
  }

  returned(entry: Entry<T>): void {
    entry.lease = undefined;
    entry.site = undefined;
    if (entry.watched) {
      this.#registry.unregister(entry);
      entry.watched = false;
    }
    if (entry.overdue) {
      this.#recovered++;
      entry.overdue = false;
    }
  }

  /** Hands out the budget of stacks up to the next sweep. */
  refill(): void {
    this.#budget = this.#stacksPerSweep;
  }

  /** A sweep has found this lease held for at least `heldUs`. */
  inspect(entry: Entry<T>, heldUs: number): void {
    entry.heldUs = heldUs;
    if (heldUs <= 0) return;
    if (entry.lease !== undefined) {
      this.#registry.register(entry.lease, { entry, serial: entry.serial }, entry);
      entry.watched = true;
      // From here on only its user holds the lease.
      entry.lease = undefined;
    }
    if (heldUs < this.#thresholdUs || entry.overdue) return;
    entry.overdue = true;
    this.#overdue++;
    this.#report("overdue", entry, heldUs);
  }

  #collected({ entry, serial }: Watched<T>): void {
    if (entry.serial !== serial) return;
    this.#collectedCount++;
    entry.watched = false;
    // It will not come back, so it is not to be counted as recovered.
    entry.overdue = false;
    this.#report("collected", entry, entry.heldUs);
    this.#hooks.reclaim(entry);
  }

  #report(kind: LeakReport["kind"], entry: Entry<T>, heldUs: number): void {
    const stack = entry.site?.format(this.#frames);
    if (stack === undefined) this.#everyStack = true;
    this.#hooks.report({ kind, heldMs: heldUs / 1000, stack });
  }
}
