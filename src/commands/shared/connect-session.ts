/** One connect under a person's eyes: lines as paths end, the picture of a watch, Ctrl-C, and the engine between. */
import type { ParsedExpectation } from "../../core/expectation.ts";
import type { ConnectPlan } from "../../engine/connect/plan.ts";
import type { ConnectResult } from "../../engine/connect/result.ts";
import { runConnect } from "../../engine/connect/run.ts";
import { pathLine, type Sighting, watchPicture } from "../../report/connect/text/repetition.ts";
import { renderTrace } from "../../report/connect/text/trace.ts";
import { paletteOf } from "../../report/text/style.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface ConnectSession {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  readonly traced: boolean;
  readonly watched: boolean;
  /** Of the stream that text for people goes to. */
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
  /** Text for people, as it comes. */
  readonly show: (text: string) => void;
  /** A path as a line of NDJSON. */
  readonly emit: ((document: object) => void) | undefined;
}

/** Of a watch: more than a wide terminal shows. */
const MOST_SIGHTINGS = 200;

export async function runConnectSession(plan: ConnectPlan, session: ConnectSession): Promise<ConnectResult> {
  const { terminal, isQuiet } = session;
  const palette = paletteOf(terminal);
  const repeats = plan.mode.kind === "repeat";
  const draws = session.watched && terminal.isTTY && !isQuiet;
  const spins = process.stderr.isTTY === true && !repeats && !isQuiet && !session.traced;
  const isShown = spins && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: terminal.color > 0 });
  line.update(`connecting to ${plan.endpoint.display}`);
  using stages = listenForSignals();
  const sightings: Sighting[] = [];
  let drawn = 0;
  const result = await runConnect(plan, {
    version: session.version,
    expectations: session.expectations,
    signal: AbortSignal.any([stages.drain, stages.abort]),
    trace: session.traced ? (traced) => void process.stderr.write(renderTrace(traced, terminal)) : undefined,
    onPath: (path, number, soFar) => {
      if (!repeats || path.verdict.outcome === "interrupted") return;
      if (session.emit !== undefined) {
        // Stdout belongs to the lines.
        return session.emit({ schema: "netkit.connect-path/1", number, ...path });
      }
      if (!draws) return session.show(pathLine(path, number, palette, terminal.width));
      sightings.push({ ok: path.error === null, totalUs: path.totalUs, phases: path.phases });
      if (sightings.length > MOST_SIGHTINGS) sightings.shift();
      const lines = watchPicture(sightings, soFar, palette, terminal.width);
      // Back to where the last picture began, and over it.
      const back = drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`;
      drawn = lines.length;
      session.show(`${back}${lines.join("\n")}`);
    },
  });
  return result;
}
