/** How a run is read, whatever it is rendered as: its outcome, its plan in words, which figures are open at the top. */
import { assertNever } from "../core/exhaustive.ts";
import { parseExpectation } from "../core/expectation.ts";
import type { Interval, Latencies, LatencySummary, RunResult, Verdict } from "../core/run-document.ts";
import { formatBytes, formatMillis, formatRate, formatShare, groupThousands } from "../core/units.ts";

export const VERDICT_MEANING: Readonly<Record<Verdict, string>> = {
  valid: "the generator was not the limit",
  suspect: "usable with this in mind",
  invalid: "do not use these figures: the generator, not the target, was the limit",
};

/** One sentence, and whether it is good news. `noted` is neither: interrupted, or figures to be read with care. */
export interface Outcome {
  readonly kind: "good" | "noted" | "bad";
  readonly text: string;
}

export function outcomeOf(result: RunResult): Outcome {
  const { expectations, quality, interrupted } = result;
  const broken = expectations.filter(({ holds }) => !holds).length;
  if (interrupted) return { kind: "noted", text: "interrupted: these are the figures until then" };
  if (answers(result) === 0) return { kind: "bad", text: "no request was answered" };
  if (quality.verdict === "invalid") return { kind: "bad", text: `invalid: ${VERDICT_MEANING.invalid}` };
  if (broken > 0)
    return { kind: "bad", text: `${broken} of ${plural(expectations.length, "expectation")} broken` };
  if (allFailedUnjudged(result)) return { kind: "bad", text: "every request failed" };
  const held =
    expectations.length === 0
      ? "measured"
      : expectations.length === 1
        ? "the expectation holds"
        : `all ${expectations.length} expectations hold`;
  if (quality.verdict === "suspect")
    return { kind: "noted", text: `${held}; suspect: ${VERDICT_MEANING.suspect}` };
  return { kind: "good", text: held };
}

/** Answers of any status; where the protocol has none, right ones and wrong ones. */
export function answers({ statuses, totals, errors, held, throughput, fanOut }: RunResult): number {
  // Of connections that were held it is that they stood, of streams that there were any.
  if (held !== undefined || throughput !== undefined) return totals.connectionsOpened;
  // A message that only some have heard is no answer, and yet no silence.
  if (fanOut !== undefined) return fanOut.delivered;
  const withStatus = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const wrong = errors.find(({ kind }) => kind === "wrong-answer")?.count ?? 0;
  return Math.max(withStatus, totals.succeeded + wrong);
}

/** Whoever says how many failures are too many has decided about a run in which all failed. */
const ABOUT_FAILURES: ReadonlySet<string> = new Set(["error_rate", "failed", "succeeded"]);

export function allFailedUnjudged({ totals, expectations, plan }: RunResult): boolean {
  if (totals.succeeded > 0 || plan.load === "hold" || plan.load === "stream") return false;
  return !expectations.some(({ text }) => ABOUT_FAILURES.has(parseExpectation(text).metric));
}

/** The first target, and how many more there are. */
export function targetWords({ plan: { urls } }: RunResult): string {
  const [first = "", ...more] = urls;
  return more.length === 0 ? first : `${first} and ${groupThousands(more.length)} more`;
}

/** The plan as a reader would say it. `method` is cut by who has no room. */
export function planWords({ plan, fanOut }: RunResult, method = plan.method): string[] {
  const words = plan.connections === 0 ? [] : [plural(plan.connections, "connection")];
  if (fanOut !== undefined) words.splice(0, 1, `1 sender, ${plural(fanOut.listeners, "listener")}`);
  else if (plan.depth > 1) words.push(`${plan.depth} in flight on each`);
  if (plan.newConnection) words.push("one request a connection");
  if (plan.requestsPerConnection !== undefined)
    words.push(`${groupThousands(plan.requestsPerConnection)} requests a connection`);
  if (plan.connectRate !== undefined) words.push(formatRate(plan.connectRate, "new connections"));
  words.push(loadWords(plan));
  if (plan.durationSeconds !== null) words.push(formatMillis(plan.durationSeconds * 1000));
  if (plan.requests !== null) words.push(plural(plan.requests, "request"));
  if (plan.warmupSeconds > 0) words.push(`after ${formatMillis(plan.warmupSeconds * 1000)} warm-up`);
  if (plan.threads > 0) words.push(plural(plan.threads, "thread"));
  if (plan.protocol !== "HTTP/1.1" && plan.protocol !== "unknown") words.push(plan.protocol);
  if (plan.method !== "GET" && plan.method !== "unknown") words.push(method);
  if (plan.rows !== undefined) words.push(`${groupThousands(plan.rows)} rows`);
  else if (plan.bodyBytes > 0) words.push(`body ${formatBytes(plan.bodyBytes)}`);
  if (plan.way !== undefined) words.push(plan.way);
  if (plan.insecure) words.push("certificate not checked");
  return words;
}

function loadWords(plan: RunResult["plan"]): string {
  switch (plan.load) {
    case "closed":
      return "closed loop";
    case "open":
      return `open loop, ${offeredWords(plan)}`;
    case "stream":
      return "as fast as it goes";
    case "hold":
      return "held, asked nothing";
    default:
      return assertNever(plan.load);
  }
}

/** An imported run may not know. */
export function offeredWords({ rate, arrival }: RunResult["plan"]): string {
  return rate === null ? "its rate not known" : `${formatRate(rate)} ${arrival ?? "constant"}`;
}

export function plural(count: number, noun: string): string {
  return `${groupThousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const LATENCY_LABELS: readonly (readonly [keyof Latencies, string])[] = [
  ["response", "response"],
  ["service", "service"],
  ["lateness", "send lateness"],
  ["firstByte", "first byte"],
  ["dns", "DNS"],
  ["connect", "TCP connect"],
  ["tls", "TLS handshake"],
  ["failed", "failed requests"],
];

/** In a closed loop the response time is the service time, and one row says it. */
export function latencyRows(result: RunResult): (readonly [keyof Latencies, string])[] {
  const closed = result.plan.load === "closed";
  return LATENCY_LABELS.filter(([name]) => {
    if (closed && (name === "service" || name === "lateness")) return false;
    return result.latency[name].count > 0 || (name === "response" && hasRequests(result));
  });
}

/** False for connections on which nothing is asked. */
export function hasRequests({ plan }: RunResult): boolean {
  return plan.load === "closed" || plan.load === "open";
}

export type LatencyFigure = Exclude<keyof LatencySummary, "unit" | "count">;

const PERCENT: Partial<Record<LatencyFigure, number>> = {
  p50: 50,
  p75: 75,
  p90: 90,
  p95: 95,
  p99: 99,
  p99_9: 99.9,
  p99_99: 99.99,
};

/**
 * Whether unanswered requests may stand beyond the figure: the true value can then only be larger. Of what is counted
 * from a first byte or a connection, none does.
 */
export function isOpenAbove(totals: Counted, name: keyof Latencies, figure: LatencyFigure): boolean {
  const percent = PERCENT[figure];
  const share = name === "response" || name === "service" ? censoredShare(totals) : 0;
  return percent !== undefined && share > 0 && 1 - percent / 100 <= share;
}

type Counted = Pick<RunResult["totals"], "succeeded" | "censored">;

function censoredShare({ succeeded, censored }: Counted): number {
  const counted = succeeded + censored;
  return counted === 0 ? 0 : censored / counted;
}

/** In parts between which a line may break; nothing when all was answered. */
export function censoredWords({ totals }: RunResult): string[] {
  if (totals.censored === 0) return [];
  const cut = totals.censored - totals.timedOut - totals.unsent;
  const kinds = [
    totals.timedOut > 0 ? `${groupThousands(totals.timedOut)} timed out` : "",
    cut > 0 ? `${groupThousands(cut)} in flight at the end` : "",
    totals.unsent > 0 ? `${groupThousands(totals.unsent)} due but never sent` : "",
  ].filter(Boolean);
  return [
    `${formatShare(totals.censored / totals.requests)} unanswered,`,
    `counted as "at least" their age:`,
    ...kinds.map((kind, at) => (at < kinds.length - 1 ? `${kind},` : kind)),
  ];
}

/** A last interval much shorter than the others would draw a fall that did not happen. */
export function withoutStub(intervals: readonly Interval[]): readonly Interval[] {
  const last = intervals.at(-1);
  const first = intervals[0];
  if (last === undefined || first === undefined || intervals.length < 2) return intervals;
  return last.seconds < first.seconds * 0.5 ? intervals.slice(0, -1) : intervals;
}
