/** One flood under a person's eyes: the live line, Ctrl-C in two stages, and the engine between them. */

import type { RunResult } from "../../core/run-document.ts";
import type { FloodPlan } from "../../engine/flood/plan.ts";
import { type FloodOptions, runFlood } from "../../engine/flood/run.ts";
import { renderLive } from "../../report/text/flood-live.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface FloodSession {
  readonly version: string;
  readonly expectations: FloodOptions["expectations"];
  readonly baseline: RunResult | undefined;
  /** Of stderr, where the live line goes. */
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
  readonly note: (text: string) => void;
}

export async function runFloodSession(plan: FloodPlan, session: FloodSession): Promise<RunResult> {
  const { terminal } = session;
  const isShown = terminal.isTTY && !session.isQuiet && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: terminal.color > 0 });
  line.update(`opening ${plan.connections} connections`);
  using stages = listenForSignals({
    onDrain: () => {
      if (!isShown)
        session.note("stopping: waiting for the answers in flight; a second signal stops at once");
    },
  });
  return await runFlood(plan, {
    version: session.version,
    expectations: session.expectations,
    baseline: session.baseline,
    onProgress: (progress) => {
      const shown = stages.drain.aborted ? { ...progress, phase: "draining" as const } : progress;
      line.update(renderLive(shown, terminal.width));
    },
    drain: stages.drain,
    abort: stages.abort,
  });
}
