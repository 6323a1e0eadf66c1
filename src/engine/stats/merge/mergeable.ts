/**
 * May these runs be one? They may when they did the same to the same targets from the same kind of place, one after the
 * other: two that ran at the same time shared the machine, and their sum is no run that ever took place.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { PlanRecord, RunResult } from "../../../core/run-document.ts";
import type { NamedRun } from "../compare/run.ts";

export type WholeRun = NamedRun<RunResult>;

/** What has to be the same; how long it went on need not. */
const SAME = [
  "urls",
  "protocol",
  "way",
  "requestsPerConnection",
  "connectRate",
  "method",
  "headers",
  "bodyBytes",
  "load",
  "rate",
  "arrival",
  "connections",
  "depth",
  "threads",
  "timeoutMs",
  "newConnection",
  "insecure",
] as const satisfies readonly (keyof PlanRecord)[];

/** In the order in which they ran. @throws NetkitError `NK_RUNS_UNLIKE` or `NK_RUNS_OVERLAP`, stage file */
export function checkedOrder(runs: readonly WholeRun[]): readonly WholeRun[] {
  const sorted = runs.toSorted((a, b) => beginMs(a) - beginMs(b));
  const [first, ...others] = sorted;
  if (first === undefined || others.length === 0) {
    throw new NetkitError("usage", "NK_USAGE", "merging needs at least two runs", {
      next: "name two or more files that netkit flood --out wrote",
    });
  }
  for (const [at, other] of others.entries()) {
    const differs = SAME.find((key) => !isSame(first.run.plan[key], other.run.plan[key]));
    if (differs !== undefined) throw unlike(first, other, `plan.${differs}`);
    if (first.run.environment.hostname !== other.run.environment.hostname) {
      throw unlike(first, other, "environment.hostname");
    }
    const before = sorted[at]!;
    if (beginMs(other) < endMs(before)) throw overlap(before, other);
  }
  return sorted;
}

/** The warm-up included. Milliseconds since 1970. */
function beginMs({ run }: WholeRun): number {
  return Date.parse(run.startedAt);
}

function endMs(named: WholeRun): number {
  const { plan, totals } = named.run;
  return beginMs(named) + (plan.warmupSeconds + totals.seconds) * 1000;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function unlike(a: WholeRun, b: WholeRun, field: string): NetkitError {
  const valueIn = ({ run }: WholeRun): string =>
    JSON.stringify(
      field.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], run),
    );
  return new NetkitError("file", "NK_RUNS_UNLIKE", `${a.name} and ${b.name} are not the same kind of run`, {
    subject: field,
    why: `${field} is ${valueIn(a)} in the one and ${valueIn(b)} in the other`,
    next: "merge runs of one plan; netkit stats compare holds unlike ones against each other",
  });
}

function overlap(a: WholeRun, b: WholeRun): NetkitError {
  return new NetkitError("file", "NK_RUNS_OVERLAP", `${a.name} and ${b.name} overlap in time`, {
    subject: b.name,
    why: `${b.name} began at ${b.run.startedAt}, before ${a.name} had ended; perhaps it is the same run twice`,
    next: "name each run once; runs at the same time measure each other",
  });
}
