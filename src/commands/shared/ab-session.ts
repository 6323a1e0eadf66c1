/**
 * An A/B under a person's eyes: flood slices of both sides in turn, each after a settling time that is not counted.
 * Gives the whole pairs only; an interrupt ends it after the slice it meets, which is left out.
 */
import { NetkitError } from "../../core/errors.ts";
import type { RunResult } from "../../core/run-document.ts";
import type { FloodPlan } from "../../engine/flood/plan.ts";
import { runFlood } from "../../engine/flood/run.ts";
import type { Side } from "../../engine/stats/ab/slices.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface AbSession {
  readonly version: string;
  readonly order: readonly (readonly [Side, Side])[];
  /** Of stderr, where the live line goes. */
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
  readonly note: (text: string) => void;
}

export interface AbRuns {
  readonly pairs: readonly { readonly a: RunResult; readonly b: RunResult }[];
  /** Pairs left out because the generator was the limit in a slice. */
  readonly invalid: number;
  readonly interrupted: boolean;
}

/** @throws NetkitError as `runFlood` does: a side that cannot be reached ends the comparison. */
export async function runAbSession(
  plans: Readonly<Record<Side, FloodPlan>>,
  session: AbSession,
): Promise<AbRuns> {
  const { terminal, order } = session;
  const isShown = terminal.isTTY && !session.isQuiet && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: terminal.color > 0 });
  using stages = listenForSignals({
    onDrain: () => {
      if (!isShown) session.note("stopping: the pairs that are whole count; a second signal stops at once");
    },
  });
  const stopped = (): boolean => stages.drain.aborted || stages.abort.aborted;
  const pairs: { a: RunResult; b: RunResult }[] = [];
  let invalid = 0;
  for (const [at, sides] of order.entries()) {
    const found: Partial<Record<Side, RunResult>> = {};
    for (const side of sides) {
      if (stopped()) break;
      line.update(`pair ${at + 1} of ${order.length}, ${side.toUpperCase()}`);
      try {
        found[side] = await runFlood(plans[side], {
          version: session.version,
          expectations: [],
          drain: stages.drain,
          abort: stages.abort,
        });
      } catch (error) {
        // Interrupted before its first answer: the pairs before it still count.
        if (!stopped() || !(error instanceof NetkitError)) throw error;
      }
    }
    if (stopped()) return { pairs, invalid, interrupted: true };
    const { a, b } = found;
    if (a === undefined || b === undefined) continue;
    if (a.quality.verdict === "invalid" || b.quality.verdict === "invalid") invalid++;
    else pairs.push({ a, b });
  }
  return { pairs, invalid, interrupted: false };
}
