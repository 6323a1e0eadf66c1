/** One check under a person's eyes: the live line, Ctrl-C in two stages, the trace, and the engine between them. */
import { groupThousands } from "../../core/units.ts";
import { toDocument } from "../../engine/tls-check/document/document.ts";
import type { CheckDocument } from "../../engine/tls-check/document/model.ts";
import type { CheckPlan } from "../../engine/tls-check/plan.ts";
import { RULES } from "../../engine/tls-check/rules/catalog.ts";
import { type CheckProgress, runChecks } from "../../engine/tls-check/run.ts";
import type { Waiver } from "../../engine/tls-check/waivers.ts";
import { printable, truncate } from "../../report/text/style.ts";
import { renderTraceLine } from "../../report/tls-check/text/trace.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface CheckSession {
  readonly version: string;
  readonly waivers: readonly Waiver[];
  /** Show each hello. */
  readonly traced: boolean;
  /** Of stderr, where the live line and the trace go. */
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
  readonly note: (text: string) => void;
}

export async function runCheckSession(plan: CheckPlan, session: CheckSession): Promise<CheckDocument> {
  const { terminal, traced } = session;
  const isShown = terminal.isTTY && !session.isQuiet && !traced && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: terminal.color > 0 });
  using stages = listenForSignals({
    onDrain: () => {
      if (!isShown)
        session.note("stopping: waiting for the targets that were begun; a second signal stops at once");
    },
  });
  const result = await runChecks(plan, {
    version: session.version,
    waivers: session.waivers,
    drain: stages.drain,
    abort: stages.abort,
    onProgress: (progress) => line.update(progressText(progress, stages.drain.aborted, terminal.width)),
    ...(traced
      ? {
          trace: (target, address, event) => {
            process.stderr.write(renderTraceLine(target.name, address, event, terminal));
          },
        }
      : {}),
  });
  return toDocument(result, plan, RULES);
}

function progressText(
  { done, total, current, failed }: CheckProgress,
  draining: boolean,
  width: number,
): string {
  const doing = draining ? "finishing" : "checking";
  const share = total === 1 ? "" : ` ${groupThousands(done)} of ${groupThousands(total)}`;
  const bad = failed === 0 ? "" : ` · ${groupThousands(failed)} failed`;
  return truncate(printable(`${doing}${share}${bad} · ${current}`), width - 3);
}
