/** One pool test under a person's eyes: the live line, Ctrl-C, and the engine between. */
import type { ParsedExpectation } from "../../core/expectation.ts";
import { formatMillis, groupThousands } from "../../core/units.ts";
import type { PoolTestPlan } from "../../engine/pool-test/plan.ts";
import type { Question } from "../../engine/pool-test/probes/questions.ts";
import type { PoolTestProgress, PoolTestResult } from "../../engine/pool-test/result.ts";
import { runPoolTest } from "../../engine/pool-test/run.ts";
import { truncate } from "../../report/text/style.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface PoolTestSession {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  /** Of stderr, where the live line goes. */
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
}

export async function runPoolTestSession(
  plan: PoolTestPlan,
  session: PoolTestSession,
): Promise<PoolTestResult> {
  const { terminal, isQuiet, version, expectations } = session;
  const isShown = terminal.isTTY && !isQuiet && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: terminal.color > 0 });
  line.update(`connecting to ${plan.target.endpoint.display}`);
  using stages = listenForSignals();
  return await runPoolTest(plan, {
    version,
    expectations,
    signal: stages.drain,
    abort: stages.abort,
    onQuestion: (question) => line.update(ASKING[question]),
    onProgress: (progress) => line.update(truncate(liveWords(progress), terminal.width - 3)),
  });
}

const ASKING = {
  chaos: "making the server's side fail in the middle of a load",
  leak: "planting leaks",
  nested: "taking several connections each",
  exhaustion: "using the pool up",
  idle: "leaving connections idle",
} as const satisfies Record<Question, string>;

export function liveWords(progress: PoolTestProgress): string {
  const { phase, size, run, runs, elapsedSeconds, totalSeconds, served, failed, waiting } = progress;
  const elapsed = elapsedSeconds < 1 ? "0 s" : formatMillis(Math.floor(elapsedSeconds) * 1000);
  return [
    ...(runs > 1 ? [`run ${run} of ${runs}`] : []),
    `size ${size}`,
    `${phase} ${elapsed} of ${formatMillis(totalSeconds * 1000)}`,
    `${groupThousands(served)} served`,
    failed === 0 ? "no errors" : `${groupThousands(failed)} failed`,
    `${groupThousands(waiting)} waiting`,
  ].join(" · ");
}
