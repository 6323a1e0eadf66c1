/**
 * A pool test from plan to result: sweep, what the sweep says, faults, probes, findings. What it is made of comes
 * as parts, so that the same steps run on a simulated server.
 *
 *     target ─► pool kind ─► sweep ─► rows ─► analysis ─► chaos ─► probes ─► findings
 *                              └── an abort ends the step under way; what there is until then is the result
 */
import os from "node:os";
import type { ParsedExpectation } from "../../core/expectation.ts";
import { findingsOf } from "./findings.ts";
import type { LoadTime } from "./load/run-load.ts";
import type { PoolTestPlan, TargetPlan } from "./plan.ts";
import { planRecord } from "./plan-record.ts";
import type { PoolKind, PoolName } from "./pools/pool.ts";
import { type Question, Questions } from "./probes/questions.ts";
import type {
  ChaosResult,
  PoolTestProgress,
  PoolTestResult,
  ProbesResult,
  SizeRow,
  SizeRun,
  SweepResult,
} from "./result.ts";
import { rowsOf } from "./rows.ts";
import type { CreatePool, SizeRunOutcome } from "./size-run.ts";
import { runSweep } from "./sweep.ts";
import type { OpenTarget } from "./targets/target.ts";
import { analyse } from "./theory/analyse.ts";

/** What a fault or a probe is given. */
export interface ProbeContext {
  readonly plan: PoolTestPlan;
  readonly target: OpenTarget;
  readonly createPool: CreatePool;
  /** Settings that the pool has no counterpart for. */
  readonly ignores: PoolKind["ignores"];
  /** The recommended size of a sweep, else the only one. */
  readonly size: number;
  readonly time: LoadTime;
  readonly signal: AbortSignal;
  readonly abort: AbortSignal | undefined;
}

export interface PoolTestParts {
  openTarget(plan: TargetPlan, signal: AbortSignal): Promise<OpenTarget>;
  poolKind(name: PoolName): PoolKind;
  readonly time: LoadTime;
  chaos(context: ProbeContext): Promise<ChaosResult | null>;
  probes(context: ProbeContext, questions: Questions): Promise<ProbesResult>;
}

export interface PoolTestOptions {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  /** Nothing more is begun, what is under way may finish; with `abort` it may not. */
  readonly signal: AbortSignal;
  readonly abort?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PoolTestProgress) => void) | undefined;
  /** Told as a fault or probe begins. */
  readonly onQuestion?: ((question: Question) => void) | undefined;
  readonly onRun?: ((run: SizeRun) => void) | undefined;
}

export const NO_PROBES: ProbesResult = { leak: null, nested: null, exhaustion: null, idle: null };

/** @throws NetkitError when the target or the pool's library is not to be had */
export async function carryOut(
  plan: PoolTestPlan,
  parts: PoolTestParts,
  options: PoolTestOptions,
): Promise<PoolTestResult> {
  const { signal, abort, expectations, onQuestion } = options;
  const startedAt = new Date().toISOString();
  const kind = parts.poolKind(plan.pool);
  const createPool = await kind.load();
  await using target = await parts.openTarget(plan.target, signal);
  await rehearse(target, signal);
  const outcomes = await sweep(plan, target, createPool, parts, options);
  const rows = rowsOf(outcomes, expectations);
  // A run cut short is a fair sample, but one without measured time is none.
  const measured = outcomes.map(({ run }) => run).filter(({ seconds }) => seconds > 0);
  const swept: SweepResult | null =
    rows.length > 1 ? { order: outcomes.map(({ run }) => run.size), ...analyse(rows, measured, plan) } : null;
  const size = swept?.recommendation?.size ?? bestOf(rows)?.size ?? plan.sizes[0]!;
  const { ignores } = kind;
  const context: ProbeContext = {
    plan,
    target,
    createPool,
    ignores,
    size,
    time: parts.time,
    signal,
    abort,
  };
  const questions = new Questions(signal, onQuestion);
  const chaos = plan.chaos === undefined ? null : await questions.ask("chaos", () => parts.chaos(context));
  const probes = signal.aborted ? NO_PROBES : await parts.probes(context, questions);
  const runs = outcomes.map(({ run }) => run);
  const evidence = {
    schema: "netkit.pool-test/1",
    command: "pool-test",
    version: options.version,
    startedAt,
    plan: planRecord(plan, target, kind),
    environment: {
      node: process.version,
      platform: os.platform(),
      arch: os.arch(),
      cpus: os.availableParallelism(),
    },
    serverVersion: runs.find(({ server }) => server?.version != null)?.server?.version ?? null,
    runs,
    rows,
    sweep: swept,
    chaos,
    probes,
    expectations: rows.find((row) => row.size === size)?.expectations ?? [],
    interrupted: signal.aborted,
  } as const;
  return { ...evidence, findings: findingsOf(evidence, questions.unanswered) };
}

async function sweep(
  plan: PoolTestPlan,
  target: OpenTarget,
  createPool: CreatePool,
  { time }: PoolTestParts,
  { signal, abort, onProgress, onRun }: PoolTestOptions,
): Promise<SizeRunOutcome[]> {
  // A server without a view, or one that does not let us look, is measured all the same.
  await using desk = signal.aborted ? undefined : await target.desk?.(signal).catch(() => undefined);
  return await runSweep({
    plan,
    target,
    createPool,
    desk,
    time,
    signal,
    abort,
    onProgress,
    onRun: (outcome) => onRun?.(outcome.run),
  });
}

/**
 * One connection and one piece of work before all else: what cannot work at all is told at once and in its own words,
 * and not as a table of failures.
 */
async function rehearse(target: OpenTarget, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    const connection = await target.connect(signal);
    try {
      await connection.work(signal);
    } finally {
      await connection.close();
    }
  } catch (error) {
    // Interrupted that early there is an empty result, and no failure.
    if (!signal.aborted) throw error;
  }
}

/** The row of the most throughput. */
function bestOf(rows: readonly SizeRow[]): SizeRow | undefined {
  let best: SizeRow | undefined;
  for (const row of rows) {
    if (best === undefined || row.throughput.mean > best.throughput.mean) best = row;
  }
  return best;
}
