/** The plan as a result shows it: readable values, nothing secret, nothing long. */
import type { PoolTestPlan, WorkPlan } from "./plan.ts";
import type { PoolKind } from "./pools/pool.ts";
import type { PoolTestPlanRecord } from "./result.ts";
import type { OpenTarget } from "./targets/target.ts";

/** Longer statements are cut in the record. */
const LONGEST_WORK = 200;

export function planRecord(plan: PoolTestPlan, target: OpenTarget, kind: PoolKind): PoolTestPlanRecord {
  const { settings, load } = plan;
  return {
    url: target.url,
    pool: plan.pool,
    ignoredSettings: kind.ignores.filter((name) => name !== "size" && settings[name] !== undefined),
    acquireTimeoutMs: settings.acquireTimeoutMs ?? null,
    maxWaiting: settings.maxWaiting ?? null,
    idleTimeoutMs: settings.idleTimeoutMs ?? null,
    maxLifetimeMs: settings.maxLifetimeMs ?? null,
    validateAfterIdleMs: settings.validateAfterIdleMs ?? null,
    leakAfterMs: settings.leakAfterMs ?? null,
    work: shortened(workWords(plan.target.work)),
    protocol: kind.name === "undici" ? "HTTP/1.1, by undici" : target.protocol,
    holdMs: plan.holdMs,
    load: load.kind,
    clients: load.kind === "closed" ? load.clients : null,
    rate: load.kind === "open" ? load.ratePerSecond : null,
    arrival: load.kind === "open" ? load.arrival : null,
    durationSeconds: plan.durationSeconds,
    warmupSeconds: plan.warmupSeconds,
    sizes: plan.sizes,
    repeat: plan.repeat,
    seed: plan.seed,
  };
}

function workWords(work: WorkPlan): string {
  switch (work.kind) {
    case "default":
      return "default";
    case "query":
      return `${work.transaction ? "BEGIN; " : ""}${work.queries.join("; ")}${work.transaction ? "; COMMIT" : ""}`;
    case "command": {
      const commands = work.commands.map((words) => words.join(" ")).join("; ");
      return work.transaction ? `MULTI; ${commands}; EXEC` : commands;
    }
    case "request":
      return `${work.method}${work.body === undefined ? "" : ` with ${work.body.length} bytes`}`;
    case "echo":
      return `echo of ${work.payload.length} bytes`;
  }
}

function shortened(text: string): string {
  return text.length > LONGEST_WORK ? `${text.slice(0, LONGEST_WORK - 1)}…` : text;
}
