/**
 * What a reader should not have to find out from tables: each finding is one sentence, with the next thing to try.
 * Evidence in, sentences out; pure.
 */
import { formatMillis, formatShare, groupThousands } from "../../core/units.ts";
import { failureWords } from "./load/recorder.ts";
import type { Unanswered } from "./probes/questions.ts";
import type { Finding, PoolTestResult, SizeRow, SizeRun } from "./result.ts";

type Evidence = Omit<PoolTestResult, "findings">;

/** A client served this many times as often as another is no accident. */
const UNFAIR = 3;
/** Without idle time, a process cannot tell that it is not the limit itself. */
const BUSY = 0.95;
/** Fewer checkouts than this have no 99th percentile. */
const ENOUGH = 100;
/** More connections made than this many times what was ever open: they are not reused. */
const CHURN = 3;

/** @param unanswered what could not be asked */
export function findingsOf(result: Evidence, unanswered: readonly Unanswered[] = []): Finding[] {
  return [
    ...result.rows.flatMap((row) => ofRow(row, result)),
    ...result.rows.flatMap((row) => ofRuns(row.size, result)),
    ...ofProcess(result),
    ...ofSweep(result),
    ...ofChaos(result),
    ...ofProbes(result),
    ...unanswered.map(ofUnanswered),
    ...ofPlan(result),
  ].sort((one, other) => WEIGHT[one.severity] - WEIGHT[other.severity]);
}

const WEIGHT: Record<Finding["severity"], number> = { error: 0, warning: 1, info: 2 };

function finding(
  severity: Finding["severity"],
  code: string,
  text: string,
  next: string | null = null,
  size: number | null = null,
): Finding {
  return { severity, code, text, next, size };
}

function ofRow({ size, counts }: SizeRow, { plan }: Evidence): Finding[] {
  const found: Finding[] = [];
  const share = (count: number): string => formatShare(count / Math.max(1, counts.callers));
  if (counts.succeeded === 0 && counts.callers > 0) {
    const text = `with ${connections(size)} nobody was served`;
    found.push(finding("error", "nothing-served", text, "look at the errors of that size", size));
  } else if (counts.failed > counts.refused) {
    const text = `with ${connections(size)} ${share(counts.failed - counts.refused)} of the checkouts failed`;
    found.push(finding("error", "failures", text, "look at the errors of that size", size));
  }
  if (counts.timedOut > 0) {
    const text = `with ${connections(size)} ${share(counts.timedOut)} of the callers waited longer than the acquire time-out`;
    found.push(
      finding("warning", "acquire-timeout", text, "make the pool larger, or hold leases for less time", size),
    );
  }
  if (counts.refused > 0) {
    const text = `with ${connections(size)} ${share(counts.refused)} of the callers were refused, the queue was full`;
    found.push(
      finding("warning", "queue-full", text, "make the pool larger, or let more callers wait", size),
    );
  }
  if (counts.overflowed > 0) {
    const text = `with ${connections(size)} ${share(counts.overflowed)} of the arrivals were not sent: as many callers as allowed were under way`;
    found.push(
      finding("warning", "overflow", text, "the pool does not keep up with this rate; lower it", size),
    );
  }
  const still = counts.censored - counts.timedOut;
  if (still > 0) {
    const text = `with ${connections(size)} ${groupThousands(still)} callers were still under way when the drain ended`;
    found.push(finding("warning", "unfinished", text, plan.load === "open" ? "lower the rate" : null, size));
  }
  return found;
}

function ofRuns(size: number, { runs: all, plan, chaos }: Evidence): Finding[] {
  const runs = all.filter((run) => run.size === size);
  const found: Finding[] = [];
  const reasons = new Set(runs.flatMap((run) => run.reasons));
  for (const reason of reasons) {
    found.push(finding("warning", "suspect", `with ${connections(size)} ${reason}`, null, size));
  }
  const served = runs.reduce((sum, run) => sum + run.counts.succeeded, 0);
  if (served > 0 && served < ENOUGH) {
    const text = `with ${connections(size)} only ${served} checkouts were measured`;
    found.push(finding("warning", "few", text, "measure longer with --duration", size));
  }
  const apart = runs.find((run) => run.server?.agrees === false);
  if (apart !== undefined) found.push(disagreement(apart));
  const limit = runs.find((run) => run.server?.limit != null)?.server?.limit;
  if (limit !== undefined && limit !== null && size > limit) {
    const text = `a pool of ${size} is more than the server lets in (${limit})`;
    found.push(finding("error", "server-limit", text, "make it smaller, or raise the server's limit", size));
  }
  // One that was stopped at once had no time to close them.
  const ended = runs.filter(({ interrupted }) => !interrupted);
  const left = Math.max(0, ...ended.map((run) => run.connections.leftOpen));
  if (left > 0) {
    const text = `the pool of ${size} left ${connections(left)} open after it was closed`;
    found.push(finding("error", "left-open", text, null, size));
  }
  const failed = runs.reduce((sum, run) => sum + run.connections.createFailed, 0);
  if (failed > 0 && chaos === null) {
    const text = `with a pool of ${size} ${groupThousands(failed)} attempts to connect failed`;
    found.push(
      finding("error", "create-failed", text, "look at the server's connection limit and log", size),
    );
  }
  const churn = runs.find(
    ({ connections: { created, maxOpen } }) => maxOpen > 0 && created > CHURN * maxOpen,
  );
  if (churn !== undefined && chaos === null) {
    const { created, maxOpen } = churn.connections;
    const text = `the pool of ${size} made ${connections(created)} although at most ${maxOpen} were open: they are not reused`;
    found.push(finding("warning", "churn", text, "look at why they were destroyed", size));
  }
  const unfair = Math.max(0, ...runs.map((run) => run.clientSpread ?? 0));
  if (unfair > UNFAIR && plan.load === "closed") {
    const text = `with ${connections(size)} one client was served ${unfair.toFixed(1)} times as often as another`;
    found.push(finding("warning", "unfair", text, "the pool does not serve its callers in turn", size));
  }
  return found;
}

function ofProcess({ runs }: Evidence): Finding[] {
  const busy = runs.filter(({ loopBusy }) => (loopBusy ?? 0) >= BUSY);
  if (busy.length === 0) return [];
  const sizes = [...new Set(busy.map(({ size }) => size))].sort((one, other) => one - other);
  const share = formatShare(Math.max(...busy.map(({ loopBusy }) => loopBusy!)));
  const text = `with ${sizes.join(", ")} connections this process was busy up to ${share} of the time: throughput may be its limit, not the pool's or the server's`;
  return [finding("info", "process-busy", text)];
}

function disagreement({ size, server, connections: { maxOpen } }: SizeRun): Finding {
  const text = `the server saw up to ${connections(server!.maxConnections)} (${server!.source}), the pool of ${size} had up to ${maxOpen} open`;
  const next =
    server!.source === "/stats"
      ? "is this its admin listener, and does nobody else use it? Else something between multiplexes, or connections are lost on the way"
      : "something between multiplexes (a pooler, a proxy), or connections are lost on the way";
  return finding("warning", "server-disagrees", text, next, size);
}

function ofSweep({ sweep }: Evidence): Finding[] {
  if (sweep === null || sweep.worseFrom === null) return [];
  const text = `more makes it worse: from ${connections(sweep.worseFrom)} on throughput falls`;
  return [finding("info", "more-is-worse", text, "stay below that size", sweep.worseFrom)];
}

function ofChaos({ chaos }: Evidence): Finding[] {
  if (chaos === null) return [];
  const found: Finding[] = [];
  if (chaos.throughputBefore === 0) {
    const text = `nobody was served before ${chaos.kind}, so nothing can be said of the recovery`;
    found.push(finding("error", "no-recovery-known", text, "measure longer with --duration"));
  } else if (chaos.recoveryMs === null) {
    found.push(finding("error", "not-recovered", `after ${chaos.kind} checkouts never went as before`));
  } else {
    const text = `after ${chaos.kind} checkouts went as before within ${formatMillis(chaos.recoveryMs)}`;
    found.push(finding("info", "recovered", text));
  }
  if (chaos.leaked > 0) {
    const text = `after ${chaos.kind} ${connections(chaos.leaked)} were never closed`;
    found.push(finding("error", "connections-leaked", text));
  }
  return found;
}

function ofProbes({ probes: { leak, nested, exhaustion, idle } }: Evidence): Finding[] {
  const found: Finding[] = [];
  if (leak !== null && !leak.supported) {
    found.push(finding("info", "leak-unsupported", "the pool does not look for leaks"));
  } else if (leak !== null) {
    if (leak.found < leak.planted) {
      const text = `${leak.planted - leak.found} of ${leak.planted} planted leaks were not found`;
      found.push(finding("error", "leak-missed", text));
    }
    if (leak.falseAlarms > 0) {
      const text = `${leak.falseAlarms} slow leases were taken for leaks`;
      found.push(
        finding("warning", "leak-false-alarm", text, "raise the leak threshold above the slowest work"),
      );
    }
  }
  const deadlock = nested?.rows.findLast((row) => row.outcome === "deadlock");
  if (nested != null && deadlock !== undefined) {
    const text = `${nested.callers} callers that take ${nested.depth} leases one inside the other can deadlock with ${connections(deadlock.size)} or fewer`;
    const next = `use at least ${nested.predictedSize}, or take no lease while holding one`;
    found.push(finding("warning", "deadlock", text, next, deadlock.size));
  }
  for (const check of [...(exhaustion ?? []), ...(idle ?? [])]) {
    if (check.outcome === "passed") continue;
    const severity = check.outcome === "failed" ? "error" : "info";
    found.push(finding(severity, check.name, check.detail));
  }
  return found;
}

function ofUnanswered({ question, error }: Unanswered): Finding {
  const text = `${WORDS[question]} could not be tried: ${failureWords(error)}`;
  return finding("error", `${question}-unanswered`, text, error.next ?? null);
}

const WORDS = {
  chaos: "the fault",
  leak: "leaks",
  nested: "nested checkouts",
  exhaustion: "exhaustion",
  idle: "idle connections",
} as const satisfies Record<Unanswered["question"], string>;

function ofPlan({ plan }: Evidence): Finding[] {
  if (plan.ignoredSettings.length === 0) return [];
  const text = `${plan.pool} has no counterpart for ${plan.ignoredSettings.join(", ")}`;
  return [finding("info", "ignored-settings", text)];
}

function connections(count: number): string {
  return count === 1 ? "1 connection" : `${groupThousands(count)} connections`;
}
