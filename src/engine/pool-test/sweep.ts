/**
 * All sizes, all rounds: each round goes through every size once, in an order of its own, so that a machine that
 * gets slower meanwhile is slow for all of them and not for the last. Runs never overlap.
 */
import { seededRandom } from "../../core/random.ts";
import type { PoolTestPlan } from "./plan.ts";
import { runSize, type SizeRunOptions, type SizeRunOutcome } from "./size-run.ts";

export interface SweepOptions extends Omit<SizeRunOptions, "size" | "round" | "order" | "runs"> {
  /** Told of every run as it ends. */
  readonly onRun?: ((outcome: SizeRunOutcome) => void) | undefined;
}

/** What is run in which order: `round` counts from 1. */
export interface Turn {
  readonly size: number;
  readonly round: number;
}

/** Rounds one after the other, sizes shuffled within each (Fisher–Yates); the same for the same seed. */
export function turnsOf(plan: Pick<PoolTestPlan, "sizes" | "repeat" | "seed">): Turn[] {
  const random = seededRandom(plan.seed);
  const turns: Turn[] = [];
  for (let round = 1; round <= plan.repeat; round++) {
    const sizes = [...plan.sizes];
    for (let last = sizes.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [sizes[last], sizes[other]] = [sizes[other]!, sizes[last]!];
    }
    turns.push(...sizes.map((size) => ({ size, round })));
  }
  return turns;
}

/** In the order carried out. An abort ends the run under way, which is kept, and the sweep. */
export async function runSweep(options: SweepOptions): Promise<SizeRunOutcome[]> {
  const turns = turnsOf(options.plan);
  const outcomes: SizeRunOutcome[] = [];
  for (const [index, { size, round }] of turns.entries()) {
    if (options.signal?.aborted) break;
    const outcome = await runSize({ ...options, size, round, order: index + 1, runs: turns.length });
    outcomes.push(outcome);
    options.onRun?.(outcome);
  }
  return outcomes;
}
