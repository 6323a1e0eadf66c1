/** A look or a watch under a person's eyes: the waiting line, the picture or the lines, Ctrl-C, and the engine between. */

import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { ParsedExpectation } from "../../core/expectation.ts";
import type { StatsInterval, StatsResult } from "../../engine/stats/live/result.ts";
import { runStats, type StatsPlan } from "../../engine/stats/live/run.ts";
import { Course, intervalLine } from "../../report/stats/watch.ts";
import { paletteOf } from "../../report/text/style.ts";
import { startLiveLine } from "./progress.ts";
import { listenForSignals } from "./signals.ts";
import { isContinuousIntegration, type Terminal } from "./terminal.ts";

export interface StatsSession {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  readonly isQuiet: boolean;
  /** Of the stream that text for people goes to, now: it may have been resized. */
  readonly terminal: () => Terminal;
}

export interface WatchSession extends StatsSession {
  /** Lines that the screen has. */
  readonly rows: () => number;
  readonly show: (text: string) => void;
  /** An interval as a line of NDJSON. */
  readonly emit: ((interval: StatsInterval) => void) | undefined;
}

export async function runLook(plan: StatsPlan, session: StatsSession): Promise<StatsResult> {
  const { version, expectations, isQuiet } = session;
  const isShown = process.stderr.isTTY === true && !isQuiet && !isContinuousIntegration(process.env);
  await using line = startLiveLine({ isShown, isColored: session.terminal().color > 0 });
  line.update(`waiting for the second scrape of ${plan.url.host}`);
  using stages = listenForSignals();
  return await runStats(plan, {
    version,
    expectations,
    signal: AbortSignal.any([stages.drain, stages.abort]),
  });
}

export async function runWatch(plan: StatsPlan, session: WatchSession): Promise<StatsResult> {
  const { version, expectations, isQuiet, emit } = session;
  using stages = listenForSignals();
  const course = new Course();
  const screen = new Screen(session);
  const draw = (): void => {
    const { color, width } = session.terminal();
    const palette = paletteOf({ color, width });
    screen.draw(course.picture(plan.url.host, palette, width, session.rows()), width);
  };
  const draws = session.terminal().isTTY && !isQuiet && emit === undefined;
  return await runStats(plan, {
    version,
    expectations,
    signal: AbortSignal.any([stages.drain, stages.abort]),
    onInterval: (interval) => {
      if (emit !== undefined) return emit(interval);
      course.add(interval);
      if (draws) return draw();
      const { color, width } = session.terminal();
      session.show(intervalLine(interval, paletteOf({ color, width }), width));
    },
    onFailure: ({ at, message }) => {
      course.addFailure();
      if (draws) draw();
      // In a stream of documents a failure stands in the last one.
      else if (emit === undefined) session.show(`      ${at.slice(11, 19)}  ${message}`);
    },
  });
}

/** Lines that are written over where they stand. */
class Screen {
  readonly #show: (text: string) => void;
  #drawn = 0;
  #width = 0;

  constructor({ show }: WatchSession) {
    this.#show = show;
  }

  draw(lines: readonly string[], width: number): void {
    // After a resize the old lines have wrapped who knows how: the new ones begin below them.
    const back = this.#drawn === 0 || this.#width !== width ? "" : `\u001b[${this.#drawn}A\u001b[0J`;
    this.#drawn = lines.length;
    this.#width = width;
    this.#show(`${back}${lines.join("\n")}`);
  }
}

/** Interrupted first: what was found until then is no answer to an expectation. */
export function statsExitCode({ interrupted, scrapes, expectations }: StatsResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (scrapes < 2) return EXIT.unreachable;
  return expectations.some(({ holds }) => !holds) ? EXIT.failed : EXIT.ok;
}
