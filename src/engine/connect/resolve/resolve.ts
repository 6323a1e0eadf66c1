/**
 * From a host to addresses, as Happy Eyeballs wants them: both families asked at once and timed apart, the way on
 * open as soon as RFC 8305 section 3 allows, and what comes afterwards handed on.
 *
 *      resolve() ──► { first, later, report() } ──► race over `first` ──► `later` joins ──► path ends: report()
 *
 * Guarantees: the outcome is a value, and a failure has its report too; nobody is asked for an address, nor for what
 * `--resolve` names; after `close` (or `using`) no question is open but a getaddrinfo that cannot be called back.
 * IPv6 comes first and the families alternate (RFC 8305 section 4); within a family the resolver's order is kept.
 */
import { type Clock, monotonicClock } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";
import { Deadline } from "../../../core/lifecycle/deadline.ts";
import { type Address, interleave } from "../../../core/lifecycle/happy-eyeballs.ts";
import type { ConnectPlan } from "../plan.ts";
import type { Query, Resolution } from "../result.ts";
import { annotated } from "./annotate.ts";
import { dnsAsker } from "./ask-name.ts";
import type { Answer, Asker, RecordType, Transport } from "./asker.ts";
import { dnsServer } from "./dns-server.ts";
import { nextStanding, RESOLUTION_DELAY_MS, type Standing } from "./families.ts";
import { fixedAddresses } from "./fixed.ts";
import { HttpsTransport } from "./https.ts";
import { queryResult, type WayOn } from "./query-result.ts";
import { resolutionError, wrongFamily } from "./resolution-error.ts";
import { realSystem, type SystemView, systemAsker } from "./system.ts";

/** What of a plan matters here; a whole one fits. */
export type ResolvePlan = Pick<ConnectPlan, "resolver" | "overrides" | "family"> & {
  readonly timeouts: Pick<ConnectPlan["timeouts"], "resolveMs">;
  /** CAs for DNS over HTTPS. */
  readonly tls: Pick<ConnectPlan["tls"], "ca">;
};

export interface ResolveTarget {
  /** ASCII; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ResolveOptions {
  /** When the path began, in microseconds of the clock; `startUs` counts from there. Default: now. */
  readonly pathStartUs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly system?: SystemView | undefined;
  /** Default 50. */
  readonly resolutionDelayMs?: number | undefined;
}

export interface Resolved extends Disposable {
  readonly kind: "resolved";
  /** At least one, in the order to be tried. */
  readonly first: readonly Address[];
  /** Those of the family that was waited for no longer; empty when there are none. Never rejects. */
  readonly later: Promise<readonly Address[]>;
  /** What is known by now; to be asked when the path ends, before `close`. */
  report(): Resolution;
  /** Ends what is still asked. */
  close(): void;
}

export type ResolveResult =
  | Resolved
  | { readonly kind: "failed"; readonly error: NetkitError; readonly resolution: Resolution };

/** How long a failure waits for a second opinion, and for the family not asked for: only its words get better. */
const SECOND_OPINION_MS = 100;
const OTHER_FAMILY_MS = 1000;

export async function resolve(
  plan: ResolvePlan,
  target: ResolveTarget,
  options: ResolveOptions = {},
  signal?: AbortSignal,
): Promise<ResolveResult> {
  const { host } = target;
  const fixed = fixedAddresses(plan, target);
  if (fixed === undefined) return new RunningResolution(plan, host, options, signal).begin();
  const { label, addresses } = fixed;
  const resolution: Resolution = { name: host, resolver: label, transport: null, queries: [], cname: [] };
  const usable = addresses.filter(({ family }) => plan.family === undefined || family === plan.family);
  if (usable.length === 0) {
    const has = addresses.map(({ address }) => address);
    const from = label === "literal" ? "the URL" : label;
    return { kind: "failed", error: wrongFamily(host, plan.family ?? 4, has, from), resolution };
  }
  const close = (): void => undefined;
  return {
    kind: "resolved",
    first: interleave(usable),
    later: Promise.resolve([]),
    report: () => resolution,
    close,
    [Symbol.dispose]: close,
  };
}

function askerOf(plan: ResolvePlan, system: SystemView): Asker {
  const { resolver, timeouts, tls } = plan;
  const timeoutMs = timeouts.resolveMs;
  switch (resolver.kind) {
    case "system":
      return systemAsker(system, timeoutMs);
    case "dns":
      return dnsAsker(dnsServer(resolver.address, resolver.port, timeoutMs));
    case "https":
      return dnsAsker(new HttpsTransport({ url: resolver.url, ca: tls.ca, timeoutMs }));
  }
}

/** One family's question: `answer` once it came. */
interface Question {
  readonly startUs: number;
  endUs: number;
  answer: Answer | undefined;
}

class RunningResolution implements Disposable {
  readonly kind = "resolved";
  first: readonly Address[] = [];
  readonly later: Promise<readonly Address[]>;
  readonly #host: string;
  readonly #plan: ResolvePlan;
  readonly #clock: Clock;
  readonly #pathStartUs: number;
  readonly #delayMs: number;
  readonly #parent: AbortSignal | undefined;
  readonly #asker: Asker;
  readonly #deadline: Deadline;
  /** Ends the questions: by the deadline, by the caller, or because the path has ended. */
  readonly #end = new AbortController();
  readonly #questions = new Map<RecordType, Question>();
  readonly #firstTypes = new Set<RecordType>();
  #standing: Standing;
  #delay: NodeJS.Timeout | undefined;
  /** When the first addresses came. */
  #usableUs = Number.POSITIVE_INFINITY;
  #lastTransport: Transport = null;
  #elsewhere: Answer | undefined;
  #settle: () => void = () => undefined;
  #settleLater: (addresses: readonly Address[]) => void = () => undefined;

  constructor(plan: ResolvePlan, host: string, options: ResolveOptions, signal: AbortSignal | undefined) {
    this.#plan = plan;
    this.#host = host;
    this.#clock = options.clock ?? monotonicClock;
    this.#pathStartUs = options.pathStartUs ?? this.#clock.nowUs();
    this.#delayMs = options.resolutionDelayMs ?? RESOLUTION_DELAY_MS;
    this.#parent = signal;
    this.#asker = askerOf(plan, options.system ?? realSystem);
    this.#deadline = new Deadline({ timeoutMs: plan.timeouts.resolveMs, signal });
    this.#standing = { kind: "waiting", pending: this.#types() };
    this.later = new Promise((resolve) => {
      this.#settleLater = resolve;
    });
  }

  async begin(): Promise<ResolveResult> {
    const enough = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    const onDeadline = (): void => this.#end.abort();
    this.#deadline.signal.addEventListener("abort", onDeadline, { once: true });
    if (this.#deadline.signal.aborted) onDeadline();
    for (const type of this.#types()) void this.#ask(type);
    await enough;
    if (this.#standing.kind === "ready" && !this.#parent?.aborted) return this;
    if (!this.#parent?.aborted) await this.#findOutMore();
    const failure: ResolveResult = {
      kind: "failed",
      error: this.#parent?.aborted ? aborted(this.#host, this.#parent.reason) : this.#error(),
      resolution: this.report(),
    };
    this.close();
    return failure;
  }

  close(): void {
    clearTimeout(this.#delay);
    this.#deadline[Symbol.dispose]();
    this.#end.abort();
    this.#asker.close();
    this.#settleLater([]);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  report(): Resolution {
    const answers = this.#types().map((type) => this.#annotated(type));
    return {
      name: this.#host,
      resolver: this.#asker.label,
      transport: this.#lastTransport,
      queries: this.#types().map((type) => this.#query(type)),
      cname: answers.find((answer) => answer !== undefined && answer.cname.length > 0)?.cname ?? [],
    };
  }

  #types(): readonly RecordType[] {
    const { family } = this.#plan;
    // RFC 8305 section 3: AAAA first, A right after it.
    return family === 4 ? ["A"] : family === 6 ? ["AAAA"] : ["AAAA", "A"];
  }

  async #ask(type: RecordType): Promise<void> {
    const question: Question = { startUs: this.#clock.nowUs(), endUs: 0, answer: undefined };
    this.#questions.set(type, question);
    const answer = await this.#asker.ask(this.#host, type, this.#end.signal);
    // Ended by the end of the path: it was not answered, whatever the asker says.
    if (this.#end.signal.aborted && this.#deadline.outcome !== "timeout") {
      this.#settle();
      this.#settleLater([]);
      return;
    }
    question.endUs = this.#clock.nowUs();
    question.answer = answer;
    if (answer.transport !== null) this.#lastTransport = answer.transport;
    const hasAddresses = answer.kind === "addresses";
    if (hasAddresses) this.#usableUs = Math.min(this.#usableUs, question.endUs);
    const before = this.#standing;
    this.#move(nextStanding(before, { kind: "answered", type, hasAddresses }));
    if (before.kind === "ready") this.#settleLater(hasAddresses ? this.#addresses([type]) : []);
  }

  #move(next: Standing): void {
    const before = this.#standing;
    this.#standing = next;
    if (next.kind === before.kind) return;
    clearTimeout(this.#delay);
    if (next.kind === "holding") {
      this.#delay = setTimeout(() => this.#move(nextStanding(next, { kind: "delay-over" })), this.#delayMs);
    } else if (next.kind === "ready") {
      for (const type of this.#types()) {
        if (this.#questions.get(type)?.answer?.kind === "addresses") this.#firstTypes.add(type);
      }
      this.first = interleave(this.#addresses(this.#types()));
      if (next.pending.length === 0) this.#settleLater([]);
      this.#settle();
    } else this.#settle();
  }

  #addresses(types: readonly RecordType[]): Address[] {
    return types.flatMap((type) => {
      const answer = this.#questions.get(type)?.answer;
      const family = type === "A" ? 4 : 6;
      return answer?.kind === "addresses"
        ? answer.records.map(({ address }) => ({ address, family }) as const)
        : [];
    });
  }

  #annotated(type: RecordType): Answer | undefined {
    const answer = this.#questions.get(type)?.answer;
    const sibling = this.#questions.get(type === "A" ? "AAAA" : "A")?.answer ?? this.#elsewhere;
    return answer && annotated(answer, type, this.#asker.beside, sibling);
  }

  #query(type: RecordType): Query {
    const pathStartUs = this.#pathStartUs;
    const question = this.#questions.get(type) ?? { startUs: pathStartUs, endUs: 0, answer: undefined };
    const { startUs, answer } = question;
    const endUs = answer === undefined ? this.#clock.nowUs() : question.endUs;
    return queryResult(
      type,
      { startUs, endUs, pathStartUs },
      this.#annotated(type),
      this.#wayOn(type, endUs),
    );
  }

  /** An answer that came within the delay after the first one is not late, though the path may have gone on. */
  #wayOn(type: RecordType, endUs: number): WayOn {
    if (this.#standing.kind !== "ready") return "nowhere";
    const late = !this.#firstTypes.has(type) && endUs > this.#usableUs + this.#delayMs * 1000;
    return late ? "without" : "with";
  }

  /** Nothing was found; nothing is lost by asking, for a moment, why. */
  async #findOutMore(): Promise<void> {
    const { family } = this.#plan;
    const answers = [...this.#questions.values()].map(({ answer }) => answer);
    const silent = answers.some(
      (answer) => answer?.kind === "failed" && answer.failure.code === "NK_DNS_TIMEOUT",
    );
    if (silent) return;
    const { beside } = this.#asker;
    if (beside !== undefined) await within(SECOND_OPINION_MS, this.#parent, () => beside.settled);
    if (family === undefined || answers.some((answer) => answer?.kind === "failed")) return;
    await within(OTHER_FAMILY_MS, this.#parent, async (signal) => {
      this.#elsewhere = await this.#asker.ask(this.#host, family === 4 ? "AAAA" : "A", signal);
    });
  }

  #error(): NetkitError {
    const answers = new Map<RecordType, Answer>();
    for (const type of this.#types()) {
      const answer = this.#annotated(type);
      if (answer !== undefined) answers.set(type, answer);
    }
    const elsewhere =
      this.#elsewhere?.kind === "addresses" ? this.#elsewhere.records.map(({ address }) => address) : [];
    return resolutionError({ host: this.#host, server: this.#asker.spokenLabel, answers, elsewhere });
  }
}

/** Waits for the work, but no longer than this; what it comes to is the work's own affair. */
async function within(
  timeoutMs: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using deadline = new Deadline({ timeoutMs, signal: parent });
  await deadline.race(work(deadline.signal)).catch(() => undefined);
}

function aborted(host: string, cause: unknown): NetkitError {
  return new NetkitError("dns", "NK_ABORTED", `stopped resolving ${host}`, {
    subject: host,
    why: "it was told to stop",
    cause,
  });
}
